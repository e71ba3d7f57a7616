"""YAML and JSON read alike, into plain JSON values; whatever is wrong with a file is told with its line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from mockserver.bundle.pointers import join
from mockserver.problems import BundleError

_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER = re.compile(r"[-+]?(?:(\d+)|0o([0-7]+)|0x([0-9a-fA-F]+)|(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?)\Z")
_BIG = re.compile(rb"\d{19}")
_COPIES = 1_000_000


@dataclass(frozen=True, slots=True)
class Twice:
    """A key that stands twice in one mapping; the last one counts."""

    pointer: str
    line: int


def parse(data: bytes, name: str) -> tuple[Any, list[Twice]]:
    """The value of a YAML or JSON file, and (YAML only) its doubled keys; BundleError names file, line and reason.

    Dates, `yes`, `on` and octals stay what YAML 1.2 takes them for: strings, and decimal numbers. Keys are strings.
    """
    if is_json(data):
        try:
            return _json(data), []
        except ValueError as error:
            if name.endswith(".json"):
                place = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
                raise BundleError(f"{name}{place}: not JSON: {getattr(error, 'msg', error)}.") from None
        except RecursionError:
            raise BundleError(f"{name}: nested too deeply.") from None
    import yaml

    try:
        builder = _Yaml(data, name)
        return builder.document(), builder.twice
    except yaml.MarkedYAMLError as error:
        last = data.count(b"\n") + (not data.endswith(b"\n"))
        place = f":{min(error.problem_mark.line + 1, last)}" if error.problem_mark else ""
        what = " ".join(filter(None, (error.context, error.problem)))
        raise BundleError(f"{name}{place}: not YAML: {what}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BundleError(f"{name}: not UTF-8 text: {error}.") from None
    except RecursionError:
        raise BundleError(f"{name}: nested too deeply.") from None


def is_json(data: bytes) -> bool:
    """Whether a file begins as a JSON object or array does."""
    return data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def _json(data: bytes) -> Any:
    import orjson

    data = data.removeprefix(b"\xef\xbb\xbf")
    if not _BIG.search(data):  # orjson turns integers beyond 64 bits into floats
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError:
            pass  # the standard library takes some texts more (lone surrogates) and knows the line of the rest
    return json.loads(data.decode(), parse_constant=_no_constant)


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")


def _scalar(text: str) -> Any:
    """A plain YAML scalar by the core schema of YAML 1.2; what JSON cannot say (.inf) stays a string."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    match = _NUMBER.match(text)
    if match is None:
        return text
    try:
        if match[1]:
            return int(text)
        if match[2] or match[3]:
            return int(match[2] or match[3], 8 if match[2] else 16)
        number = float(text)
    except ValueError:  # more digits than Python converts
        return text
    return text if number in (float("inf"), float("-inf")) else number


class _Yaml:
    """Builds values straight from the C parser's events: twice as fast as constructing from nodes."""

    def __init__(self, data: bytes, name: str) -> None:
        import yaml

        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(data)
        self.twice: list[Twice] = []
        self._name = name
        self._next = loader.get_event
        self._alias: Any = yaml.AliasEvent
        self._scalars: Any = yaml.ScalarEvent
        self._map: Any = yaml.MappingStartEvent
        self._ends = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
        self._anchors: dict[str, Any] = {}
        self._same: dict[str, str] = {}
        self._trail: list[str | int] = []
        self._copied = 0

    def document(self) -> Any:
        """The first document of the stream; None when there is none."""
        import yaml

        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        return self._node(self._next())

    def _node(self, event: Any) -> Any:
        kind = type(event)
        if kind is self._alias:
            return self._aliased(event)
        value: Any
        if kind is self._scalars:
            value = self._value(event)
        elif kind is self._map:
            value = self._mapping(event)
        else:
            value = self._sequence()
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _value(self, event: Any) -> Any:
        text = event.value
        tag = event.tag
        if event.implicit[0] or (tag and tag.rpartition(":")[2] in ("int", "float", "bool", "null")):
            value = _scalar(text)
            if value is not text:
                return value
        return self._same.setdefault(text, text) if len(text) < 40 else text

    def _sequence(self) -> list[Any]:
        out: list[Any] = []
        trail = self._trail
        while type(event := self._next()) not in self._ends:
            trail.append(len(out))
            out.append(self._node(event))
            trail.pop()
        return out

    def _mapping(self, start: Any) -> dict[str, Any]:
        out: dict[str, Any] = {}
        merged: list[Any] = []
        trail = self._trail
        while type(event := self._next()) not in self._ends:
            if type(event) is not self._scalars:
                self._fail(event, "a key must be plain text")
            key = self._same.setdefault(event.value, event.value)
            trail.append(key)
            value = self._node(self._next())
            if key == "<<" and event.implicit[0]:
                merged += value if isinstance(value, list) else [value]
            else:
                if key in out:
                    self.twice.append(Twice(join(trail), event.start_mark.line + 1))
                out[key] = value
            trail.pop()
        for part in merged:
            if not isinstance(part, dict):
                self._fail(start, "`<<` takes mappings only")
            for key, value in part.items():
                out.setdefault(key, value)
        return out

    def _aliased(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            self._fail(event, f"the alias *{event.anchor} has no anchor before it (or stands inside it)")
        return self._copy(self._anchors[event.anchor], event)

    def _copy(self, value: Any, event: Any) -> Any:
        """A copy of its own, so that a change at one place (an overlay) does not show at the other."""
        self._copied += 1
        if self._copied > _COPIES:
            self._fail(event, "its aliases unfold into more than a million values")
        if isinstance(value, dict):
            return {key: self._copy(part, event) for key, part in value.items()}
        if isinstance(value, list):
            return [self._copy(part, event) for part in value]
        return value

    def _fail(self, event: Any, why: str) -> NoReturn:
        raise BundleError(f"{self._name}:{event.start_mark.line + 1}: {why}.")
