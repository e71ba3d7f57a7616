"""Lists and searches: filter, order, page, and say how many there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mockserver.bundle.operations import Operation, Role
from mockserver.bundle.shapes import rows_pointer
from mockserver.calls import Answer, Call, Site, World
from mockserver.serving.envelopes import Envelope
from mockserver.serving.filters import Filter, filters_of
from mockserver.serving.pages import Page, Turning, numbered
from mockserver.store.addresses import Parent, parents_of
from mockserver.store.memory import Store
from mockserver.store.model import Model
from mockserver.store.query import Condition, Order, parse_order, parse_where
from mockserver.store.views import View


def listing(operation: Operation, site: Site) -> Lister | None:
    """What answers a list or search operation; None where the reply has no place for rows."""
    success, entity = operation.success, operation.entity
    if entity is None or entity not in site.model or success is None or operation.shape.rows is None:
        return None
    media = success.json
    if media is None or not media.pointer:
        return None
    pointer = rows_pointer(site.bundle, media.pointer, operation.shape.rows)
    view = View(site.bundle, site.model, entity, pointer)
    turning = Turning(operation, site, media.pointer, pointer)
    return Lister(
        operation=operation,
        site=site,
        entity=entity,
        view=view,
        envelope=Envelope(operation, site.bundle, media, turning),
        filters=filters_of(operation, site),
        parents=parents_of(operation, site.model),
        paging=numbered(operation, site),
        turning=turning if turning.names else None,
        status=success.code,
        media=media.type,
        unknown="null" if site.settings.get("unknown_fields") == "null" else "refuse",
        default_order=parse_order(operation.hints.get("order", []), entity, site.model),
        body_where=operation.role is Role.SEARCH,
    )


@dataclass(frozen=True, slots=True)
class Lister:
    """One list or search, compiled."""

    operation: Operation
    site: Site
    entity: str
    view: View
    envelope: Envelope
    filters: tuple[Filter, ...]
    parents: tuple[Parent, ...]
    paging: Callable[[Mapping[str, Any]], tuple[int, int]]
    turning: Turning | None
    status: int
    media: str
    unknown: Literal["refuse", "null"]
    default_order: tuple[Order, ...]
    body_where: bool

    async def answer(self, call: Call, world: World) -> Answer:
        """The page asked for, its rows already encoded."""
        store = world.store(call.actor.tenant)
        body = call.body if isinstance(call.body, Mapping) else {}
        given = {**call.query, **body} if call.query else body
        where = self._where(call, given, store)
        order = self.default_order
        if self.body_where:
            order = self._order(given, store.model) or order
        offset, size = self.paging(given)
        limit, back = size, False
        if self.turning is not None and (cut := self.turning.cut(given, store, where, order, size)) is not None:
            offset, limit, back = cut
        found = store.find(self.entity, where, order, offset, limit)
        rows = b"[" + b",".join(self.view.encoded_all(store, found.rows)) + b"]"
        page = Page(rows, found.rows, found.total, offset, size, store, self.entity, where, call, back)
        return Answer(self.status, self.envelope.render(page), media=self.media)

    def check(self, body: Any) -> None:
        """Refuse a `where` or `orderBy` that cannot be understood, naming the place and the legal names."""
        if isinstance(body, Mapping):
            model = self.site.model
            if body.get("where"):
                parse_where(body["where"], self.entity, model, unknown=self.unknown)
            self._order(body, model)

    def _order(self, given: Mapping[str, Any], model: Model) -> tuple[Order, ...]:
        name = "orderBy" if "orderBy" in given else "order_by"
        return parse_order(given.get(name) or [], self.entity, model, unknown=self.unknown, pointer=f"/{name}")

    def _where(self, call: Call, given: Mapping[str, Any], store: Store) -> Condition | None:
        model = store.model
        parts = [made for f in self.filters if (made := f.condition(given)) is not None]
        for parent in self.parents:
            key = parent.key(call.path, store)
            parts += [{parent.column: {"_in": []} if key is None else {"_eq": key}}]
        asked = given.get("where") if self.body_where else None
        if asked:
            condition = parse_where(asked, self.entity, model, unknown=self.unknown)
            if not parts:
                return condition
            parts.append(asked)
        if not parts:
            return None
        return parse_where(parts[0] if len(parts) == 1 else {"_and": parts}, self.entity, model, unknown=self.unknown)
