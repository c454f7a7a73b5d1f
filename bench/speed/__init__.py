"""How long linting takes, and how much memory: whole processes, measured in pairs.

``python -m bench.speed`` (or ``make bench``) asks the questions of :mod:`bench.speed.questions` on the
sources of :mod:`bench.speed.subjects`, and prints the answers beside the promises and the last recorded run.
"""
