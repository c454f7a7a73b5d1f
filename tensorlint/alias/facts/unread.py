"""Questions about copies that have a name, are written, and are never read."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

from tensorlint import ir
from tensorlint.alias.events import Write
from tensorlint.alias.facts.lost import LAYING_OUT, Lost, LostCopy
from tensorlint.alias.lattice import alternatives
from tensorlint.alias.uses import given_to, times_bound
from tensorlint.knowledge.catalog import PICKING

WEIGHTS = frozenset({"get_weights"})  # methods of a model or layer that give copies of all that it learned
PAIRING = (("builtins.enumerate",), ("builtins.zip",))


class Unread(Lost):
    """Copies that nobody looks at once they are written."""

    def unread_copy(self, write: Write) -> LostCopy | None:
        """The copy of somebody's tensor that a write goes to, its first one, where nothing but writes ever
        uses it.
        """
        return self._unread.get(id(write))

    @cached_property
    def _unread(self) -> dict[int, LostCopy]:
        found: dict[int, LostCopy] = {}
        known: set[ir.Origin] = set()
        if self.function.kind not in ("function", "method"):
            return found  # a module's names outlive it
        for event in self.events():
            site = self._copied_at(event.through) if isinstance(event, Write) else None
            if isinstance(event, Write) and site is not None and site not in known:
                known.add(site)
                lost = self._unread_at(site)
                if lost is not None and not self.is_trial(event.origin):
                    found[id(event)] = lost
        return found

    def _unread_at(self, site: ir.Origin) -> LostCopy | None:
        made = self.instruction_at(site)
        if isinstance(made, ir.Call) and self.uses.called_name(made) == "array":
            return self._converted(made) if self._is_only_written(made.target, made) else None
        if not isinstance(made, ir.GetItem | ir.Call | ir.CallMethod) or not self._copies_silently(made):
            return None
        return self._copied(made) if self._is_only_written(made.target, made) else None

    def _converted(self, made: ir.Call) -> LostCopy | None:
        """What ``np.array`` copies, whatever that is, where it is handed back in place of the copy: ``a =
        np.array(image); a[::4] = 255; return image``.
        """
        source = given_to(made)
        returned = {each.value for each in ir.instructions(self.function) if isinstance(each, ir.Return)}
        one = isinstance(source, str) and source in returned and self._times_bound[source] < 2
        return LostCopy(made.origin, str(source).partition("%")[0]) if one else None

    def _copies_silently(self, made: ir.GetItem | ir.Call | ir.CallMethod) -> bool:
        """Whether an instruction may be taken for one that gives a part of what there is, or the weights of a
        model themselves; or is there to make one that may be written, of what NumPy protects:
        ``full.diagonal().copy()``.
        """
        named = self.uses.called_name(made)
        if isinstance(made, ir.GetItem) or named in PICKING | LAYING_OUT:
            return True
        source = self.value_at(made, given_to(made)) if named in {"copy", *WEIGHTS} else None
        if named in WEIGHTS:
            return source is not None and self.is_module(source)
        return source is not None and any(
            leaf.path and leaf.path[-1].readonly for leaf, _ in alternatives(source)
        )

    def _is_only_written(self, place: ir.Place, maker: ir.Instr) -> bool:
        """Whether a place gets one value, and that, and what is taken out of it, is only written."""
        if self._times_bound[place] > 1 or place in self.function.captured:
            return False
        users = [user for user in self.uses.mentions.get(place, ()) if user is not maker]
        return bool(users) and all(self._only_writes(user, place) for user in users)

    def _only_writes(self, user: ir.Instr, place: ir.Place) -> bool:
        if isinstance(user, ir.Forget):
            return True
        if isinstance(user, ir.Augment):
            return user.target == place and user.value != place
        if isinstance(user, ir.SetItem):
            whole = user.base == place and user.value != place and place not in _indices(user)
            return whole or (user.augmented and user.value == place)
        if isinstance(user, ir.GetItem):
            taken = user.base == place and place not in _indices(user)
            return taken and self._is_only_written(user.target, user)
        if isinstance(user, ir.Bind | ir.Next):
            return self._is_only_written(user.target, user)
        if isinstance(user, ir.Call) and self.uses.names.get(str(user.function)) in PAIRING:
            return self._only_writes_paired(user, place)
        return self._is_written_by(user, place) or self._is_own_value(user, place)

    def _only_writes_paired(self, pairing: ir.Call, place: ir.Place) -> bool:
        """Whether what is gone through beside others, or with its numbers, is only written: ``for i, w in
        enumerate(weights): w[:] = i``.
        """
        given = [argument.value for argument in pairing.arguments]
        first = 1 if self.uses.called_name(pairing) == "enumerate" else 0
        turns = [user for user in self.uses.mentions.get(pairing.target, ()) if user is not pairing]
        parts = [
            user
            for turn in turns
            for user in self.uses.mentions.get(getattr(turn, "target", ""), ())
            if user is not turn
        ]
        plain = given.count(place) == 1 and not any(argument.stars for argument in pairing.arguments)
        if not plain or not parts or not all(isinstance(turn, ir.Next) for turn in turns):
            return False
        return all(
            isinstance(part, ir.Unpack)
            and part.star is None
            and self._is_only_written(part.targets[first + given.index(place)], part)
            for part in parts
        )

    def _is_own_value(self, user: ir.Instr, place: ir.Place) -> bool:
        """Whether what is computed from a place is stored in it, and nowhere else: ``x[:] = np.sort(x)``."""
        target = getattr(user, "target", "")
        users = [each for each in self.uses.mentions.get(target, ()) if each is not user]
        return bool(users) and all(
            isinstance(each, ir.SetItem) and each.base == place and each.value == target for each in users
        )

    def _is_written_by(self, user: ir.Instr, place: ir.Place) -> bool:
        """Whether a call of a library's function or method writes a place, and nobody looks at its result."""
        if not isinstance(user, ir.Call | ir.CallMethod) or self._is_used(user):
            return False
        named = [a.value for a in user.arguments] + (
            [user.receiver] if isinstance(user, ir.CallMethod) else []
        )
        writes = [e for e in self.events() if isinstance(e, Write) and e.origin == user.origin]
        told = not any(write.callee.startswith((".", "<")) for write in writes)
        return named.count(place) == 1 and told and any(write.operand == place for write in writes)

    @cached_property
    def _times_bound(self) -> Counter[ir.Place]:
        return times_bound(self.function)


def _indices(instr: ir.GetItem | ir.SetItem) -> list[ir.Operand]:
    return [selector.value for selector in instr.index if isinstance(selector, ir.Pick)]
