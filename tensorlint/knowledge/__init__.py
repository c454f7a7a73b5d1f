"""What libraries do, as data: one line per function in the vocabulary of :mod:`tensorlint.knowledge.effects`."""
