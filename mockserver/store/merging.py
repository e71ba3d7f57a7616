"""Merging: two schemas as one, as well as one schema can say it; references made absolute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def absolute(node: Any, base: str) -> Any:
    """The node with local references leading into the document of that name."""
    if isinstance(node, Mapping):
        return {
            word: base + value
            if word == "$ref" and isinstance(value, str) and value[:1] == "#"
            else absolute(value, base)
            for word, value in node.items()
        }
    return [absolute(item, base) for item in node] if isinstance(node, list) else node


def join(one: Mapping[str, Any], two: Mapping[str, Any]) -> dict[str, Any]:
    """Both schemas at once, as well as one schema can say it."""
    joined = dict(one)
    for word, value in two.items():
        if word not in joined:
            joined[word] = value
        elif word == "properties":
            both = {name: {"allOf": [joined[word][name], part]} for name, part in value.items()
                    if name in joined[word] and joined[word][name] != part}  # fmt: skip
            joined[word] = {**joined[word], **value, **both}
        elif word == "required":
            joined[word] = list(dict.fromkeys([*joined[word], *value]))
        elif word in ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"):
            joined[word] = max(joined[word], value)
        elif word in ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"):
            joined[word] = min(joined[word], value)
        elif word == "enum":
            joined[word] = [v for v in joined[word] if v in value] or value
        elif word == "type":
            joined[word] = _both_types(joined[word], value)
        elif word in ("oneOf", "anyOf") and joined[word] != value:
            joined[word] = [{"allOf": [left, right]} for left in joined[word] for right in value]
    return joined


def _both_types(one: Any, two: Any) -> Any:
    left = [one] if isinstance(one, str) else list(one)
    right = [two] if isinstance(two, str) else list(two)
    common = [kind for kind in left if kind in right or (kind == "integer" and "number" in right)]
    common += [kind for kind in right if kind == "integer" and "number" in left and kind not in common]
    return common[0] if len(common) == 1 else common or left
