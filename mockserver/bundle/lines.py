"""The line of a file on which each value stands, found by JSON pointer."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from mockserver.bundle.pointers import join, tokens
from mockserver.bundle.sources import Twice, is_json

_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)

_Place = tuple[int, "dict[str, _Place] | list[_Place] | None"]


class Lines:
    """The line of each value of a file, found by JSON pointer; the file is read when first asked."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.twice: list[Twice] = []

    def line(self, pointer: str) -> int:
        """The line (from 1) of the value, or of the nearest one around it that the file has."""
        line, inside = self._root
        for token in tokens(pointer):
            if isinstance(inside, dict) and token in inside:
                line, inside = inside[token]
            elif isinstance(inside, list) and token.isdigit() and int(token) < len(inside):
                line, inside = inside[int(token)]
            else:
                break
        return line

    @cached_property
    def _root(self) -> _Place:
        if is_json(self._data):
            try:
                return self._json_places()
            except (IndexError, ValueError):
                pass  # flow style YAML that only begins as JSON does
        import yaml

        events: Any = yaml.parse(self._data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return _yaml_places(iter(events))

    def _json_places(self) -> _Place:
        text = self._data.decode("utf-8-sig")
        breaks = [match.start() for match in re.finditer("\n", text)]
        self.twice = []
        root: list[_Place] = []
        stack: list[tuple[Any, list[str | int]]] = [(root, [])]
        inside: Any = root
        trail: list[str | int] = []
        key: tuple[str, int] | None = None
        expects_key = False
        for match in _JSON_TOKEN.finditer(text):
            first = match[0][0]
            if first == ",":
                expects_key = isinstance(inside, dict)
            elif first in "}]":
                inside, trail = stack.pop()
                expects_key = False
            elif first == ":":
                expects_key = False
            elif expects_key and first == '"':
                key = (json.loads(match[0]), match.start())
                if key[0] in inside:
                    self.twice.append(Twice(join([*trail, key[0]]), bisect_right(breaks, key[1]) + 1))
            else:
                children: Any = {} if first == "{" else [] if first == "[" else None
                start = key[1] if key else match.start()
                place: _Place = (bisect_right(breaks, start) + 1, children)
                token: str | int = key[0] if key else len(inside)
                if isinstance(inside, list):
                    inside.append(place)
                elif key is not None:
                    inside[key[0]] = place
                else:
                    raise ValueError("not JSON")
                key = None
                if children is not None:
                    stack.append((inside, trail))
                    trail = [*trail, token] if inside is not root else trail
                    inside, expects_key = children, first == "{"
        return root[0]


def _yaml_places(events: Iterator[Any]) -> _Place:
    import yaml

    def place(event: Any, line: int) -> _Place:
        if isinstance(event, yaml.MappingStartEvent):
            mapping: dict[str, _Place] = {}
            while not isinstance(key := next(events), yaml.MappingEndEvent):
                mapping[key.value] = place(next(events), key.start_mark.line + 1)
            return line, mapping
        if isinstance(event, yaml.SequenceStartEvent):
            sequence: list[_Place] = []
            while not isinstance(item := next(events), yaml.SequenceEndEvent):
                sequence.append(place(item, item.start_mark.line + 1))
            return line, sequence
        return line, None

    for event in events:
        if not isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            return place(event, event.start_mark.line + 1)
    return 1, None
