"""Fields: the grammar that HTTP headers share: lists, parameters, quoted strings, media types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from mockserver.bundle.operations import is_json

_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_PIECES = {sep: re.compile(rf'(?:[^"{sep}]++|"(?:[^"\\]++|\\.)*+"?+)++', re.DOTALL) for sep in ",;"}
_MEDIA = re.compile(r"[\w!#$%&'*+.^`|~-]+/[\w!#$%&'*+.^`|~-]+\Z", re.ASCII)

_JUDGED = frozenset(
    {"application/x-www-form-urlencoded", "multipart/form-data", "application/octet-stream", "text/plain"}
)


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type taken apart; `type` is in lower case, and empty when the text is none."""

    type: str
    parameters: Mapping[str, str]

    @property
    def is_json(self) -> bool:
        """Whether it is JSON or built on it (`application/problem+json`)."""
        return is_json(self.type)

    @property
    def is_judged(self) -> bool:
        """Whether a schema can say something about a body as it is decoded here (it cannot about XML or CSV)."""
        return self.is_json or self.type in _JUDGED or self.type.startswith(("image/", "audio/", "video/"))


def split(text: str, separator: str) -> list[str]:
    """The pieces between commas or semicolons that are not inside quotes, trimmed, without empty ones."""
    return [piece for raw in _PIECES[separator].findall(text) if (piece := raw.strip(" \t"))]


def unquoted(text: str) -> str:
    """A token or quoted string as the text it stands for."""
    text = text.strip(" \t")
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return _QUOTED_PAIR.sub(r"\1", text[1:-1])
    return text


def parameters(pieces: list[str]) -> dict[str, str]:
    """`name=value` pieces by lower-case name, the first of equal names winning."""
    found: dict[str, str] = {}
    for piece in pieces:
        name, _, value = piece.partition("=")
        found.setdefault(name.strip(" \t").lower(), unquoted(value))
    return found


@lru_cache(maxsize=256)
def media_type(text: str) -> MediaType:
    """What a Content-Type header, or a media type of the bundle, says."""
    kind, *rest = split(text, ";") or [""]
    return MediaType(kind.lower() if _MEDIA.match(kind) else "", parameters(rest))
