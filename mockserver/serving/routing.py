"""Routing: which operation a method and a path mean; connexion stands behind it and is imported only here."""

from __future__ import annotations

import difflib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

Plan = TypeVar("Plan")
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

_TEMPLATE = re.compile(r"\{([^{}]+)\}")
_VERSION = re.compile(r"v\d+(\.\d+)*\Z")


@dataclass(slots=True)
class _Node(Generic[Plan]):
    """One path segment of the trie."""

    concrete: dict[str, _Node[Plan]] = field(default_factory=dict)
    templates: list[tuple[re.Pattern[str] | None, _Node[Plan]]] = field(default_factory=list)
    methods: dict[str, Plan] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)  # by method: `/x/{id}` and `/x/{key}` are one node
    path: str = ""


@dataclass(slots=True)
class Match(Generic[Plan]):
    """A path that exists: its methods, and the parts of the URL (still percent-encoded) that fill its templates."""

    path: str
    methods: Mapping[str, Plan]
    names: Mapping[str, list[str]]
    parts: tuple[str, ...] = ()

    def values(self, method: str) -> dict[str, str]:
        """The path parameters, by the names that they have in the template of a method."""
        return dict(zip(self.names[method], self.parts, strict=True))


class Routes(Generic[Plan]):
    """A segment trie: concrete segments win over templates, as OpenAPI wants, wherever they stand in the bundle.

    `bases` are the base paths of the bundle's servers: a request may carry one or leave it out. With `aliases`, a
    path family such as `/gql/v1/...` answers under `/v1/...` too, where nothing else does.
    """

    def __init__(self, bases: Iterable[str] = (), *, aliases: bool = False) -> None:
        self._root: _Node[Plan] = _Node()
        self._bases = tuple(b.rstrip("/") for b in bases if b.strip("/"))
        self._aliases = aliases
        self._families: list[str] = []
        self._exact: dict[str, Match[Plan]] = {}
        self._paths: list[str] = []
        self._above: dict[str, _Node[Plan]] = {}  # by path: nodes reached by concrete segments alone

    def add(self, method: str, path: str, plan: Plan) -> None:
        """Make a plan answer a method and a path template; of two that cannot be told apart the first answers."""
        node = self._root
        segments = path.lstrip("/").split("/")
        if len(segments) > 1 and _VERSION.match(segments[1]) and segments[0] not in self._families:
            self._families.append(segments[0])
        for segment in segments[:-1]:
            node = self._child(node, segment)
        above, _, last = path.rpartition("/")
        if last[:1] == "{" and "{" not in above:
            self._above[above] = node
        node = self._child(node, segments[-1])
        if not node.path:
            node.path = path
            self._paths.append(path)
        node.methods.setdefault(method, plan)
        node.names.setdefault(method, _TEMPLATE.findall(path))
        if "{" not in path:
            self._exact[path] = Match(path, node.methods, node.names)

    def find(self, path: str) -> Match[Plan] | None:
        """What answers a raw (percent-encoded) path, if anything does."""
        found = self._exact.get(path) or self._item(path) or self._walk(path)
        if found is not None:
            return found
        for base in self._bases:
            if path.startswith(base + "/"):
                found = self._walk(path[len(base) :])
                if found is not None:
                    return found
        if self._aliases:
            for family in self._families:
                found = self._walk(f"/{family}{path}")
                if found is not None:
                    return found
        return None

    def _item(self, path: str) -> Match[Plan] | None:
        """The usual `/clients/{id}` in one look-up; None where it takes a walk to tell."""
        above, _, last = path.rpartition("/")
        node = self._above.get(above)
        if node is None or not last or last in node.concrete or len(node.templates) > 1:
            return None
        pattern, child = node.templates[0]
        if pattern is not None or not child.methods:
            return None
        return Match(child.path, child.methods, child.names, (last,))

    def nearest(self, path: str, limit: int = 3) -> list[str]:
        """The declared paths most like one that does not exist."""
        return difflib.get_close_matches(path, self._paths, n=limit, cutoff=0.5)

    @staticmethod
    def _child(node: _Node[Plan], segment: str) -> _Node[Plan]:
        names = tuple(_TEMPLATE.findall(segment))
        if not names:
            return node.concrete.setdefault(segment, _Node())
        pattern = None
        if segment != f"{{{names[0]}}}":
            parts = _TEMPLATE.split(segment)
            text = "".join(re.escape(p) if i % 2 == 0 else "(.+?)" for i, p in enumerate(parts))
            pattern = re.compile(text + r"\Z", re.DOTALL)
        for known, child in node.templates:
            if (known.pattern if known else None) == (pattern.pattern if pattern else None):
                return child
        child = _Node[Plan]()
        node.templates.append((pattern, child))
        node.templates.sort(key=lambda entry: entry[0] is None)  # `{id}.json` is more concrete than `{id}`
        return child

    def _walk(self, path: str) -> Match[Plan] | None:
        segments = path.lstrip("/").split("/")
        parts: list[str] = []
        node = self._descend(self._root, segments, 0, parts)
        return Match(node.path, node.methods, node.names, tuple(parts)) if node is not None else None

    def _descend(self, node: _Node[Plan], segments: list[str], at: int, parts: list[str]) -> _Node[Plan] | None:
        if at == len(segments):
            return node if node.methods else None
        segment = segments[at]
        child = node.concrete.get(segment)
        if child is None and "%" in segment:
            child = node.concrete.get(unquote(segment))
        if child is not None:
            found = self._descend(child, segments, at + 1, parts)
            if found is not None:
                return found
        if not segment:
            return None
        for pattern, child in node.templates:
            before = len(parts)
            if pattern is None:
                parts.append(segment)
            elif match := pattern.match(segment):
                parts.extend(match.groups())
            else:
                continue
            found = self._descend(child, segments, at + 1, parts)
            if found is not None:
                return found
            del parts[before:]
        return None


def connexion_app(
    skeleton: dict[str, Any], serve: Callable[[str | None, Scope, Receive, Send], Awaitable[None]]
) -> Asgi:
    """Connexion over the routing skeleton: its router finds the operation, `serve(operation id or None, ...)` answers.

    Connexion adds its Swagger UI at `/__admin/ui`. Its own checks of specification, parameters and bodies stay out:
    the plans do these against the bundle itself, which connexion cannot read when it is OpenAPI 3.1.
    """
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # starlette's test client, which connexion imports, warns about httpx
        import connexion
    from connexion.middleware import ConnexionMiddleware
    from connexion.middleware.abstract import ROUTING_CONTEXT
    from connexion.middleware.routing import RoutingMiddleware
    from connexion.middleware.swagger_ui import SwaggerUIMiddleware
    from connexion.options import SwaggerUIOptions
    from connexion.resolver import Resolver
    from connexion.spec import OpenAPISpecification
    from starlette.exceptions import HTTPException

    # Judging the skeleton by the OpenAPI meta-schema costs 0.25 s for 115 operations; `bundle lint` does it for users.
    OpenAPISpecification.openapi_schema = {"type": "object"}

    async def leaf(scope: Scope, receive: Receive, send: Send) -> None:
        context = scope.get("extensions", {}).get(ROUTING_CONTEXT, {})
        await serve(context.get("operation_id"), scope, receive, send)

    options = SwaggerUIOptions(
        swagger_ui_path="/__admin/ui",
        serve_spec=False,  # the skeleton is nothing to read: people get the bundle itself
        swagger_ui_template_arguments={"openapi_spec_url": "/__admin/bundle.json"},
    )
    app = ConnexionMiddleware(
        leaf,
        import_name=connexion.__name__,
        middlewares=[SwaggerUIMiddleware, RoutingMiddleware],
        resolver=Resolver(lambda _: leaf),
        swagger_ui_options=options,
    )
    app.add_api(skeleton, base_path="/")

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except HTTPException:  # its router's word for a method that a path does not have
            await serve(None, scope, receive, send)

    return asgi
