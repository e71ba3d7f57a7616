"""Record types: discovery of all, and custom ones that are created, changed, deactivated and brought back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mockserver.calls import Answer, Call, Handler, Site, World
from mockserver.entities import record_fields
from mockserver.entities.declared import Replies, named, pick
from mockserver.entities.kinds import RECORD_TYPE
from mockserver.entities.recognise import duty, families
from mockserver.entities.record_names import CUSTOM, FIELD_TYPES, STAMPS, RecordType, Types, title
from mockserver.entities.rights import need
from mockserver.problems import Refusal, Violation, did_you_mean
from mockserver.store.model import normal

if TYPE_CHECKING:
    from mockserver.bundle.loader import Bundle
    from mockserver.bundle.operations import Operation
    from mockserver.store.memory import Store

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[ -][A-Za-z0-9_]+)*")
_LONGEST_NAME = 63
_FIRST_NUMBER = 1001  # below are the standard types
_FIELD_KEYS = ("name", "type", "required", "nullable", "referencedEntityType", "rank")
_RESERVED = frozenset(normal(name) for name in ("id", *STAMPS))


def maker(operation: Operation, site: Site) -> Handler | None:
    """The handler of an operation on record types."""
    found = duty(operation, site.bundle)
    if found is None or found.kind not in (RECORD_TYPE, "custom_type"):
        return None
    records_path, schema_path = _places(site.bundle)
    taken = _beside(site.bundle, records_path)
    desk = _Desk(Replies(operation, site.bundle), Types(site), records_path, schema_path, taken)
    acts = {
        "type_list": (desk.every, ("RECORD_R", "CUSTOM_TYPE_R")),
        "type_read": (desk.any, ("RECORD_R", "CUSTOM_TYPE_R")),
        "list": (desk.customs, ("CUSTOM_TYPE_R",)),
        "read": (desk.read, ("CUSTOM_TYPE_R",)),
        "create": (desk.create, ("CUSTOM_TYPE_W",)),
        "change": (desk.change, ("CUSTOM_TYPE_W",)),
        "end": (desk.deactivate, ("CUSTOM_TYPE_W",)),
    }
    if found.act not in acts:
        return None
    act, roles = acts[found.act]

    async def handler(call: Call, world: World) -> Answer:
        need(call, *roles)
        return act(call, world)

    return handler


@dataclass(frozen=True, slots=True)
class _Desk:
    """Answers for one operation; `records_path` and `schema_path` are templates of the bundle's own operations.

    `taken` are the names that stand for something else where the records of a type would be listed.
    """

    replies: Replies
    types: Types
    records_path: str
    schema_path: str
    taken: frozenset[str]

    def every(self, call: Call, world: World) -> Answer:
        """Standard and custom types."""
        store = world.store(call.actor.tenant)
        return self._many(call, world, [*self.types.standard(store), *self.types.custom(store)])

    def customs(self, call: Call, world: World) -> Answer:
        """Custom types, deactivated ones too."""
        return self._many(call, world, self.types.custom(world.store(call.actor.tenant)))

    def any(self, call: Call, world: World) -> Answer:
        """One type, standard or custom, with its fields."""
        store = world.store(call.actor.tenant)
        name = _name_in(call)
        known = self.types.find(store, name)
        if known is None:
            detail = f"There is no record type {name!r}.{self.types.suggest(store, name)}"
            raise Refusal(404, detail, code="MS123", reason="UNKNOWN_RECORD_TYPE")
        return self._one(call, world, known, f"Record type {known.name}")

    def read(self, call: Call, world: World) -> Answer:
        """One custom type."""
        known = self._custom(call, world.store(call.actor.tenant))
        return self._one(call, world, known, f"Record type {known.name}")

    def create(self, call: Call, world: World) -> Answer:
        """A new custom type."""
        store, name = world.store(call.actor.tenant), str(pick(call.body, "name") or "")
        wrong = [Violation("/name", detail) for detail in self._name_problems(store, name)]
        fields = _fields_given(call.body) or []
        _refuse([*wrong, *self._field_problems(store, fields, name)])
        now = world.clock.text()
        numbers = [_FIRST_NUMBER, *(known.number + 1 for known in self.types.custom(store))]
        row = {
            "id": max(numbers),
            "name": name,
            "displayName": pick(call.body, "displayName") or title(name),
            "description": pick(call.body, "description"),
            "fields": fields,
            "active": True,
            **dict.fromkeys(STAMPS, now),
        }
        store.put(RECORD_TYPE, row)
        known = RecordType(name, f"{CUSTOM}{name}", row["id"], row)
        self.types.define(store, known)
        return self._one(call, world, known, f"Record type {name} created")

    def change(self, call: Call, world: World) -> Answer:
        """A custom type with the given properties changed; null leaves displayName, fields and active alone."""
        store = world.store(call.actor.tenant)
        known = self._custom(call, store)
        changes: dict[str, Any] = {}
        if named(call.body or {}, "description"):
            changes["description"] = pick(call.body, "description")
        for name in ("displayName", "active"):
            if pick(call.body, name) is not None:
                changes[name] = pick(call.body, name)
        fields = _fields_given(call.body)
        if fields is not None:
            _refuse(list(self._field_problems(store, fields, known.name)))
            _refuse(list(self._clashes(store, known, fields)), in_use=True)
            changes["fields"] = fields
        return self._put(call, world, known, changes, "changed")

    def deactivate(self, call: Call, world: World) -> Answer:
        """A custom type out of use; its records stay and can be read."""
        known = self._custom(call, world.store(call.actor.tenant))
        return self._put(call, world, known, {"active": False}, "deactivated")

    def _put(self, call: Call, world: World, known: RecordType, changes: Mapping[str, Any], what: str) -> Answer:
        store, old = world.store(call.actor.tenant), known.row or {}
        if any(old.get(name) != value for name, value in changes.items()):
            row = store.put(RECORD_TYPE, {**old, **changes, STAMPS[1]: world.clock.text()})
            known = RecordType(known.name, known.entity, known.number, row)
        if "fields" in changes:
            self.types.define(store, known)
        return self._one(call, world, known, f"Record type {known.name} {what}")

    def _custom(self, call: Call, store: Store) -> RecordType:
        name = _name_in(call)
        known = self.types.find(store, name)
        if known is None or known.row is None:
            why = " It is a standard type." if known else self.types.suggest(store, name, custom=True)
            detail = f"There is no custom record type {name!r}.{why}"
            raise Refusal(404, detail, code="MS123", reason="UNKNOWN_RECORD_TYPE")
        return known

    def _one(self, call: Call, world: World, known: RecordType, message: str) -> Answer:
        shown = self._shown(call, world.store(call.actor.tenant), known)
        return self.replies.one(shown, message, world.clock)

    def _many(self, call: Call, world: World, known: list[RecordType]) -> Answer:
        store = world.store(call.actor.tenant)
        rows = [self._shown(call, store, each) for each in known]
        return self.replies.many(rows, len(rows), f"{len(rows)} record types", world.clock)

    def _shown(self, call: Call, store: Store, known: RecordType) -> dict[str, Any]:
        row = known.row or {}
        return {
            "id": known.number,
            "name": known.name,
            "displayName": known.label,
            "description": row.get("description"),
            "isCustom": known.row is not None,
            "active": known.active,
            "fields": record_fields.fields_of(known, self.types.open(store, known)),
            "recordsUrl": _url(call, self.records_path, known.name) if self.records_path else None,
            "schemaUrl": _url(call, self.schema_path or call.operation.path, known.name),
            **{name: row[name] for name in STAMPS if name in row},
        }

    def _name_problems(self, store: Store, name: str) -> Iterator[str]:
        if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
            yield (
                f"A name begins with a letter and has at most {_LONGEST_NAME} letters, digits and underscores, "
                f"with single spaces or hyphens between them; {name!r} has not."
            )
        found = self.types.find(store, name)
        if found is not None:
            kind = "custom" if found.row else "standard"
            yield f"The name {name!r} is taken by the {kind} type {found.name}; names are unique in any case."
        elif name.casefold() in self.taken:
            yield f"The name {name!r} is taken: {self.records_path} answers something else for it."

    def _field_problems(self, store: Store, fields: list[dict[str, Any]], own: str) -> Iterator[Violation]:
        seen: dict[str, str] = {}
        for index, field in enumerate(fields):
            at, name = f"/fields/{index}", str(field.get("name") or "")
            plain = normal(name)
            if not plain:
                yield Violation(f"{at}/name", "A field needs a name.")
            elif plain in _RESERVED:
                yield Violation(f"{at}/name", f"{name} is a field that the server keeps for every record.")
            elif plain in seen:
                yield Violation(f"{at}/name", f"{name} is the same field as {seen[plain]}; names are unique.")
            seen.setdefault(plain, name)
            if field.get("type") not in FIELD_TYPES:
                near = did_you_mean(str(field.get("type")).capitalize(), FIELD_TYPES)
                yield Violation(f"{at}/type", f"A field's type is one of {', '.join(FIELD_TYPES)}.{near}")
            yield from self._reference_problems(store, field, f"{at}/referencedEntityType", own)

    def _reference_problems(self, store: Store, field: Mapping[str, Any], at: str, own: str) -> Iterator[Violation]:
        target, refers = field.get("referencedEntityType"), field.get("type") == "Reference"
        if refers and not target:
            yield Violation(at, "A Reference says which type it refers to.")
        elif target and not refers:
            yield Violation(at, f"Only a field of type Reference refers to a type, not {field.get('type')}.")
        elif target and str(target).casefold() != own.casefold() and not self.types.find(store, str(target)):
            yield Violation(at, f"There is no type {target!r}.{self.types.suggest(store, str(target))}")

    def _clashes(self, store: Store, known: RecordType, fields: list[dict[str, Any]]) -> Iterator[Violation]:
        """What the stored records of a type have that its new fields would not allow, or lack."""
        self.types.open(store, known)
        old = {normal(field["name"]): field for field in (known.row or {}).get("fields") or ()}
        new = {normal(field["name"]): (index, field) for index, field in enumerate(fields)}
        rows = list(store.all(known.entity))
        for plain, field in old.items():
            used = sum(row.get(field["name"]) is not None for row in rows)
            index, after = new.get(plain, (-1, None))
            if used and after is None:
                yield Violation("/fields", f"{field['name']} cannot go: {used} records have a value for it.")
            elif (
                used
                and after is not None
                and any(field.get(k) != after.get(k) for k in ("name", "type", "referencedEntityType"))
            ):
                detail = f"{field['name']} cannot become another field: {used} records have a value for it."
                yield Violation(f"/fields/{index}", detail)
        for plain, (index, field) in new.items():
            name = old.get(plain, field)["name"]
            lacking = sum(row.get(name) is None for row in rows)
            if lacking and (field.get("required") or not field.get("nullable", True)):
                detail = f"{field['name']} cannot be required: {lacking} records have no value for it."
                yield Violation(f"/fields/{index}", detail)


def _places(bundle: Bundle) -> tuple[str, str]:
    """Where the bundle lists the records of a type, and where it describes one."""
    paths = {found: operation.path for operation, found in families(bundle)}
    by_act = {(found.kind, found.act): path for found, path in paths.items()}
    schema = by_act.get((RECORD_TYPE, "type_read")) or by_act.get(("custom_type", "read"), "")
    return by_act.get(("record", "list"), ""), schema


def _beside(bundle: Bundle, template: str) -> frozenset[str]:
    """What concrete paths have where a template has its first parameter: `/records/types` beside `/records/{type}`."""
    before, parameter, _ = template.partition("{")
    if not parameter:
        return frozenset()
    paths = (operation.path for operation in bundle.operations if operation.path.startswith(before))
    return frozenset(path.removeprefix(before).partition("/")[0].casefold() for path in paths)


def _url(call: Call, template: str, name: str) -> str:
    return call.base + re.sub(r"\{[^}]*\}", lambda _: quote(name, safe=""), template)


def _name_in(call: Call) -> str:
    return str(next(iter(call.path.values()), ""))


def _fields_given(body: Any) -> list[dict[str, Any]] | None:
    """The fields of a request, each with all its keys; None where the request has none."""
    given = pick(body, "fields")
    if given is None:
        return None
    usual = {"required": False, "nullable": True, "referencedEntityType": None}
    fields = []
    for rank, field in enumerate(given, 1):
        picked = {key: value for key in _FIELD_KEYS if (value := pick(field, key)) is not None}
        fields.append({**usual, "rank": rank, **picked})
    return fields


def _refuse(wrong: list[Violation], *, in_use: bool = False) -> None:
    if not wrong:
        return
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    detail = f"{wrong[0].pointer}: {wrong[0].detail}{more}"
    if in_use:
        raise Refusal(400, f"The type is in use. {detail}", code="MS126", reason="RECORD_TYPE_IN_USE", violations=wrong)
    raise Refusal(400, detail, code="MS125", reason="INVALID_RECORD_TYPE", violations=wrong)
