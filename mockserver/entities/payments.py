"""Payments: they add up to what their invoice says was paid; card data only where there is a card."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from mockserver.entities.base import Draw, Rules, Sheet, amount, cents
from mockserver.problems import Violation
from mockserver.store import days
from mockserver.store.model import Row

if TYPE_CHECKING:
    from mockserver.store.memory import Store

_CARDS = ("CREDIT_CARD", "DEBIT_CARD", "APPLE_PAY", "GOOGLE_PAY")
_BRANDS = ("VISA", "MASTERCARD", "AMEX", "DISCOVER")
_UNAPPLIED = ("PENDING", "FAILED", "REFUNDED")
_EVERY = 6


class PaymentRules(Rules):
    """Confirmed payments settle invoices; every sixth is pending, failed or refunded and settles none."""

    entity = "payment"
    makes: ClassVar = ("status", "amount", "createdAt", "paymentDate", "confirmationDate", "updatedAt", "cardLastFour")
    gaps: ClassVar = {"invoiceId": _EVERY}

    def seeded(self, row: Sheet, draw: Draw) -> None:
        slot = draw.target("invoiceId")
        if slot is None:
            row.drop("invoiceId", "invoiceNumber")
            row["status"] = status = _UNAPPLIED[(draw.number // _EVERY) % 3]
            row["amount"] = float(50 + 25 * draw.below("amount", 120))
            paid = draw.born() + 2
        else:
            invoice = draw.row("invoice", slot)
            row["status"] = status = "CONFIRMED"
            row["amount"] = self._share(draw, Decimal(str(invoice.get("paidAmount") or 0)))
            row["currency"] = invoice.get("currency")
            issued = invoice.get("issueDate")
            paid = (days.number(issued) if isinstance(issued, str) else draw.born()) + 1 + draw.below("paid", 17)
        minute = 540 + draw.below("minute", 420)
        for name, later in (("createdAt", 0), ("paymentDate", 5), ("confirmationDate", 5), ("updatedAt", 5)):
            row.moment(name, days.moment(paid, minute + later))
        if status in ("PENDING", "FAILED"):
            row.clear("confirmationDate")
        self._card(row, draw)

    def _share(self, draw: Draw, whole: Decimal) -> float:
        """This payment's part of what was paid on its invoice."""
        parts = draw.siblings("invoiceId")
        each = cents(whole / len(parts))
        return amount(whole - each * (len(parts) - 1) if draw.slot == parts[0] else each)

    def _card(self, row: Sheet, draw: Draw) -> None:
        method = row.get("paymentMethod")
        if method in _CARDS:
            row["cardLastFour"] = f"{draw.below('four', 10_000):04}"
            row["cardType"] = _BRANDS[(_CARDS.index(str(method)) + draw.number // 9) % len(_BRANDS)]
        elif isinstance(method, str):
            row.clear("cardLastFour", "cardType")
            row["processorReference"] = f"{method.lower()}_{draw.below('reference', 10**10):010}"

    def settled(self, row: Sheet) -> None:
        if row.get("clientId") is None and row.get("invoiceId") is not None and "invoice" in row.store.model:
            invoice = row.store.get("invoice", row.get("invoiceId"))
            if invoice is not None and invoice.get("clientId") is not None:
                row["clientId"] = invoice["clientId"]

    def checked(self, row: Sheet) -> Iterable[Violation]:
        paid = row.money("amount")
        if paid is not None and paid < 0:
            yield Violation(
                f"/{row.entity.spelled('amount')}", f"A payment of {paid} is none; set the status to REFUNDED."
            )
        digits = row.get("cardLastFour")
        if isinstance(digits, str) and len(digits) > 4:
            yield Violation(f"/{row.entity.spelled('cardLastFour')}", "Only the last four digits of a card are kept.")

    def touched(self, row: Row, store: Store) -> Iterable[tuple[str, Row]]:
        if "invoice" in store.model and row.get("invoiceId") is not None:
            invoice = store.get("invoice", row["invoiceId"])
            if invoice is not None:
                yield "invoice", invoice


RULES = (PaymentRules(),)
