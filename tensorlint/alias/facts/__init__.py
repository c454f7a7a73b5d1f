"""The questions that rules may ask about one function, and nothing else."""

from __future__ import annotations

from tensorlint.alias.facts.harms import Harm, Harms
from tensorlint.alias.facts.models import Models
from tensorlint.alias.facts.outcomes import Outcomes


class Facts(Harms, Outcomes, Models):
    """All that rules may ask about one solved function."""


__all__ = ["Facts", "Harm"]
