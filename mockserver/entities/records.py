"""Records: batches that create, update and delete rows of any type, each record standing or falling alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mockserver.calls import Answer, Call, Event, Handler, Site, World
from mockserver.entities import record_fields, system_refs
from mockserver.entities.base import followers, rules_for
from mockserver.entities.declared import Replies, Verbatim, pick
from mockserver.entities.recognise import Batch, batch_of, duty
from mockserver.entities.record_names import CUSTOM, STAMPS, RecordType, Types
from mockserver.entities.rights import need
from mockserver.problems import Refusal, Violation
from mockserver.store.model import Entity, Row

if TYPE_CHECKING:
    from mockserver.bundle.operations import Operation
    from mockserver.store.memory import Store

LIMIT = 100
_KEPT = frozenset({"client"})  # documented: clients are deactivated, not deleted
_OFF = {"active": False, "status": "INACTIVE"}


def maker(operation: Operation, site: Site) -> Handler | None:
    """The handler of a batch of records, or of the list of records of a type."""
    found = duty(operation, site.bundle)
    if found is None or found.kind != "record":
        return None
    replies, types = Replies(operation, site.bundle), Types(site)
    if found.act == "list":
        return _lister(operation, replies, types)
    spelling = batch_of(operation, site.bundle.reader) or Batch("records", "type", "systemRef", "attributes")
    attributes = record_fields.Attributes(site)

    async def handler(call: Call, world: World) -> Answer:
        need(call, "RECORD_W")
        given = pick(call.body, spelling.records) or []
        if len(given) > LIMIT:
            detail = f"A batch has at most {LIMIT} records, not {len(given)}."
            at = Violation(f"/{spelling.records}", detail)
            raise Refusal(400, detail, code="MS124", reason="TOO_MANY_RECORDS", violations=[at])
        writer = _Writer(call, world, types, attributes, spelling)
        results = [writer.result(found.act, record, index) for index, record in enumerate(given)]
        summary = _summary(results)
        values = {"summary": summary, "records": results, "results": results}
        return replies.one(values, _message(summary, writer.kept), world.clock, events=writer.events)

    return handler


class _Failure(Exception):
    """One record cannot be done; the others go on."""

    def __init__(self, code: str, message: str, details: Sequence[Violation] = ()) -> None:
        super().__init__(message)
        self.error = {
            "code": code,
            "message": message,
            "details": [{"pointer": each.pointer, "message": each.detail} for each in details],
        }


class _Writer:
    """Works through the records of one batch."""

    def __init__(
        self, call: Call, world: World, types: Types, attributes: record_fields.Attributes, spelling: Batch
    ) -> None:
        self.store: Store = world.store(call.actor.tenant)
        self.now = world.clock.text()
        self.types = types
        self.attributes = attributes
        self.spelling = spelling
        self.events: list[Event] = []
        self.kept = 0

    def result(self, act: str, record: Mapping[str, Any], index: int) -> dict[str, Any]:
        """What became of one record, as the reply shows it."""
        ref = record.get(self.spelling.ref)
        result: dict[str, Any] = {
            "type": record.get(self.spelling.type),
            "systemRef": Verbatim(ref) if isinstance(ref, Mapping) else None,
            "id": None,
        }
        try:
            known, entity = self._type(record, index)
            old = self._old(entity, known, ref, must=act != "upsert")
            if act == "delete":
                key = self._delete(known, entity, old)
                return {**result, "id": key, "status": "DELETED", "error": None}
            row = self._write(known, entity, old, record, index)
        except _Failure as failure:
            return {**result, "status": "FAILED", "error": failure.error}
        if old is None and ref:
            system_refs.remember(self.store, entity, ref, row[entity.key])
        return {**result, "id": row[entity.key], "status": "UPDATED" if old else "CREATED", "error": None}

    def _type(self, record: Mapping[str, Any], index: int) -> tuple[RecordType, Entity]:
        name = str(record.get(self.spelling.type) or "")
        known = self.types.find(self.store, name)
        at = f"/{self.spelling.records}/{index}/{self.spelling.type}"
        if known is None:
            message = f"There is no record type {name!r}.{self.types.suggest(self.store, name)}"
            raise _Failure("UNKNOWN_RECORD_TYPE", message, [Violation(at, message)])
        if not known.active:
            message = f"The record type {known.name} is deactivated; set its `active` to true to write records of it."
            raise _Failure("RECORD_TYPE_INACTIVE", message, [Violation(at, message)])
        return known, self.types.open(self.store, known)

    def _old(self, entity: Entity, known: RecordType, ref: Any, *, must: bool) -> Row | None:
        if not ref:  # an empty object names nothing either
            if must:
                raise _Failure("SYSTEM_REF_REQUIRED", "A record is updated or deleted by its systemRef; give one.")
            return None
        row = system_refs.matched(self.store, entity, ref)
        if row is None and must:
            raise _Failure("RECORD_NOT_FOUND", f"No {known.name} has this systemRef.")
        return row

    def _write(self, known: RecordType, entity: Entity, old: Row | None, record: Mapping[str, Any], index: int) -> Row:
        at = f"/{self.spelling.records}/{index}/{self.spelling.attributes}"
        given = record.get(self.spelling.attributes) or {}
        values, wrong = self.attributes.judge(given, known, entity, self.store, at)
        row = {**(old or _start(entity)), **values}
        needed = record_fields.required(known)
        wrong += [Violation(at, f"{name} is required.") for name in needed if name not in row]
        if not wrong:
            row = row if known.row else _cleared(row, values, entity)
            row, wrong = self._ruled(row, entity, at)
        if wrong:
            raise _Failure("INVALID_ATTRIBUTES", _sentence(wrong), wrong)
        if old is not None and row == dict(old):
            return old
        stamps = STAMPS[1:] if old else STAMPS
        row |= {name: self.now for name in stamps if name in entity.fields}
        made = self.store.put(entity.name, row)
        self._tell(entity, "UPDATE" if old else "CREATE", made, old)
        return made

    def _ruled(self, row: dict[str, Any], entity: Entity, at: str) -> tuple[dict[str, Any], list[Violation]]:
        rules = rules_for(entity.name)
        if rules is None:
            return row, []
        row = dict(rules.computed(row, self.store))
        return row, [Violation(at + each.pointer, each.detail) for each in rules.check(row, self.store)]

    def _delete(self, known: RecordType, entity: Entity, old: Row | None) -> Any:
        assert old is not None, "a deletion always looks for its row"  # noqa: S101  narrows the type
        key = old[entity.key]
        if entity.name in _KEPT:
            off = {name: value for name, value in _OFF.items() if name in entity.fields}
            self.kept += 1
            if any(old.get(name) != value for name, value in off.items()):
                stamp = {STAMPS[1]: self.now} if STAMPS[1] in entity.fields else {}
                self._tell(entity, "UPDATE", self.store.put(entity.name, {**old, **off, **stamp}))
            return key
        self.types.open_all(self.store)
        for other in self.store.model.entities.values():
            for relation in other.relations.values():
                if not relation.many and relation.target == entity.name:
                    rows = self.store.by(other.name, relation.column, key)
                    count = sum(row is not old for row in rows)  # a row may refer to itself
                    if count:
                        message = f"{known.name} {key} is referred to by {count} {other.name.removeprefix(CUSTOM)}"
                        raise _Failure("REFERENCED", f"{message} ({relation.column}); delete or change those first.")
        self.store.delete(entity.name, key)
        system_refs.forget(self.store, entity, key)
        self._tell(entity, "DELETE", old)
        return key

    def _tell(self, entity: Entity, kind: str, row: Row, old: Row | None = None) -> None:
        """An event for the row, and one for each row whose sums follow from it as it is and as it was."""
        self.events.append(Event(entity.name, kind, row[entity.key], row))
        self.events += followers(self.store, entity.name, row, *([old] if old else []))


def _lister(operation: Operation, replies: Replies, types: Types) -> Handler:
    counted = operation.page or "number"

    async def handler(call: Call, world: World) -> Answer:
        need(call, "RECORD_R")
        store = world.store(call.actor.tenant)
        name = str(next(iter(call.path.values()), ""))
        known = types.find(store, name)
        if known is None:
            detail = f"There is no record type {name!r}.{types.suggest(store, name)}"
            raise Refusal(404, detail, code="MS123", reason="UNKNOWN_RECORD_TYPE")
        entity = types.open(store, known)
        size = int(pick(call.query, "pageSize", "limit") or 50)
        page = int(pick(call.query, "page") or 0)
        first = max(0, page - 1) if counted == "number-from-1" else page
        found = store.find(entity.name, offset=first if counted == "offset" else first * size, limit=size)
        rows = [_shown(store, known, entity, row) for row in found.rows]
        message = f"{len(rows)} of {found.total} records"
        return replies.many(rows, found.total, message, world.clock, page=page, pageSize=size)

    return handler


def _shown(store: Store, known: RecordType, entity: Entity, row: Row) -> dict[str, Any]:
    attributes = {name: row[name] for name in record_fields.writable(entity) if name in row}
    stamps = {name: row[name] for name in STAMPS if row.get(name) is not None}
    return {
        "type": known.name,
        "id": row[entity.key],
        "systemRef": system_refs.shown(store, entity, row),
        "attributes": Verbatim(attributes),
        **stamps,
    }


def _start(entity: Entity) -> dict[str, Any]:
    """What a new row has without being told."""
    field = entity.fields.get("active")
    return {"active": True} if field is not None and field.type == "boolean" else {}


def _cleared(row: dict[str, Any], values: Mapping[str, Any], entity: Entity) -> dict[str, Any]:
    """The row without the values that were taken away, where the field's schema has no null to show."""
    for name, value in values.items():
        kinds = entity.fields[name].schema.get("type", "null")
        if value is None and kinds != "null" and "null" not in kinds:
            del row[name]
    return row


def _sentence(wrong: Sequence[Violation]) -> str:
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    return f"{wrong[0].detail}{more}"


def _summary(results: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    counts = Counter(str(result["status"]).lower() for result in results)
    return {"total": len(results), **{word: counts[word] for word in ("created", "updated", "deleted", "failed")}}


def _message(summary: Mapping[str, int], kept: int) -> str:
    parts = [f"{count} {word}" for word, count in summary.items() if count and word != "total"]
    note = f"; {kept} of them deactivated, since clients are not deleted" if kept else ""
    total = "1 record" if summary["total"] == 1 else f"{summary['total']} records"
    return f"{total}: {', '.join(parts) or 'nothing to do'}{note}"
