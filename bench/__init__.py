"""Measurements on other people's code: what the linter says there, and what it would have caught."""
