"""Paths: which operations a server could take a path for, however loosely it reads it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from mockserver.bundle.operations import Operation

_TEMPLATE = re.compile(r"\{[^{}]+\}")
_WRITTEN = re.compile(r"/[!$&'()*+,\-./0-9:;=@A-Z\[\]^_`a-z{|}~%\"<>]*\Z")
_ESCAPE_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
_REMEMBERED = 20_000
_Pattern = tuple[str | re.Pattern[str], ...]


class Paths:
    """The bundle's paths, read strictly (`find`) and in every way a lax server may read them (`readings`).

    `bases` are base paths that a server may take off the front of a path.
    """

    def __init__(self, operations: Iterable[Operation], bases: Iterable[str] = ()) -> None:
        self._bases = tuple(base.rstrip("/") for base in bases if base.strip("/"))
        self._exact: dict[tuple[str, str], list[Operation]] = {}
        self._templates: dict[tuple[str, int], list[tuple[_Pattern, Operation]]] = {}
        self._folded: dict[tuple[str, int], list[tuple[_Pattern, Operation]]] = {}
        self._known: dict[tuple[str, str], tuple[Operation, ...]] = {}
        for operation in operations:
            path = re.split(r"[#?]", operation.path)[0]  # some vendors tell operations of one path apart so
            if "{" in path:
                place = (operation.method, path.count("/"))
                self._templates.setdefault(place, []).append((_pattern(path), operation))
            else:
                self._exact.setdefault((operation.method, path), []).append(operation)
            plain = path.rstrip("/")
            place = (operation.method, plain.count("/"))
            self._folded.setdefault(place, []).append((_pattern(plain, fold=True), operation))

    def find(self, method: str, path: str) -> tuple[Operation, ...]:
        """The operations that a raw path means by OpenAPI's rules: concrete segments win over templates.

        Several where the bundle leaves it open (`/a/{x}/c` beside `/a/b/{y}`).
        """
        exact = self._exact.get((method, path))
        if exact is not None:
            return tuple(exact)
        return _most_concrete(self._templates.get((method, path.count("/")), ()), path.split("/"))

    def readings(self, method: str, path: str) -> tuple[Operation, ...]:
        """Every operation that some server may take the path for: decoded, in any case, without `;` and the like."""
        known = self._known.get((method, path))
        if known is None:
            found = {operation.id: operation for operation in self.find(method, path)}
            for spelling in self._spellings(path):
                place = (method, spelling.count("/"))
                taken = _most_concrete(self._folded.get(place, ()), spelling.split("/"))
                found |= {operation.id: operation for operation in taken}
            known = tuple(found.values())
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[method, path] = known
        return known

    def _spellings(self, path: str) -> Iterator[str]:
        loose = "/".join(_loose(segment) for segment in decoded(path).rstrip("/").split("/"))
        bases = [base for base in self._bases if loose.startswith(f"{base.casefold()}/")]
        whole = [loose, *(loose[len(base) :] for base in bases)]
        for spelling in whole:
            yield spelling
            above, _, last = spelling.rpartition("/")
            if "." in last:
                yield f"{above}/{last.partition('.')[0]}"  # `/clients.json`


def decoded(path: str) -> str:
    """A path with its percent-escapes undone, however often they were applied, in Unicode's plainest form."""
    for _ in range(4):
        plain = unquote(path)
        if plain == path:
            break
        path = plain
    return path if path.isascii() else unicodedata.normalize("NFKC", path)


def trouble(path: str, *, matrix: bool = False) -> str:
    """What makes servers disagree on where a path leads; "" where nothing does. `matrix`: `;` is declared here."""
    if not _WRITTEN.match(path) or _ESCAPE_BROKEN.search(path):
        return "its path is not written as a path"
    plain = decoded(path)
    if "\\" in plain or plain.count("/") != path.count("/"):
        return "its path has an encoded slash or a backslash"
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in plain):
        return "its path has control characters"
    if any(segment.partition(";")[0].strip(" ") in (".", "..") for segment in plain.split("/")):
        return "its path has dot segments"
    if "//" in plain:
        return "its path has empty segments"
    if ";" in plain and not matrix:
        return "its path has `;` parameters"
    return ""


def escapes(path: str) -> bool:
    """Whether a path may climb above where it starts."""
    depth = 0
    for segment in decoded(path).replace("\\", "/").split("/"):
        name = segment.partition(";")[0].strip()
        depth += -1 if name == ".." else int(name not in ("", "."))
        if depth < 0:
            return True
    return False


def _loose(segment: str) -> str:
    return segment.partition(";")[0].strip(" ").rstrip(". ").casefold()


def _pattern(path: str, *, fold: bool = False) -> _Pattern:
    pattern: list[str | re.Pattern[str]] = []
    for segment in path.split("/"):
        pieces = [re.escape(piece.casefold() if fold else piece) for piece in _TEMPLATE.split(segment)]
        plain = segment.casefold() if fold else segment
        pattern.append(re.compile(".+".join(pieces), re.DOTALL) if len(pieces) > 1 else plain)
    return tuple(pattern)


def _most_concrete(among: Iterable[tuple[_Pattern, Operation]], segments: list[str]) -> tuple[Operation, ...]:
    matching = [(pattern, operation) for pattern, operation in among if _matches(pattern, segments)]
    if len(matching) < 2:
        return tuple(operation for _, operation in matching)
    shapes = [(tuple(isinstance(part, str) for part in pattern), operation) for pattern, operation in matching]
    return tuple(operation for shape, operation in shapes if not any(_beats(other, shape) for other, _ in shapes))


def _matches(pattern: _Pattern, segments: list[str]) -> bool:
    return all(
        part == segment if isinstance(part, str) else part.fullmatch(segment) is not None
        for part, segment in zip(pattern, segments, strict=True)
    )


def _beats(one: tuple[bool, ...], other: tuple[bool, ...]) -> bool:
    return one != other and all(a or not b for a, b in zip(one, other, strict=True))
