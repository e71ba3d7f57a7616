"""Contacts: one primary contact per client, addresses at the client's domain, links that agree."""

from __future__ import annotations

from collections.abc import Iterable

from mockserver.entities.base import Draw, Rules, Sheet
from mockserver.entities.clients import domain_of
from mockserver.problems import Violation


class ContactRules(Rules):
    """A contact has an address at its client; the first of a client's contacts is the primary one."""

    entity = "contact"

    def seeded(self, row: Sheet, draw: Draw) -> None:
        client = draw.target("clientId")
        if draw.number >= 8 and draw.below("mostly active", 10) < 9:
            row["status"] = "ACTIVE"
        if client is None:
            return
        row["isPrimaryContact"] = draw.siblings("clientId")[0] == draw.slot
        before, at, _ = str(row.get("email", "")).partition("@")
        if at:
            row["email"] = f"{before}@{domain_of(draw.of('client', client).own('website', 'email'))}"

    def checked(self, row: Sheet) -> Iterable[Violation]:
        email = row.get("email")
        if isinstance(email, str) and email and "@" not in email:
            yield Violation(f"/{row.entity.spelled('email')}", f"{email!r} is no e-mail address.")


class ContactClientRules(Rules):
    """The link says PRIMARY only where the contact is the client's primary one."""

    entity = "contact_client"

    def seeded(self, row: Sheet, draw: Draw) -> None:
        slot = draw.target("contactId")
        if slot is None:
            return
        primary = bool(draw.row("contact", slot).get("isPrimaryContact"))
        row["isPrimaryContact"] = primary
        if not primary and row.get("role") == "PRIMARY":
            row["role"] = ("BILLING", "TAX", "EXECUTIVE")[draw.number // 4 % 3]


class ContactInfoRules(Rules):
    """The value is the contact's own e-mail address, number or street, as the type says."""

    entity = "contact_info"

    def seeded(self, row: Sheet, draw: Draw) -> None:
        slot = draw.target("contactId")
        if slot is None:
            return
        contact = draw.row("contact", slot)
        kind, label = row.get("type"), row.get("label")
        if kind != "PHONE" and label == "MOBILE":
            row["type"] = kind = "PHONE"
        if kind == "EMAIL":
            row["value"] = contact.get("email")
        elif kind == "PHONE":
            row["value"] = contact.get("mobile" if label == "MOBILE" else "phone")
        elif kind == "ADDRESS" and isinstance(address := contact.get("address"), dict):
            row["value"] = ", ".join(str(part) for part in address.values() if part)


RULES = (ContactRules(), ContactClientRules(), ContactInfoRules())
