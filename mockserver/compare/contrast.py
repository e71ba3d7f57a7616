"""Two profiles of one field held against each other: what the data cannot explain is a difference."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from mockserver.compare.difference import ABSENT
from mockserver.compare.documents import shown
from mockserver.compare.evidence import apart, novel, unlikely
from mockserver.compare.profile import Profile
from mockserver.compare.wording import Wording, cause

_PAGES = frozenset(
    "next previous prev last first cursor nextcursor next_cursor next_page nextpage after before".split()
)
_SEEN = {
    "null": "null", "absent": ABSENT, "an empty text": '""', "an empty list": "[]", "false": "false", "zero": "0",
}  # fmt: skip
_HABIT = 3  # times that a side says that there is nothing


@dataclass(slots=True)
class Contrast(Wording):
    """Holds the profiles of one group of steps against each other.

    `rows` is where rows begin: there, data decides what is there; None: nowhere.
    """

    rows: tuple[str, ...] | None

    def compare(self, a: Profile, b: Profile, pointer: str = "", *, in_rows: bool = False) -> None:
        """Compare two profiles and all below them."""
        in_rows = in_rows or (self.rows is not None and pointer == "".join(f"/{name}" for name in self.rows))
        if not self._kinds(a, b, pointer, in_rows):
            return
        self.written(a, b, pointer, in_rows)
        if a.objects and b.objects:
            self._keys(a, b, pointer)
            for name in {**a.members, **b.members}:
                one, other = a.members.get(name), b.members.get(name)
                self._presence(a, b, f"{pointer}/{name}", one, other, in_rows)
                if one is not None and other is not None:
                    self.compare(one, other, f"{pointer}/{name}", in_rows=in_rows)
        if a.items is not None and b.items is not None and a.items.present and b.items.present:
            self.compare(a.items, b.items, f"{pointer}/[]", in_rows=True)

    # -- presence and null --

    def _presence(
        self, a: Profile, b: Profile, pointer: str, one: Profile | None, other: Profile | None, in_rows: bool
    ) -> None:
        name = pointer.rpartition("/")[2]
        if name == "{}":
            return
        there = [profile.present if profile else 0 for profile in (one, other)]
        of = [a.objects, b.objects]
        missing = [of[0] - there[0], of[1] - there[1]]
        spot = (one or other or a).spot
        required = a.spot is not None and name in self.reader.required(a.spot)
        group = spot.pointer if spot is not None else ""
        side = 0 if missing[0] > missing[1] else 1  # on which side it is missed
        full = 1 - side
        sure = required and missing[full] == 0 and missing[side] > 0
        if there[side] == 0 and there[full] > 0:
            always = there[full] == of[full] and not self._nothing(one if side else other)
            sure = sure or (always and not in_rows and name.lower() not in _PAGES)
            sure = sure or unlikely(there[full], of[full], of[side])
        elif missing[full] == 0 and missing[side] > 0:
            sure = sure or (unlikely(missing[side], of[side], of[full]) and missing[side] < of[side] * 0.95)
        if sure:
            self._missing(pointer, one, other, side, group, partly=there[side] > 0)
            return
        self.ledger.same(self.step.label, "property missing")
        self._null(pointer, one, other, of, group)

    @staticmethod
    def _nothing(profile: Profile | None) -> bool:
        return profile is not None and profile.kinds["null"] == profile.present

    def _missing(
        self, pointer: str, one: Profile | None, other: Profile | None, side: int, group: str, *, partly: bool
    ) -> None:
        holder = (one, other)[1 - side]
        word = "sometimes absent" if partly else "absent"
        if holder is not None and self._nothing(holder) and not partly:
            seen = ("null", ABSENT) if side else (ABSENT, "null")
            self.ledger.differ(
                self.step, "null", "body", " -> ".join(s.strip("<>") for s in seen), seen, pointer, group=group
            )
            return
        text = shown(next((v for (k, _), v in holder.examples.items() if k == "kind"), None)) if holder else ABSENT
        if side:
            self.ledger.differ(
                self.step, "property missing", "body", f"present -> {word}", (text, ABSENT), pointer, group=group
            )
        else:
            self.ledger.differ(
                self.step, "property extra", "body", f"{word} -> present", (ABSENT, text), pointer, group=group
            )

    def _null(self, pointer: str, one: Profile | None, other: Profile | None, of: list[int], group: str) -> None:
        """How a side says that there is nothing: by null, by leaving out, by an empty text; which one is its habit.

        What is false or zero is nothing to a side that leaves it out, and to no other.
        """
        if one is None or other is None:
            return
        pairs = ((one, of[0]), (other, of[1]))
        habits = [_nothings(profile, parents) for profile, parents in pairs]
        least = [Counter(profile.forms.get("least")) for profile, _ in pairs]
        for at in (0, 1):
            if list(habits[at]) == ["absent"] and not least[at]:
                habits[1 - at] = habits[1 - at] or least[1 - at]
        if len(habits[0]) != 1 or len(habits[1]) != 1 or habits[0].keys() == habits[1].keys():
            return
        times = [habit.total() for habit in habits]
        if min(times) >= _HABIT and sum(times) >= 2 * _HABIT + 2:
            words = next(iter(habits[0])), next(iter(habits[1]))
            seen = [_SEEN[word] for word in words]
            self.ledger.differ(self.step, "null", "body", " -> ".join(words), (seen[0], seen[1]), pointer, group=group)

    # -- types --

    def _kinds(self, a: Profile, b: Profile, pointer: str, in_rows: bool) -> bool:
        """Whether both are of the same JSON types, so that it makes sense to look further."""
        one, other = _real(a.kinds), _real(b.kinds)
        declared = self._declared(a)
        strange = [[k for k in kinds if declared and k not in declared] for kinds in (a.kinds, b.kinds)]
        only = [[k for k in strange[0] if k not in b.kinds], [k for k in strange[1] if k not in a.kinds]]
        known = [bool(one), bool(other)]
        differs = bool((only[0] and b.kinds) or (only[1] and a.kinds))
        if all(known):
            differs = differs or apart(one, other, 3 if in_rows else 1) or bool(novel(one, other) or novel(other, one))
        if not differs:
            self.ledger.same(self.step.label, "type")
            return True
        words = [" or ".join(sorted(kinds)) for kinds in (a.kinds, b.kinds)]
        kinds = [
            next(iter(only[i] or [k for k in (a, b)[i].kinds if k not in (b, a)[i].kinds] or [""])) for i in (0, 1)
        ]
        seen = [shown((a, b)[i].examples.get(("kind", kinds[i] or next(iter((a, b)[i].kinds))))) for i in (0, 1)]
        cls = "null" if {kinds[0], kinds[1]} <= {"null", ""} else "type"
        self.ledger.differ(
            self.step, cls, "body", f"{words[0]} -> {words[1]}", (seen[0], seen[1]), pointer, group=cause(a)
        )
        return False

    def _declared(self, profile: Profile) -> frozenset[str]:
        if profile.spot is None:
            return frozenset()
        kinds = self.reader.kinds(profile.spot)
        return kinds | {"number"} if "integer" in kinds else kinds

    def _keys(self, a: Profile, b: Profile, pointer: str) -> None:
        if a.twice != b.twice:
            texts = [", ".join(sorted(p.twice)) or ABSENT for p in (a, b)]
            words = ["a key twice" if p.twice else "each key once" for p in (a, b)]
            self.ledger.differ(self.step, "duplicate keys", "body", " -> ".join(words), (texts[0], texts[1]), pointer)
        turned = [(x, y) for x, y in a.before - b.before if (y, x) in b.before and (y, x) not in a.before]
        if turned:
            x, y = min(turned)
            self.ledger.differ(
                self.step,
                "key order",
                "body",
                "keys in one order -> in another",
                (f"{x}, {y}", f"{y}, {x}"),
                pointer,
                group=cause(a),
            )
        else:
            self.ledger.same(self.step.label, "key order")


def _nothings(profile: Profile, parents: int) -> Counter[str]:
    """How often a field of so many objects is null, left out, or empty."""
    found = {
        "null": profile.kinds["null"], "absent": parents - profile.present,
        "an empty text": profile.forms.get("shape", Counter())["empty"],
        "an empty list": profile.forms.get("nothing", Counter())["an empty list"],
    }  # fmt: skip
    return Counter({word: times for word, times in found.items() if times})


def _real(kinds: Counter[str]) -> Counter[str]:
    return Counter({kind: times for kind, times in kinds.items() if kind != "null"})
