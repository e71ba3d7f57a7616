"""HTML as values: text is escaped unless an element was made of it here, so nothing hostile can slip through."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from mockserver.reports.text import visible

_EMPTY = frozenset({"br", "hr", "input", "meta", "link"})


class Html(str):
    """Markup made by this module; any other text is escaped where it is put in."""

    __slots__ = ()


def element(name: str, /, *children: str | int | None, **attributes: str | int | bool | None) -> Html:
    """An element. `class_` and `for_` stand for class and for, `data_key` for data-key; None and False are left out.

    Children that are no Html are text: escaped, with invisible characters made visible.
    """
    told = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    if name in _EMPTY:
        return Html(f"<{name}{told}>")
    return Html(f"<{name}{told}>{joined(children)}</{name}>")


def joined(children: Iterable[str | int | None]) -> Html:
    """Children one after the other, without an element around them."""
    return Html("".join(_child(child) for child in children if child is not None))


def definitions(pairs: Iterable[tuple[str, str | int | None]]) -> Html:
    """A list of terms and what they are; pairs without a value are left out."""
    rows = [element("div", element("dt", term), element("dd", value)) for term, value in pairs if value]
    return element("dl", *rows) if rows else Html("")


def table(header: Sequence[str], rows: Iterable[Iterable[str | int]], caption: str) -> Html:
    """A table in a frame that scrolls sideways by itself; whole numbers stand to the right."""
    cells = [list(row) for row in rows]
    right = [any(isinstance(value, int) for value in column) for column in zip(*cells, strict=True)]
    right += [False] * len(header)
    names = [
        element("th", name, scope="col", class_="number" if number else None)
        for name, number in zip(header, right, strict=False)
    ]
    head, body = element("tr", *names), [element("tr", *(_cell(cell) for cell in row)) for row in cells]
    inside = element("table", element("caption", caption), element("thead", head), element("tbody", *body))
    return element("div", inside, class_="frame", tabindex="0", role="region", aria_label=caption)


def _cell(value: str | int) -> Html:
    if isinstance(value, int):
        return element("td", f"{value:,}" if value else "·", class_="number" if value else "number none")
    return element("td", value)


def _child(child: str | int) -> str:
    return child if isinstance(child, Html) else html.escape(visible(child), quote=False)


def _attribute(key: str, value: str | int | bool) -> str:
    if value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(visible(value))}"'
