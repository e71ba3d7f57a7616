"""The entities that the vendor's rules keep rows of, whether or not the bundle shows them."""

from __future__ import annotations

from mockserver.calls import Call, World
from mockserver.problems import Refusal
from mockserver.store.model import Entity, Field, Model, Row, normal

API_KEY = "api_key"
RECORD_TYPE = "record_type"
SUBSCRIPTION = "event_subscription"
SYSTEM_REF = "system_ref"
FILE = "file"
OWN = frozenset((API_KEY, RECORD_TYPE, SUBSCRIPTION, SYSTEM_REF))

_TIMES = "createdAt:string:date-time updatedAt:string:date-time"
_COLUMNS = {
    API_KEY: "id:integer name:string jwtApiKey:string tenant:string roles:array active:boolean email:string "
    "staffId:integer userId:string expiresAt:string:date-time createdAt:string:date-time "
    "lastUsedAt:string:date-time revokedAt:string:date-time",
    RECORD_TYPE: "id:integer name:string displayName:string description:string active:boolean fields:array " + _TIMES,
    SUBSCRIPTION: "id:integer name:string description:string url:string entityType:string operations:array "
    "active:boolean secret:string " + _TIMES,
    SYSTEM_REF: "id:string target:string",
    FILE: "id:integer name:string mediaType:string size:integer recordType:string recordId:integer " + _TIMES,
}


def named_by(call: Call, world: World, kind: str) -> Row:
    """The row that a call's path means; Refusal 404 where there is none."""
    key = next(iter(call.path.values()), None)
    row = world.store(call.actor.tenant).get(kind, key)
    if row is None:
        name = kind.replace("_", " ").replace("api", "API")
        raise Refusal(404, f"There is no {name} {key}.", code="MS123", reason="NOT_FOUND")
    return row


def complete(model: Model) -> None:
    """Add to a model, in place, the entities and columns of this list that it lacks.

    To be called once, after the model was inferred and before stores are made from it.
    """
    for name, columns in _COLUMNS.items():
        entity = model.entities.get(name)
        if entity is None or (name in OWN and entity.key != "id"):
            entity = model.entities[name] = Entity(name)
            model.aliases.pop(name, None)
        if name == FILE and len(entity.fields) > 1:
            continue  # a bundle that says itself what a file is
        for column in columns.split():
            label, kind, *form = column.split(":")
            if entity.spelled(label) is None:
                schema = {"type": kind, **({"format": form[0]} if form else {})}
                entity.fields[label] = Field(label, kind, "".join(form), schema=schema)
                entity.spellings[normal(label)] = label
