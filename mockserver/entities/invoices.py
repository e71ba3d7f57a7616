"""Invoices: lines, tax, total, what was paid and what is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from mockserver.entities.base import Draw, Rules, Sheet, amount, cents, in_order
from mockserver.entities.clients import domain_of
from mockserver.problems import Violation
from mockserver.store import days
from mockserver.store.model import Row

if TYPE_CHECKING:
    from mockserver.store.memory import Store

_TAX = (Decimal(0), Decimal("0.05"), Decimal("0.06"), Decimal("0.08"), Decimal("0.1"))
_UNPAID = ("DRAFT", "CANCELLED", "OVERDUE", "PENDING", "POSTED", "SENT")
_OPEN = frozenset({"PENDING", "POSTED", "SENT", "OVERDUE"})
_LINES = (
    "Financial Statement Audit", "Tax return preparation", "Monthly bookkeeping", "Payroll processing", "Advisory",
    "Review of quarterly statements", "Sales tax filings", "Planning meeting", "Controls testing", "Technology fee",
    "Workpaper preparation", "Depreciation schedule",
)  # fmt: skip
_COUNTED = frozenset({"CONFIRMED", None})


class InvoiceRules(Rules):
    """amount = quantity * price; tax = subtotal * rate; total = both; open = total - paid = total - its payments."""

    entity = "invoice"
    makes: ClassVar = ("lineItems", "subtotal", "taxAmount", "totalAmount", "paidAmount", "outstandingAmount",
                       "paymentStatus", "issueDate", "transactionDate", "dueDate", "updatedAt", "interestAmount",
                       "invoiceNumber", "arTranId")  # fmt: skip

    def seeded(self, row: Sheet, draw: Draw) -> None:
        lines, rate = line_items(draw, 1 + draw.below("lines", 4))
        put_sums(row, lines, rate)
        total = row.money("totalAmount") or Decimal(0)
        alone = draw.left_over("payment", "invoiceId")
        status = str(row.get("status"))
        if alone is not None:
            row["status"] = status = _UNPAID[alone % len(_UNPAID)]
            paid = Decimal(0)
        elif status in _OPEN:
            paid = cents(total * (20 + 5 * draw.below("part", 13)) / 100)
        else:
            row["status"] = status = "PAID"
            paid = total
        row.update(
            paidAmount=amount(paid), outstandingAmount=amount(total - paid), paymentStatus=payment_status(paid, total)
        )
        issued, today = draw.born() + 1 + draw.below("issued", 10), days.number(draw.today)
        if status in _OPEN - {"OVERDUE"}:  # what is long due is overdue
            issued = today - 20 - draw.below("lately", 9)
            row.moment("createdAt", days.moment(issued - 1, 600))
        due = issued + 30
        due = min(due, today - 1) if status == "OVERDUE" else due
        row.moment("issueDate", days.start(issued))
        row.moment("transactionDate", days.start(issued))
        row.moment("dueDate", days.end(due))
        row.moment("updatedAt", days.moment(issued + 19 if paid else issued, 1110))
        row["interestAmount"] = amount(total * Decimal("0.01")) if status == "OVERDUE" else 0.0
        key = row.key
        row.update(invoiceNumber=f"INV-{days.text(issued)[:4]}-{key}", arTranId=key)
        client = draw.target("clientId")
        if client is not None:
            row["clientEmail"] = f"billing@{domain_of(draw.of('client', client).own('website', 'email'))}"

    def settled(self, row: Sheet) -> None:
        self._sums(row, payments_of(row, row.store) or row.money("paidAmount") or Decimal(0))

    def followed(self, row: Sheet) -> None:
        self._sums(row, payments_of(row, row.store))
        outstanding, status = row.money("outstandingAmount"), row.get("status")
        if outstanding is not None and outstanding <= 0 and status in _OPEN:
            row["status"] = "PAID"
        elif outstanding is not None and outstanding > 0 and status == "PAID":
            row["status"] = "POSTED"

    def _sums(self, row: Sheet, paid: Decimal) -> None:
        add_up(row)
        total = row.money("totalAmount")
        if total is not None:
            row.update(
                paidAmount=amount(paid),
                outstandingAmount=amount(total - paid),
                paymentStatus=payment_status(paid, total),
            )

    def checked(self, row: Sheet) -> Iterable[Violation]:
        yield from in_order(row, [("issueDate", "dueDate")])
        total = row.money("totalAmount")
        if total is not None and total < 0:
            yield Violation(f"/{row.entity.spelled('totalAmount')}", f"An invoice of {total} is none; write a credit.")

    def touched(self, row: Row, store: Store) -> Iterable[tuple[str, Row]]:
        if "client" in store.model and row.get("clientId") is not None:
            client = store.get("client", row["clientId"])
            if client is not None:
                yield "client", client


RULES = (InvoiceRules(),)


def payment_status(paid: Decimal, total: Decimal) -> str:
    """UNPAID, PARTIALLY_PAID or PAID."""
    if paid <= 0:
        return "UNPAID" if total > 0 else "PAID"
    return "PAID" if paid >= total else "PARTIALLY_PAID"


def payments_of(row: Sheet, store: Store) -> Decimal:
    """What was paid: the confirmed payments that point at the invoice, and those that only the invoice itself shows."""
    related = store.by("payment", "invoiceId", row.key) if "payment" in store.model else []
    known = {one.get("id") for one in related}
    stored = row.row.get("payments")
    shown = (
        [one for one in stored if isinstance(one, Mapping) and one.get("id") not in known]
        if isinstance(stored, list)
        else []
    )
    counted = (one.get("amount") or 0 for one in (*related, *shown) if one.get("status") in _COUNTED)
    return sum((Decimal(str(each)) for each in counted), Decimal(0))


def line_items(draw: Draw, count: int) -> tuple[list[dict[str, Any]], Decimal]:
    """Lines of whole amounts, so that the tax on them has two decimals; one rate for all."""
    rate = draw.pick("tax rate", _TAX)
    lines = []
    for place in range(count):
        quantity, price = 1 + draw.below(f"quantity {place}", 40), 75 + 25 * draw.below(f"price {place}", 16)
        text = draw.pick(f"line {place}", _LINES)
        lines.append({"id": place + 1, "description": text, "quantity": quantity, "unitPrice": float(price),
                      "amount": float(quantity * price), "taxRate": float(rate)})  # fmt: skip
    return lines, rate


def put_sums(row: Sheet, lines: Sequence[Mapping[str, Any]], rate: Decimal) -> None:
    """Lines, subtotal, tax and total of a new invoice or draft."""
    subtotal = sum((Decimal(str(line["amount"])) for line in lines), Decimal(0))
    tax = cents(subtotal * rate)
    row.update(lineItems=lines, subtotal=amount(subtotal), taxAmount=amount(tax), totalAmount=amount(subtotal + tax))


def add_up(row: Sheet) -> None:
    """Lines, subtotal, tax and total of an invoice or draft that was written; each as far as it can be told."""
    lines = row.get("lineItems")
    if isinstance(lines, list) and lines and all(isinstance(line, Mapping) for line in lines):
        worked = [_worked_out(line) for line in lines]
        sums = [(Decimal(str(n.get("amount") or 0)), Decimal(str(n.get("taxRate") or 0))) for n in worked]
        billed = sum((price for price, _ in sums), Decimal(0))
        taxed = sum((price * rate for price, rate in sums), Decimal(0))
        row.update(lineItems=worked, subtotal=amount(billed), taxAmount=amount(taxed))
    subtotal, tax = row.money("subtotal"), row.money("taxAmount")
    if subtotal is not None:
        row["totalAmount"] = amount(subtotal + (tax or Decimal(0)))


def _worked_out(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line with its amount."""
    quantity, price = line.get("quantity"), line.get("unitPrice")
    if isinstance(quantity, (int, float)) and isinstance(price, (int, float)):
        return {**line, "amount": amount(Decimal(str(quantity)) * Decimal(str(price)))}
    return dict(line)
