"""What libraries do, as data: one line per function, in the words of :mod:`tensorlint.knowledge.effects`."""
