"""How the values of one field are written on both sides: forms, words and letters that only one side uses."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from mockserver.bundle.reading import Reader
from mockserver.compare.codes import Impact
from mockserver.compare.difference import Ledger, Step
from mockserver.compare.documents import shown
from mockserver.compare.evidence import apart, exchanged, novel, unlikely
from mockserver.compare.identity import Namer
from mockserver.compare.normal import CODE, PARSED
from mockserver.compare.profile import Profile

_ASPECTS: tuple[tuple[str, str, int, Impact | None], ...] = (
    ("fraction", "precision", 3, None),
    ("whole", "number form", 2, None),
    ("decimals", "precision", 8, None),
    ("zeros", "number form", 8, "cosmetic"),
    ("composition", "unicode form", 3, None),
    ("epoch", "format", 1, None),
    ("scheme", "format", 3, "visible"),
    ("root", "format", 8, "cosmetic"),
    ("time of day", "format", 8, "visible"),
    ("sign", "value", 20, None),
)  # aspect, class, least observations on each side, impact other than the class's
_MANY = 12
_OFTEN = 0.15  # of the uses of all words of a field


@dataclass(slots=True)
class Wording:
    """Holds two profiles of one field against each other by how its values are written.

    `step` stands for the group of steps in reports.
    """

    reader: Reader
    namer: Namer
    ledger: Ledger
    step: Step

    def written(self, a: Profile, b: Profile, pointer: str, in_rows: bool) -> None:
        """Compare all that is seen of how values are written; in rows, more of them are asked for."""
        if a.kinds["string"] and b.kinds["string"]:
            self._texts(a, b, pointer, in_rows)
        for aspect, cls, least, impact in _ASPECTS:
            self._aspect(a, b, pointer, aspect, cls, least, impact)
        self._share(a, b, pointer)

    def _aspect(
        self, a: Profile, b: Profile, pointer: str, aspect: str, cls: str, least: int, impact: Impact | None
    ) -> None:
        one, other = a.forms.get(aspect, Counter()), b.forms.get(aspect, Counter())
        if not one or not other:
            return
        if not (apart(one, other, least) or novel(one, other) or novel(other, one)):
            self.ledger.same(self.step.label, cls)
            return
        self._report(a, b, pointer, aspect, cls, impact)

    def _report(self, a: Profile, b: Profile, pointer: str, aspect: str, cls: str, impact: Impact | None) -> None:
        one, other = a.forms.get(aspect, Counter()), b.forms.get(aspect, Counter())
        only = [
            next((f for f in one if f not in other), next(iter(one))),
            next((f for f in other if f not in one), next(iter(other))),
        ]
        texts = shown(a.examples.get((aspect, only[0]))), shown(b.examples.get((aspect, only[1])))
        words = [" or ".join(sorted(_worded(aspect, form) for form in forms)) for forms in (one, other)]
        self.ledger.differ(
            self.step, cls, "body", f"{words[0]} -> {words[1]}", texts, pointer, group=cause(a), impact=impact
        )

    def _share(self, a: Profile, b: Profile, pointer: str) -> None:
        """Amounts whose decimals are gone: on one side many have some, on the other none of many."""
        one, other = a.forms.get("share", Counter()), b.forms.get("share", Counter())
        if min(one.total(), other.total()) < _MANY:
            return
        if any(
            unlikely(x["with decimals"], x.total(), y.total()) and not y["with decimals"]
            for x, y in ((one, other), (other, one))
        ):
            self._report(a, b, pointer, "share", "precision", None)

    def _texts(self, a: Profile, b: Profile, pointer: str, in_rows: bool) -> None:
        if self._words(a, b, pointer):
            return
        identity = self.namer.names_id(pointer.rpartition("/")[2])
        one, other = a.forms["shape"], b.forms["shape"]
        parsed = any(form in PARSED or form.startswith("date-time") for form in (*one, *other))
        least = 1 if not in_rows else 3 if parsed else 8
        declared = self.reader.keyword(a.spot, "format") if a.spot is not None else None
        least = 1 if declared in ("date-time", "date", "uuid", "email", "uri", "time") else least
        if (apart(one, other, least) or novel(one, other) or novel(other, one)) and not (identity and not parsed):
            self._report(a, b, pointer, "shape", "format", None if parsed else "visible")
            return
        self.ledger.same(self.step.label, "format")
        for flaw in a.flaws.keys() | b.flaws.keys():
            self._flaw(a, b, pointer, flaw)
        case_a, case_b = a.forms.get("case", Counter()), b.forms.get("case", Counter())
        if case_a and case_b and (apart(case_a, case_b, 8) or novel(case_a, case_b) or novel(case_b, case_a)):
            self._report(a, b, pointer, "case", "format", "visible")
        if not identity:
            self._length(a, b, pointer)

    def _flaw(self, a: Profile, b: Profile, pointer: str, flaw: tuple[str, str]) -> None:
        times = a.flaws[flaw], b.flaws[flaw]
        texts = a.forms["shape"].total(), b.forms["shape"].total()
        if times[0] and times[1]:
            return
        side = 0 if times[0] else 1
        rate = times[side] >= 3 and flaw[1] in ("UTF-8 read as Latin-1", "broken bytes", "control characters")
        if unlikely(times[side], texts[side], texts[1 - side]) or (rate and texts[1 - side] >= 20):
            words = (flaw[1], "none") if side == 0 else ("none", flaw[1])
            text = shown((a, b)[side].examples.get(("flaw", flaw)))
            fine = shown(next((v for (k, _), v in (b, a)[side].examples.items() if k == "shape"), ""))
            seen = (text, fine) if side == 0 else (fine, text)
            self.ledger.differ(self.step, flaw[0], "body", " -> ".join(words), seen, pointer, group=cause(a))

    def _length(self, a: Profile, b: Profile, pointer: str) -> None:
        """Texts cut at a length that many reach and the other side passes, or of two fixed lengths."""
        one, other = a.forms.get("length", Counter()), b.forms.get("length", Counter())
        if not one or not other:
            return
        for cut, free in ((one, other), (other, one)):
            longest = max(cut)
            beyond = sum(times for length, times in free.items() if length > longest)
            near = sum(times for length, times in cut.items() if length == longest)
            heaped = near >= 3 and near * 4 > beyond and near > 3 * sum(cut[longest - i] for i in (1, 2)) / 2
            if heaped and unlikely(beyond, free.total(), cut.total()) and beyond >= 5:
                words = f"up to {max(one)} letters -> up to {max(other)} letters"
                texts = shown(a.examples["length", max(one)]), shown(b.examples["length", max(other)])
                self.ledger.differ(self.step, "length", "body", words, texts, pointer, group=cause(a))
                return
        if len(one) == 1 == len(other) and set(one) != set(other) and min(one.total(), other.total()) >= 5:
            self._report(a, b, pointer, "length", "length", None)

    def _words(self, a: Profile, b: Profile, pointer: str) -> bool:
        """Values outside the declared ones, and words of programs that were replaced by others."""
        if a.spot is not None and self.reader.keyword(a.spot, "enum") is not None:
            legal = self.reader.keyword(a.spot, "enum")
            outside = [[w for w in p.words if w not in legal] for p in (a, b)]
            if bool(outside[0]) != bool(outside[1]):
                words = ["declared values" if not found else "a value that is not declared" for found in outside]
                texts = [shown(next(iter(outside[i] or (a, b)[i].words), "")) for i in (0, 1)]
                self.ledger.differ(
                    self.step, "enum value", "body", " -> ".join(words), (texts[0], texts[1]), pointer, group=cause(a)
                )
                return True
            self.ledger.same(self.step.label, "enum value")
            return False
        return self._replaced(a, b, pointer)

    def _replaced(self, a: Profile, b: Profile, pointer: str) -> bool:
        small = all(p.words.total() >= 2 and len(p.words) <= 12 and len(p.words) * 3 <= p.words.total() for p in (a, b))
        if not small or self.namer.names_id(a.name):
            return False
        gone, new = _usual(a.words, b.words), _usual(b.words, a.words)
        if not (gone and new):
            gone, new = _one_renamed(a.words, b.words)
        recased = _rewritten(a.words, b.words) and min(a.words.total(), b.words.total()) >= 3
        if recased or (gone and new and any(len(w) > 3 and CODE.fullmatch(w) for w in (*gone, *new))):
            texts = shown((gone or list(a.words))[0]), shown((new or list(b.words))[0])
            says = "words -> the same words written otherwise" if recased else "words -> other words"
            self.ledger.differ(self.step, "enum value", "body", says, texts, pointer, group=cause(a))
            return True
        return False


def _rewritten(here: Counter[str], there: Counter[str]) -> bool:
    """Whether one word is written in two ways, each on one side only: `IN_PROGRESS` and `in-progress`."""
    plain = [{re.sub(r"[\W_]+", "", word).lower(): word for word in side} for side in (here, there)]
    common = [(plain[0][word], plain[1][word]) for word in plain[0].keys() & plain[1].keys()]
    return any(one not in there and other not in here for one, other in common)


def _usual(here: Counter[str], there: Counter[str]) -> list[str]:
    """The words that one side uses often and the other, of many, never."""
    often = [word for word, times in here.items() if word not in there and times >= _OFTEN * here.total()]
    return [word for word in often if unlikely(here[word], here.total(), there.total())]


def _one_renamed(here: Counter[str], there: Counter[str]) -> tuple[list[str], list[str]]:
    """The one word that is another one on the other side, where all others are used by both."""
    gone, new = [word for word in here if word not in there], [word for word in there if word not in here]
    if len(gone) == len(new) == 1 < len(here) and exchanged(here[gone[0]], there[new[0]]):
        return gone, new
    return [], []


def _worded(aspect: str, form: Any) -> str:
    if aspect == "fraction":
        return f"{form} digits of a second"
    return f"{form} decimals" if aspect == "decimals" else f"{form} letters" if aspect == "length" else str(form)


def cause(profile: Profile) -> str:
    """The schema behind a field."""
    return profile.spot.pointer if profile.spot is not None else ""
