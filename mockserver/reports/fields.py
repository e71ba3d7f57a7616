"""The field tree of a comparison: where in each operation's answers things differ, with counts and links."""

from __future__ import annotations

from dataclasses import dataclass, field

from mockserver.reports import wording
from mockserver.reports.bodies import pointer
from mockserver.reports.markup import Html, element
from mockserver.reports.text import one_line
from mockserver.runs import Observation, Run


@dataclass(slots=True)
class _Node:
    """A place: what differs just here, and what below; `count` is how often in all."""

    count: int = 0
    found: list[Observation] = field(default_factory=list)
    below: dict[str, _Node] = field(default_factory=dict)


def fields(run: Run) -> Html:
    """A tree of places for each operation with differences that are still there."""
    present = [observation for observation in run.observations if observation.state != "gone"]
    trees = []
    for operation, found in wording.by_operation(run, present).items():
        root = _Node()
        for observation in found:
            _put(root, observation)
        title = element("summary", element("code", operation or "The whole run"), " ", _count(root.count))
        trees.append(element("details", title, _branches(root), class_="tree", open=True))
    return element("div", element("h3", "By field"), *trees, class_="trees")


def _put(root: _Node, observation: Observation) -> None:
    place = wording.where(observation) or observation.finding.pointer or "the whole answer"
    parts = pointer(place)
    before = place.partition("/")[0].strip()
    path = [place] if parts is None else [*([before] if before else []), *(f"/{part}" for part in parts)]
    node = root
    node.count += observation.count
    for part in path:
        node = node.below.setdefault(part, _Node())
        node.count += observation.count
    node.found.append(observation)


def _branches(node: _Node) -> Html:
    items = []
    for part, below in sorted(node.below.items()):
        name, end = part, below
        while len(end.below) == 1 and not end.found:  # a chain without forks is one step for the reader
            ((further, end),) = end.below.items()
            name += further
        leaves = [_leaf(observation) for observation in end.found]
        inner = _branches(end) if end.below else None
        items.append(element("li", element("code", one_line(name)), " ", _count(end.count), *leaves, inner))
    return element("ul", *items)


def _leaf(observation: Observation) -> Html:
    kind = str(observation.details.get("class") or observation.finding.code)
    return element("a", kind, href=f"#{observation.key}", class_=f"leaf {observation.finding.severity.value}")


def _count(count: int) -> Html:
    return element("span", f"{count:,}", class_="count")
