"""Clients: names and addresses of a kind, keys made of references, sums over their invoices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from mockserver.entities.base import Draw, Rules, Sheet, amount
from mockserver.entities.staff import lead
from mockserver.store.model import Row

_UNCOUNTED = frozenset({"DRAFT", "CANCELLED"})  # invoices that nobody owes


class ClientRules(Rules):
    """`active` agrees with `status`; `financialSummary` adds up what the client's invoices say."""

    entity = "client"
    makes: ClassVar = ("financialSummary",)

    def seeded(self, row: Sheet, draw: Draw) -> None:
        if draw.number >= 12 and draw.below("mostly active", 10) < 8:
            row["status"] = "ACTIVE"
        _agree(row)
        if row.get("type") == "INDIVIDUAL":
            name = str(row.get("email", "")).partition("@")[0].replace(".", " ").title()
            row.update(name=name, legalName=name)
        elif "@" in str(row.get("email", "")):
            row["email"] = f"info@{domain_of(row.row)}"
        lead(row, draw, partnerStaffId="PARTNER")
        reference, name = row.get("clientRef"), str(row.get("name") or "x")
        if isinstance(reference, str):
            row["clientKey"] = f"{reference:0>12} {name.split()[-1][0].lower()}"
        contacts = draw.children("contact", "clientId")
        if contacts:
            row["primaryContactId"] = draw.key("contact", contacts[0])
        else:
            row.drop("primaryContactId")
        if "financialSummary" in row:
            invoices = draw.children("invoice", "clientId")
            row["financialSummary"] = summary(draw.row("invoice", slot) for slot in invoices)

    def settled(self, row: Sheet) -> None:
        before = row.store.get(self.entity, row.key)
        changed = {name for name in ("active", "status") if before is not None and before.get(name) != row.get(name)}
        _agree(row, changed)

    def followed(self, row: Sheet) -> None:
        if "financialSummary" in row and "invoice" in row.store.model:
            row["financialSummary"] = summary(row.store.by("invoice", "clientId", row.key))


RULES = (ClientRules(),)


def domain_of(client: Mapping[str, Any]) -> str:
    """The domain of a client's website, else of its address."""
    site = str(client.get("website") or "")
    if "//" in site:
        return site.split("//", 1)[1].split("/", 1)[0].removeprefix("www.")
    return str(client.get("email") or "").rpartition("@")[2] or "client.example"


def summary(invoices: Iterable[Row]) -> dict[str, float]:
    """What a client was billed and what it owes."""
    billed = owed = Decimal(0)
    for invoice in invoices:
        if invoice.get("status") not in _UNCOUNTED:
            billed += Decimal(str(invoice.get("totalAmount") or 0))
            owed += Decimal(str(invoice.get("outstandingAmount") or 0))
    return {"totalRevenue": amount(billed), "outstandingBalance": amount(owed)}


def _agree(row: Sheet, changed: Iterable[str] = ()) -> None:
    """An inactive client is inactive in both columns; the one that was changed (or fixed) leads."""
    status, active = row.get("status"), row.get("active")
    lead_active = "active" in changed and "status" not in changed
    if lead_active or ("active" in row.fixed and "status" not in row.fixed):
        if active is False:
            row["status"] = "INACTIVE"
        elif status == "INACTIVE":
            row["status"] = "ACTIVE"
    elif isinstance(status, str):
        row["active"] = status != "INACTIVE"
