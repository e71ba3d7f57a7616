"""What stands where in an OpenAPI document, and a walk that knows what each node is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mockserver.bundle.pointers import METHODS, join

Node = dict[str, Any]
Trail = tuple[Any, ...]  # (parent trail, token): made into a pointer only when one is needed

# kind of node -> key -> (shape of the value, kind of what is inside)
PLACES: dict[str, dict[str, tuple[str, str]]] = {
    "document": {"paths": ("map", "path"), "webhooks": ("map", "path"), "components": ("one", "components")}
    | {
        "info": ("one", "any"),
        "servers": ("list", "any"),
        "security": ("list", "requirement"),
        "tags": ("list", "any"),
    },
    "components": {"schemas": ("schemas", "schema"), "responses": ("map", "response"), "links": ("map", "link")}
    | {"parameters": ("map", "parameter"), "examples": ("map", "example"), "headers": ("map", "parameter")}
    | {"requestBodies": ("map", "body"), "callbacks": ("map", "callback"), "pathItems": ("map", "path")}
    | {"securitySchemes": ("map", "any"), "mediaTypes": ("map", "media")},
    "path": {**dict.fromkeys(METHODS, ("one", "operation")), "parameters": ("list", "parameter")},
    "operation": {"parameters": ("list", "parameter"), "requestBody": ("one", "body"), "tags": ("plain", "")}
    | {"responses": ("map", "response"), "callbacks": ("map", "callback"), "security": ("list", "requirement")},
    "parameter": {"schema": ("schema", "schema"), "content": ("map", "media"), "examples": ("map", "example")},
    "body": {"content": ("map", "media")},
    "response": {"content": ("map", "media"), "headers": ("map", "parameter"), "links": ("map", "link")},
    "media": {"schema": ("schema", "schema"), "itemSchema": ("schema", "schema"), "examples": ("map", "example")}
    | {"encoding": ("map", "encoding")},
    "encoding": {"headers": ("map", "parameter")},
    "schema": dict.fromkeys(("properties", "patternProperties", "$defs", "definitions"), ("schemas", "schema"))
    | {"dependentSchemas": ("schemas", "schema")}
    | dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), ("several", "schema"))
    | dict.fromkeys(("items", "additionalProperties", "not", "if", "then", "else"), ("schema", "schema"))
    | dict.fromkeys(("contains", "propertyNames", "contentSchema"), ("schema", "schema"))
    | dict.fromkeys(("unevaluatedItems", "unevaluatedProperties"), ("schema", "schema")),
}
LISTS = frozenset(("list", "plain", "several"))


def walk(document: Node) -> Iterator[tuple[str, Node, Trail]]:
    """Each node of a document once, as (kind, node, trail); references are not followed."""
    stack: list[tuple[Any, str, str, Trail]] = [(document, "document", "one", ())]
    while stack:
        node, kind, shape, trail = stack.pop()
        if type(node) is list and shape in LISTS:
            stack += [(part, kind, "one", (trail, index)) for index, part in enumerate(node)]
        elif type(node) is dict and shape in ("map", "schemas"):
            stack += [(part, kind, "one", (trail, key)) for key, part in node.items()]
        elif type(node) is dict and shape not in LISTS:
            yield kind, node, trail
            if kind == "callback":
                stack += [(part, "path", "one", (trail, key)) for key, part in node.items()]
            places = PLACES.get(kind, {})
            for key in node:
                if key in places and places[key][1] not in ("any", ""):
                    stack.append((node[key], places[key][1], places[key][0], (trail, key)))


def pointer_of(trail: Trail) -> str:
    """The JSON pointer of a trail."""
    return join(path_of(trail))


def path_of(trail: Trail) -> list[Any]:
    """The keys and indices of a trail, from the root."""
    path: list[Any] = []
    while trail:
        trail, token = trail
        path.append(token)
    path.reverse()
    return path
