"""The questions that rules may ask about one function, and nothing else."""

from __future__ import annotations

from tensorlint.alias.facts.arguments import CallerWrite
from tensorlint.alias.facts.broadcasts import Broadcast
from tensorlint.alias.facts.cells import Cells
from tensorlint.alias.facts.checks import Checks
from tensorlint.alias.facts.clones import Clones
from tensorlint.alias.facts.copied_tables import CopiedTables
from tensorlint.alias.facts.counting import Counting
from tensorlint.alias.facts.cures import Cures
from tensorlint.alias.facts.defaults import Defaults
from tensorlint.alias.facts.donations import Donations
from tensorlint.alias.facts.entries import Entries
from tensorlint.alias.facts.exchanges import Exchanges
from tensorlint.alias.facts.gradients import Gradients
from tensorlint.alias.facts.harms import Harm
from tensorlint.alias.facts.hooks import Hooks
from tensorlint.alias.facts.loading import Loading
from tensorlint.alias.facts.lookbacks import Lookbacks
from tensorlint.alias.facts.networks import Networks
from tensorlint.alias.facts.overlaps import Overlaps
from tensorlint.alias.facts.overwriting import Overwriting
from tensorlint.alias.facts.ownership import Ownership
from tensorlint.alias.facts.rereads import Rereads
from tensorlint.alias.facts.resets import Resets
from tensorlint.alias.facts.storing import Storing
from tensorlint.alias.facts.sums import Sums
from tensorlint.alias.facts.tables import Tables
from tensorlint.alias.facts.training import Training
from tensorlint.alias.facts.unneeded import Unneeded
from tensorlint.alias.facts.unread import Unread


class Facts(
    Cells,
    Checks,
    Clones,
    CopiedTables,
    Counting,
    Cures,
    Defaults,
    Donations,
    Entries,
    Exchanges,
    Gradients,
    Hooks,
    Loading,
    Lookbacks,
    Networks,
    Overlaps,
    Overwriting,
    Ownership,
    Rereads,
    Resets,
    Storing,
    Sums,
    Tables,
    Training,
    Unneeded,
    Unread,
):
    """All that rules may ask about one solved function."""


__all__ = ["Broadcast", "CallerWrite", "Facts", "Harm"]
