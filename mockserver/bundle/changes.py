"""What a new release of a bundle means for the clients of the old one."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mockserver.bundle.differences import Comparison, Direction, Impact, Key, Unit
from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Media, Operation, Parameter

_TEMPLATE = re.compile(r"\{[^{}]*\}")
_ORDER = {impact: place for place, impact in enumerate(Impact)}


@dataclass(frozen=True, slots=True)
class Change:
    """One change: what it means for clients, where it stands, and the operations that show it (`GET /clients`)."""

    kind: Impact
    message: str
    pointer: str
    operations: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The operation, or how many there are."""
        if len(self.operations) == 1:
            return self.operations[0]
        return f"{len(self.operations)} operations" if self.operations else "the bundle"


def changes(old: Bundle, new: Bundle) -> list[Change]:
    """What changed from one bundle to another, breaking changes first.

    A request that must meet more than before, or a reply that promises less than before, is breaking. A change of a
    shared component is told once, with all the operations it shows in.
    """
    comparison = Comparison(old, new)
    before, after = _by_place(old.operations), _by_place(new.operations)
    found: dict[tuple[Impact, str, str], list[str]] = defaultdict(list)
    roots: list[tuple[str, Unit]] = []
    for place, operation in before.items():
        unit = Unit()
        if place in after:
            _Both(comparison, operation, after[place], unit).run()
        else:
            unit.found.append((Impact.BREAKING, "was removed", operation.pointer))
        roots.append((operation.label, unit))
    for place, operation in after.items():
        if place not in before:
            roots.append((operation.label, Unit([(Impact.COMPATIBLE, "is new", operation.pointer)])))
    comparison.finish()
    for label, unit in roots:
        for one in _reached(unit, comparison.units):
            for change in one.found:
                found[change].append(label)
    whole = list(_whole(old, new))
    out = [*whole, *(Change(*key, tuple(dict.fromkeys(labels))) for key, labels in found.items())]
    return sorted(out, key=lambda c: (_ORDER[c.kind], c.operations, c.message))


def render(found: Iterable[Change]) -> str:
    """Changes as lines of a terminal: impact, operation, message, and a last line that counts them."""
    rows = [(change.kind.value, change.place, change.message) for change in found]
    if not rows:
        return "No changes."
    impacts, places = (max(len(row[i]) for row in rows) for i in (0, 1))
    lines = [f"{impact:<{impacts}}  {place:<{places}}  {message}" for impact, place, message in rows]
    counts = Counter(row[0] for row in rows)
    parts = [f"{counts[i]} {i}{'s' if i == 'note' and counts[i] > 1 else ''}" for i in Impact if counts[i]]
    return "\n".join([*lines, f"{len(rows)} {'change' if len(rows) == 1 else 'changes'}: {', '.join(parts)}."])


def _by_place(operations: Iterable[Operation]) -> dict[tuple[str, str], Operation]:
    """By method and path; what a template calls its parameter is no matter to a client."""
    out: dict[tuple[str, str], Operation] = {}
    for operation in operations:
        out.setdefault((operation.method, _TEMPLATE.sub("{}", operation.path)), operation)
    return out


def _reached(root: Unit, units: Mapping[Key, Unit]) -> Iterator[Unit]:
    seen: set[Key] = set()
    stack = [root]
    while stack:
        unit = stack.pop()
        yield unit
        fresh = unit.uses - seen
        seen |= fresh
        stack += [units[key] for key in fresh]


def _whole(old: Bundle, new: Bundle) -> Iterator[Change]:
    one, two = ([s.get("url") for s in bundle.document.get("servers", ())] for bundle in (old, new))
    if one != two:
        yield Change(Impact.NOTE, f"servers {', '.join(map(str, one))} became {', '.join(map(str, two))}", "/servers")


class _Both:
    """An operation that both bundles have."""

    def __init__(self, comparison: Comparison, old: Operation, new: Operation, unit: Unit) -> None:
        self.comparison = comparison
        self.old = old
        self.new = new
        self.unit = unit

    def run(self) -> None:
        self.parameters()
        self.body()
        self.replies()
        self.security()
        if self.old.id != self.new.id:
            self.tell(Impact.NOTE, f"operationId {self.old.id} became {self.new.id}")

    def tell(self, impact: Impact, message: str, pointer: str = "") -> None:
        self.unit.found.append((impact, message, pointer or self.new.pointer))

    def parameters(self) -> None:
        before, after = _parameters(self.old), _parameters(self.new)
        for key, old in before.items():
            new = after.get(key)
            name = f"{old.location} parameter {old.name}"
            if new is None:
                self.tell(Impact.NOTE, f"{name} was removed", old.pointer)
                continue
            if new.required != old.required:
                impact = Impact.BREAKING if new.required else Impact.COMPATIBLE
                self.tell(impact, f"{name} is {'required' if new.required else 'optional'} now", new.pointer)
            if (old.style, old.explode) != (new.style, new.explode):
                self.tell(Impact.BREAKING, f"{name} is written in another style", new.pointer)
            pair = (old.schema, old.pointer), (new.schema, new.pointer)
            self.comparison.compare(*pair, "request", self.unit, name)
        for key, new in after.items():
            if key not in before:
                impact = Impact.BREAKING if new.required else Impact.COMPATIBLE
                required = " and required" if new.required else ""
                self.tell(impact, f"{new.location} parameter {new.name} is new{required}", new.pointer)

    def body(self) -> None:
        old, new = self.old.request, self.new.request
        if old is None or new is None:
            if new is not None:
                impact = Impact.BREAKING if new.required else Impact.COMPATIBLE
                self.tell(impact, f"takes a body now{', and requires it' if new.required else ''}")
            elif old is not None:
                self.tell(Impact.BREAKING if old.required else Impact.NOTE, "takes no body any more")
            return
        if old.required != new.required:
            impact = Impact.BREAKING if new.required else Impact.COMPATIBLE
            self.tell(impact, f"the body is {'required' if new.required else 'optional'} now")
        self.media(old.content, new.content, "request", "body")

    def replies(self) -> None:
        for status, old in self.old.replies.items():
            new = self.new.replies.get(status)
            if new is None:
                impact = Impact.BREAKING if status[0] == "2" else Impact.NOTE
                self.tell(impact, f"no longer answers {status}")
                continue
            name = f"reply {status}"
            self.media(old.content, new.content, "reply", name)
            for header, (required, _, _) in old.headers.items():
                if header not in new.headers:
                    impact = Impact.BREAKING if required else Impact.NOTE
                    self.tell(impact, f"{name}: header {header} was removed")
        for status in self.new.replies:
            if status not in self.old.replies:
                impact = Impact.NOTE if status[0] == "2" else Impact.COMPATIBLE
                self.tell(impact, f"may answer {status} now")

    def media(self, old: tuple[Media, ...], new: tuple[Media, ...], direction: Direction, name: str) -> None:
        after = {media.type: media for media in new}
        for media in old:
            fresh = after.pop(media.type, None)
            if fresh is None:
                self.tell(Impact.BREAKING, f"{name}: {media.type} was removed")
            elif media.schema is not None and fresh.schema is not None:
                pair = (media.schema, media.pointer), (fresh.schema, fresh.pointer)
                self.comparison.compare(*pair, direction, self.unit, name)
            elif media.schema is not None:
                impact = Impact.NOTE if direction == "reply" else Impact.COMPATIBLE
                self.tell(impact, f"{name}: {media.type} is no longer described")
        for media in after.values():
            self.tell(Impact.COMPATIBLE, f"{name}: {media.type} is new")

    def security(self) -> None:
        """Each set of credentials that did must still do."""
        before = self.old.security or ({},)
        after = self.new.security or ({},)
        for one in before:
            if not any(_covers(one, other) for other in after):
                who = " with ".join(sorted(one)) or "a client without credentials"
                self.tell(Impact.BREAKING, f"{who} no longer gets in")
        if {} in after and {} not in before:
            self.tell(Impact.COMPATIBLE, "needs no credentials any more")


def _covers(one: Mapping[str, tuple[str, ...]], other: Mapping[str, tuple[str, ...]]) -> bool:
    return all(scheme in one and set(scopes) <= set(one[scheme]) for scheme, scopes in other.items())


def _parameters(operation: Operation) -> dict[tuple[str, str], Parameter]:
    """By place and name; those of the path by their number in it, whatever they are called."""
    named = _TEMPLATE.findall(operation.path)
    out: dict[tuple[str, str], Parameter] = {}
    for parameter in operation.parameters:
        name = parameter.name
        if parameter.location == "path" and f"{{{name}}}" in named:
            name = str(named.index(f"{{{name}}}"))
        out[parameter.location, name.lower() if parameter.location == "header" else name] = parameter
    return out
