"""Real files and broken copies of them, through every door: nothing that a file holds may end a run."""
