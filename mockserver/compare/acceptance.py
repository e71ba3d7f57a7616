"""Acceptance: where one side takes what the other refuses, the smallest request that shows it, and the boundary."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from mockserver.compare.program import ABSENT, HOLES, Template

Place = tuple[str | int, ...]
Outcome = tuple[bool, bool]  # whether side A and side B took the request
Ask = Callable[[Template], Outcome | None]

_PLACES = ("query", "headers", "cookies", "body")
_LIKELY = 12  # one draw in so many leaves a part out: most of what is drawn is close to what is known to differ
_GONE: Final[Any] = object()


@dataclass(frozen=True, slots=True)
class Smallest:
    """The smallest request found, what its boundary is in words ("" where there is none), and how many were asked."""

    template: Template
    boundary: str = ""
    asked: int = 0


@dataclass(slots=True)
class Shrinker:
    """Shrinks one template on a pair of sides.

    `ask` sends a template to both and tells who took it (None: no answer). Never more than `most` are sent; the same
    template is not sent twice.
    """

    ask: Ask
    outcome: Outcome
    names: tuple[str, str] = ("A", "B")
    most: int = 40
    asked: int = 0
    _known: dict[str, bool] = field(default_factory=dict)

    def shrink(self, template: Template) -> Smallest:
        """The smallest template for which the sides still disagree in the same way."""
        if "target" in template.raw or "body" in template.raw:
            return Smallest(template)  # its bytes are the point
        self._known[_mark(template)] = True
        small = self._parts(template)
        small, boundary = self._values(small)
        return Smallest(small, boundary, self.asked)

    def differs(self, template: Template) -> bool:
        """Whether both sides still disagree in the same way; False when nothing more may be asked."""
        mark = _mark(template)
        if mark not in self._known:
            if self.asked >= self.most:
                return False
            self.asked += 1
            self._known[mark] = self.ask(template) == self.outcome
        return self._known[mark]

    # -- which parts --

    def _parts(self, template: Template) -> Template:
        """Without the properties, elements and parameters that it does not need, as hypothesis finds them."""
        places = [place for place in _places(template) if len(place) > 1]
        if not places:
            return template
        kept = st.tuples(*[st.integers(0, _LIKELY) for _ in places])

        def made(drawn: tuple[int, ...]) -> Template:
            return _without(template, [place for place, keep in zip(places, drawn, strict=True) if not keep])

        phases = settings(
            max_examples=60, phases=(Phase.generate, Phase.shrink), database=None, derandomize=True, deadline=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                drawn = find(kept, lambda drawn: self.differs(made(drawn)), settings=phases)
        except HypothesisException:
            return template
        return made(drawn)

    # -- how small each value --

    def _values(self, template: Template) -> tuple[Template, str]:
        """With each text as short and each number as small as it may be; the boundary of the last that has one."""
        boundary = ""
        for place in list(_places(template, leaves=True)):
            value = _at(template, place)
            make: Callable[[int], Any]
            if isinstance(value, str) and len(value) > 1:
                sizes, make, what = _Sizes(0, len(value)), partial(_prefix, value), f"{place[-1]} of length"
            elif isinstance(value, int) and not isinstance(value, bool) and value not in (0, 1):
                sizes, make, what = _Sizes(1 if value > 1 else 0, value), int, str(place[-1])
            else:
                continue
            found = self._nearest(template, place, sizes, make)
            if found is None:
                continue
            template = _with(template, place, make(found))
            if found != sizes.least:
                boundary = self._worded(what, found, found + (1 if sizes.least > sizes.known else -1), sizes)
        return template, boundary

    def _nearest(self, template: Template, place: Place, sizes: _Sizes, make: Callable[[int], Any]) -> int | None:
        """The least size found at which the sides still differ; None where nothing more may be asked."""
        if self.differs(_with(template, place, make(sizes.least))):
            return sizes.least
        agree, differ = sizes.least, sizes.known
        while abs(differ - agree) > 1:
            middle = (agree + differ) // 2
            if self.asked >= self.most:
                return None
            if self.differs(_with(template, place, make(middle))):
                differ = middle
            else:
                agree = middle
        return differ

    def _worded(self, what: str, taken: int, last: int, sizes: _Sizes) -> str:
        taker, refuser = self.names if self.outcome[0] else self.names[::-1]
        bound = "at most" if sizes.known > sizes.least else "from"
        return f"{taker} takes {what} {taken}, {refuser} {bound} {last}"


@dataclass(frozen=True, slots=True)
class _Sizes:
    """A range of sizes: the least that is tried, and the one that is known to differ."""

    least: int
    known: int


def _prefix(text: str, size: int) -> str:
    return text[:size]


def _mark(template: Template) -> str:
    return json.dumps(template.to_json(), sort_keys=True, default=repr)


def _places(template: Template, *, leaves: bool = False) -> Iterator[Place]:
    for name in _PLACES:
        value = getattr(template, name)
        if value is not ABSENT:
            yield from _below(value, (name,), leaves=leaves)


def _below(value: Any, place: Place, *, leaves: bool) -> Iterator[Place]:
    """The places in a value: the inner ones first, so that what is left out inside does not move what is outside."""
    hole = isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in HOLES
    pairs: list[tuple[str | int, Any]] = []
    if isinstance(value, Mapping) and not hole:
        pairs = list(value.items())
    elif isinstance(value, list | tuple):
        pairs = list(enumerate(value))
    for name, inner in pairs:
        yield from _below(inner, (*place, name), leaves=leaves)
    if not leaves or (not pairs and not hole):
        yield place


def _at(template: Template, place: Place) -> Any:
    value = getattr(template, str(place[0]))
    for name in place[1:]:
        value = value[name]
    return value


def _with(template: Template, place: Place, value: Any) -> Template:
    return replace(template, **{str(place[0]): _changed(getattr(template, str(place[0])), place[1:], value)})


def _without(template: Template, places: list[Place]) -> Template:
    whole = {name: getattr(template, name) for name in _PLACES}
    for place in places:  # an element that is gone leaves a mark until the end, so that the others keep their places
        whole[str(place[0])] = _changed(whole[str(place[0])], place[1:], _GONE)
    return replace(template, **{name: _cleared(value) for name, value in whole.items()})


def _changed(value: Any, path: Place, new: Any) -> Any:
    if not path:
        return new
    if isinstance(value, Mapping):
        return {name: _changed(inner, path[1:], new) if name == path[0] else inner for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_changed(inner, path[1:], new) if at == path[0] else inner for at, inner in enumerate(value)]
    return value  # what was around it is gone already


def _cleared(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _cleared(inner) for name, inner in value.items() if inner is not _GONE}
    return [_cleared(inner) for inner in value if inner is not _GONE] if isinstance(value, list | tuple) else value
