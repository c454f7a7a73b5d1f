"""Defects of released packages that the linter found by itself, each reproduced by a script of its own.

A script imports the package and nothing of this project, so that whoever looks after the package can run it
as it stands; it ends with an AssertionError where the defect is gone. Its docstring says in which release it
was found, at which line of which file, and by which rule. ``python -m bench.found`` runs them all.
"""
