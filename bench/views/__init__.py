"""Whether what follows a permutation in public code can be viewed, and what the linter says of it.

Reads every ``.view(…)`` whose tensor was permuted, transposed or expanded before (:mod:`bench.views.reading`,
which knows nothing of the linter), runs it on many shapes (:mod:`bench.views.running`), and holds that
against TAL501 (:mod:`bench.views.__main__`). The results stand in ``FOUND``, and those of views whose copy
was taken away in ``UNCOPIED``.
"""

from bench.checkouts import HERE

FOUND = HERE / "views" / "found.jsonl"
UNCOPIED = HERE / "views" / "uncopied.jsonl"
