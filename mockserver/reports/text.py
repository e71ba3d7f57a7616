"""Text from strangers made fit to show: nothing invisible, nothing that moves the cursor, nothing endless."""

from __future__ import annotations

import re

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)


def visible(text: object) -> str:
    r"""The text with control characters, marks of direction, invisible ones and lone surrogates as `\uXXXX`.

    Tabs and line ends stay, CRLF becomes LF. What is left is legal in HTML and XML, can be encoded in UTF-8, and
    neither drives a terminal nor turns the order of reading round (CVE-2021-42574).
    """
    return _HIDDEN.sub(_escaped, str(text).replace("\r\n", "\n"))


def one_line(text: object, limit: int = 200) -> str:
    """The text made visible, on one line, of at most `limit` characters and a word on what was left out."""
    return shortened(" ".join(visible(text).split()), limit)


def shortened(text: str, limit: int) -> str:
    """The first `limit` characters, and how many more there were."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def number(count: int, one: str, many: str = "") -> str:
    """`1 finding`, `2,000 findings`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
