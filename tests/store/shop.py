"""A small firm as rows: what the tests of the store work on, described once for the model and for the oracle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mockserver.store.memory import Store
from mockserver.store.model import Copy, Entity, Field, Model, Relation, normal

# For each entity its fields: `type` or `type:format`, or inner fields as a dictionary, inside a list for a list of such
# objects; its relations as target, column and whether to many; its copies as relation and source.
FIRM: dict[str, Any] = {
    "office": {"fields": {"id": "integer", "name": "string"}, "relations": {}, "copies": {}},
    "staff": {
        "fields": {"id": "integer", "firstName": "string", "lastName": "string", "bossId": "integer"},
        "relations": {"boss": ("staff", "bossId", False), "reports": ("staff", "bossId", True)},
        "copies": {"bossName": ("boss", "firstName lastName")},
    },
    "client": {
        "fields": {
            "id": "integer",
            "name": "string",
            "active": "boolean",
            "created_at": "string:date-time",
            "officeId": "integer",
            "managerId": "integer",
        },
        "relations": {
            "office": ("office", "officeId", False),
            "manager": ("staff", "managerId", False),
            "invoices": ("invoice", "clientId", True),
        },
        "copies": {"officeName": ("office", "name"), "managerName": ("manager", "firstName lastName")},
    },
    "invoice": {
        "fields": {
            "id": "integer",
            "clientId": "integer",
            "status": "string",
            "amount": "number",
            "dueDate": "string:date",
            "sentAt": "string:date-time",
            "paid": "boolean",
            "draft": {"approvedAt": "string:date-time", "level": "integer", "by": {"name": "string"}},
            "lines": [{"sku": "string", "amount": "number"}],
            "tags": "array",
            "extra": "object",
            "anything": "",
        },
        "relations": {"client": ("client", "clientId", False)},
        "copies": {"clientName": ("client", "name"), "clientOffice": ("client", "officeName")},
    },
}


def field_of(name: str, described: Any) -> Field:
    """A field of a description."""
    holder = described[0] if isinstance(described, list) else described
    if isinstance(holder, dict):
        inner = {key: field_of(key, part) for key, part in holder.items()}
        return Field(name, "array" if isinstance(described, list) else "object", inner=inner)
    type_, _, format_ = described.partition(":")
    return Field(name, type_, format_)


def firm_model() -> Model:
    """The model of the firm; a job is an invoice by another name."""
    entities = {}
    for name, told in FIRM.items():
        fields = {key: field_of(key, described) for key, described in told["fields"].items()}
        relations = {key: Relation(key, *way) for key, way in told["relations"].items()}
        copies = {key: Copy(key, *way) for key, way in told["copies"].items()}
        spellings = {normal(key): key for key in (*fields, *relations, *copies)}
        entities[name] = Entity(name, "id", fields, relations, copies, spellings)
    return Model(entities, {"bill": "invoice"})


class Shelf:
    """A source of rows that counts how often it is asked."""

    def __init__(self, **rows: list[dict[str, Any]]) -> None:
        self.held = rows
        self.asked: list[str] = []

    def rows(self, entity: str) -> Iterable[dict[str, Any]]:
        self.asked.append(entity)
        return [dict(row) for row in self.held.get(entity, [])]


def firm(**rows: list[dict[str, Any]]) -> Store:
    """A store of the firm with some rows."""
    return Store(firm_model(), Shelf(**rows))


def small_firm() -> Store:
    """Two offices, three people, three clients, five invoices, with a NULL here and there."""
    return firm(
        office=[{"id": 1, "name": "Berlin"}, {"id": 2, "name": "Oslo"}],
        staff=[
            {"id": 1, "firstName": "Ann", "lastName": "Lee"},
            {"id": 2, "firstName": "Bob", "lastName": None, "bossId": 1},
            {"id": 3, "firstName": "Cy", "lastName": "Ray", "bossId": 1},
        ],
        client=[
            {
                "id": 10,
                "name": "Acme",
                "active": True,
                "created_at": "2024-01-01T00:00:00Z",
                "officeId": 1,
                "managerId": 1,
            },
            {
                "id": 20,
                "name": "beta",
                "active": False,
                "created_at": "2024-02-01T12:00:00Z",
                "officeId": 2,
                "managerId": 2,
            },
            {"id": 30, "name": None, "active": None, "officeId": None},
        ],
        invoice=[
            {"id": 1, "clientId": 10, "status": "PAID", "amount": 10, "dueDate": "2024-01-31", "paid": True},
            {"id": 2, "clientId": 10, "status": "OPEN", "amount": 20.5, "dueDate": "2024-02-29", "paid": False},
            {"id": 3, "clientId": 20, "status": "OPEN", "amount": None, "sentAt": "2024-03-01T10:00:00+02:00"},
            {
                "id": 4,
                "clientId": 99,
                "status": None,
                "amount": 5,
                "draft": {"approvedAt": "2024-05-05T00:00:00Z", "level": 2},
            },
            {"id": 5, "status": "VOID", "amount": 7, "lines": [{"sku": "a", "amount": 1}, {"sku": "b", "amount": 6}]},
        ],
    )
