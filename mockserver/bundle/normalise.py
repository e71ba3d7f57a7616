"""One kind of document for all that follows: OpenAPI 3.0 and 3.1 become 3.1 with JSON Schema 2020-12."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from mockserver.bundle.keywords import CHECKS, Node
from mockserver.bundle.places import LISTS, PLACES, Trail, pointer_of
from mockserver.bundle.pointers import follow, join, label, local, tokens, where
from mockserver.findings import Finding, Severity

_ANNOTATIONS = frozenset(
    ("title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "$comment")
)
_REF_SIBLINGS = _ANNOTATIONS | {"$ref"}
_EXAMPLE = frozenset(("value", "$ref", "externalValue", "summary", "description", "serializedValue"))
_TEXTS = {
    "operation": ("operationId", "summary", "description"),
    "parameter": ("name", "in", "style", "description"),
}
_LOOSE_HYPHEN = re.compile(r"(\\[wWdDsS])-(?!\])")  # [\w-.]: fine in a browser without the flags `u` and `v`


def normalise(document: Node, version: str) -> list[Finding]:
    """Turn a document of the given OpenAPI version into 3.1 with JSON Schema 2020-12, in place.

    `nullable` becomes a type, boolean exclusive bounds become numbers, `example` joins `examples`, integer formats get
    their bounds. What no validator could use is left out and told as a finding, so nothing after this need be careful.
    """
    walk = _Walk(document, version.startswith("3.0"))
    walk.run()
    document["openapi"] = "3.1.0"
    document.pop("jsonSchemaDialect", None)
    return walk.findings


class _Walk:
    """One visit of each node, by what OpenAPI says it is; an explicit stack, for bundles may be deep."""

    def __init__(self, document: Node, old: bool) -> None:
        self.document = document
        self.old = old
        self.findings: list[Finding] = []
        self.stack: list[tuple[Node, str, Trail]] = []
        self.seen: dict[int, Node] = {}  # holds the nodes, lest an id be used again
        self.refs: dict[str, list[tuple[Node, Trail]]] = {}
        self.wrapped: set[int] = set()
        self.patterns: dict[str, list[tuple[Node, Trail]]] = {}

    def run(self) -> None:
        document = self.document
        if not isinstance(document.get("paths", {}), dict):
            self.drop(document, "paths", (), "MS018", "must be an object")
        paths = document.setdefault("paths", {})
        for path in [p for p in paths if not p.startswith(("/", "x-"))]:
            self.drop(paths, path, ((), "paths"), "MS018", "must begin with a slash")
        self.stack.append((document, "document", ()))
        while self.stack:
            node, kind, trail = self.stack.pop()
            if id(node) not in self.seen:
                self.seen[id(node)] = node
                self.visit(node, kind, trail)
        self.check_refs()
        self.check_patterns()
        for path, item in paths.items():
            self.inline(paths, path, item)

    def visit(self, node: Node, kind: str, trail: Trail) -> None:
        if kind == "schema":
            self.schema(node, trail)
            return
        if "$ref" in node and kind != "document":
            self.ref(node, kind, trail)
        if kind == "callback":
            for key in [key for key in node if key != "$ref" and not key.startswith("x-")]:
                self.child(node, key, "path", trail)
            return
        if kind in ("parameter", "media"):
            _examples(node)
        for key in [key for key in _TEXTS.get(kind, ()) if key in node and type(node[key]) is not str]:
            if type(node[key]) in (int, float):
                node[key] = str(node[key])  # YAML's reading of a name that is a number
            else:
                self.drop(node, key, trail, "MS018", "must be text")
        if kind == "requirement":
            self.requirement(node, trail)
        places = PLACES.get(kind, {})
        for key in [key for key in node if key in places]:
            self.place(node, key, *places[key], trail)

    def requirement(self, node: Node, trail: Trail) -> None:
        """A security scheme with the scopes it must have."""
        for scheme, scopes in node.items():
            if type(scopes) is not list or not all(type(scope) is str for scope in scopes):
                place = where(pointer_of(trail))
                self.tell(Severity.WARNING, "MS018", f"{place}: {scheme} must be a list of scopes", (trail, scheme))
                node[scheme] = []

    def place(self, node: Node, key: str, shape: str, kind: str, trail: Trail) -> None:
        """Queue what stands at a known key, or drop it when it is not of the right make."""
        value: Any = node[key]
        container: Any = list if shape in LISTS else dict
        if shape == "schema":
            self.child(node, key, kind, trail)
        elif type(value) is not container:
            wanted = "a list" if container is list else "an object"
            self.drop(node, key, trail, "MS016" if kind == "schema" else "MS018", f"must be {wanted}")
        elif shape == "one":
            self.stack.append((value, kind, (trail, key)))
        elif shape == "plain":
            node[key] = [str(member) for member in value if type(member) in (str, int, float)]
        else:
            members: Iterable[Any] = range(len(value) - 1, -1, -1) if shape in LISTS else list(value)
            for member in members:
                if shape != "map" or kind in ("any", "example") or not member.startswith("x-"):
                    self.child(value, member, kind, (trail, key))
            if shape == "several" and not value:
                self.drop(node, key, trail, "MS016", "must not be empty")

    def child(self, parent: Any, key: Any, kind: str, trail: Trail) -> None:
        value = parent[key]
        if type(value) is dict:
            if kind != "any":
                self.stack.append((value, kind, (trail, key)))
        elif kind == "example":
            parent[key] = {"value": value}
        elif kind != "schema":
            self.drop(parent, key, trail, "MS018", "must be an object")
        elif key == "items" and type(value) is list:  # a tuple, as drafts before 2020-12 wrote it
            parent["prefixItems"] = parent.pop("items")
            self.place(parent, "prefixItems", "several", "schema", trail)
        elif type(value) is not bool:
            self.drop(parent, key, trail, "MS016", "must be a schema")

    def drop(self, parent: Any, key: Any, trail: Trail, code: str, why: str) -> None:
        place = where(pointer_of(trail))
        self.tell(Severity.WARNING, code, f"{place}: {key} {why}" if place else f"{key} {why}", (trail, key))
        del parent[key]

    def tell(self, severity: Severity, code: str, message: str, trail: Trail) -> None:
        pointer = pointer_of(trail)
        self.findings.append(Finding(severity, code, message, label(pointer), pointer))

    def ref(self, node: Node, kind: str, trail: Trail) -> None:
        """Remember a reference; its target is of the same kind, wherever it stands."""
        ref = node["$ref"]
        if type(ref) is not str:
            self.drop(node, "$ref", trail, "MS016" if kind == "schema" else "MS018", "must be a string")
            return
        if ref not in self.refs:
            self.refs[ref] = []
            pointer = local(node)
            target = None if pointer is None else _find(self.document, pointer)
            if type(target) is dict and id(target) not in self.seen:
                self.stack.append((target, kind, _trail(ref)))
        self.refs[ref].append((node, trail))

    def inline(self, paths: Node, path: str, item: Any) -> None:
        """A path item that stands elsewhere is shown in its place, so that nobody need follow it."""
        for _hop in range(20):
            pointer = local(item)
            if pointer is None:
                return
            target = _find(self.document, pointer) if pointer not in ("", "/paths") else None  # no circles
            rest = {key: value for key, value in item.items() if key != "$ref"}
            item = paths[path] = {**(target if isinstance(target, dict) else {}), **rest}
        item.pop("$ref", None)  # it goes in a circle

    def schema(self, schema: Node, trail: Trail) -> None:
        if "nullable" in schema:
            self.nullable(schema, trail)
        if "$ref" in schema:
            self.ref(schema, "schema", trail)
            if self.old:  # OpenAPI 3.0 ignores what stands beside a reference
                for key in [k for k in schema if k not in _REF_SIBLINGS and not k.startswith("x-")]:
                    del schema[key]
        places = PLACES["schema"]
        for key in list(schema):
            if key in places:
                self.place(schema, key, *places[key], trail)
            elif (check := CHECKS.get(key)) is not None and key in schema:  # one check may take another keyword away
                why = check(schema, key)
                if why:
                    self.drop(schema, key, trail, "MS016", why)
                elif key == "pattern":
                    self.patterns.setdefault(schema[key], []).append((schema, trail))
        if "patternProperties" in schema:
            inside: Trail = (trail, "patternProperties")
            for pattern in schema["patternProperties"]:
                self.patterns.setdefault(pattern, []).append((schema["patternProperties"], inside))

    def nullable(self, schema: Node, trail: Trail) -> None:
        if not self.old:
            self.drop(schema, "nullable", trail, "MS016", "means nothing since OpenAPI 3.1; write type: [..., 'null']")
            return
        if schema.pop("nullable") is not True:
            return
        if any(key in schema for key in ("$ref", "allOf", "oneOf", "not", "const")):
            inner = {key: schema.pop(key) for key in list(schema) if key not in _ANNOTATIONS}
            schema["anyOf"] = [inner, {"type": "null"}]
            self.wrapped.add(id(schema))
            return
        kind = schema.get("type")
        if kind is not None:
            kinds = kind if isinstance(kind, list) else [kind]
            schema["type"] = kinds if "null" in kinds else [*kinds, "null"]
        if isinstance(enum := schema.get("enum"), list) and None not in enum:
            schema["enum"] = [*enum, None]
        if isinstance(choices := schema.get("anyOf"), list):
            schema["anyOf"] = [*choices, {"type": "null"}]

    def check_refs(self) -> None:
        for ref, places in self.refs.items():
            if not ref.startswith("#") or (len(ref) > 1 and ref[1] != "/"):
                continue  # an anchor, which the validator finds
            if _find(self.document, ref) is not None:
                continue
            moved = self.moved(ref)
            for node, trail in places:
                if moved:
                    node["$ref"] = moved
                elif "$ref" in node:
                    self.tell(
                        Severity.ERROR,
                        "MS010",
                        f"{where(pointer_of(trail))}: $ref {ref} leads nowhere",
                        (trail, "$ref"),
                    )
                    del node["$ref"]

    def moved(self, ref: str) -> str:
        """Where a reference into a schema leads since that was wrapped; "" when it never led anywhere."""
        node: Any = self.document
        path: list[str] = []
        for token in tokens(ref):
            if id(node) in self.wrapped and token not in node:
                node = node["anyOf"][0]
                path += ["anyOf", "0"]
            node = _find(node, join([token]))
            if node is None:
                return ""
            path.append(token)
        return "#" + join(path)

    def check_patterns(self) -> None:
        """Patterns are compiled in one go, and one by one only when that fails."""
        if not self.patterns or _compiles(*self.patterns):
            return
        for pattern, places in self.patterns.items():
            if _compiles(pattern):
                continue
            mended = _LOOSE_HYPHEN.sub(r"\1\\-", pattern)
            works = _compiles(mended)
            for node, trail in places:
                key = "pattern" if node.get("pattern") == pattern else pattern
                if not works:
                    self.drop(node, key, trail, "MS009", f"{pattern!r} cannot be compiled")
                elif key == "pattern":
                    node[key] = mended
                else:
                    node[mended] = node.pop(key)


def _examples(node: Node) -> None:
    """`example` of a media type or parameter becomes one of its `examples`, each with its `value`."""
    if "example" in node:
        example = node.pop("example")
        if not node.get("examples"):
            node["examples"] = {"example": {"value": example}}
    examples = node.get("examples")
    if isinstance(examples, list):
        node["examples"] = {str(number): {"value": value} for number, value in enumerate(examples, 1)}
    elif isinstance(examples, dict):
        for name, example in examples.items():
            if isinstance(example, dict) and "dataValue" in example:  # OpenAPI 3.2
                example.setdefault("value", example["dataValue"])
            elif isinstance(example, dict) and not _EXAMPLE & example.keys():
                examples[name] = {"value": example}


def _find(document: Any, pointer: str) -> Any:
    try:
        return follow(document, pointer)
    except KeyError:
        return None


def _trail(pointer: str) -> Trail:
    trail: Trail = ()
    for token in tokens(pointer):
        trail = (trail, token)
    return trail


def _compiles(*patterns: str) -> bool:
    import jsonschema_rs

    try:
        jsonschema_rs.Draft202012Validator({"allOf": [{"pattern": pattern} for pattern in patterns]})
    except (jsonschema_rs.ValidationError, ValueError):
        return False
    return True
