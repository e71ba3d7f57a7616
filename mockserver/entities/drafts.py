"""Draft invoices and their history: sums as on the invoice they became, review and approval in order."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar

from mockserver.entities.base import Draw, Rules, Sheet, in_order
from mockserver.entities.clients import domain_of
from mockserver.entities.invoices import add_up, line_items, put_sums
from mockserver.problems import Violation
from mockserver.store import days

_REVIEWS = {
    "IN_PROGRESS": ("IN_REVIEW", "REJECTED"),
    "UNDER_REVIEW": ("IN_REVIEW", "PENDING_APPROVAL"),
    "PENDING_APPROVAL": ("PENDING_APPROVAL",),
    "READY_TO_SEND": ("APPROVED",),
    "APPROVED": ("APPROVED",),
}
_APPROVAL = ("approvedAt", "approvedByStaffId", "arTranId", "invoiceId", "pmsInvoiceNumber")
_NOTES = ("Includes fieldwork and report preparation", "Fixed fee as agreed in the engagement letter",
          "Hours per attached time report", "Billed at standard rates")  # fmt: skip


class DraftRules(Rules):
    """An approved draft shows the sums of its invoice; one that is not approved has no invoice."""

    entity = "draft_invoice"
    makes: ClassVar = ("lineItems", "subtotal", "taxAmount", "totalAmount", "preparedDate", "proposedIssueDate",
                       "proposedDueDate", "updatedAt", "draftNumber", "isActive", "reviewHistory")  # fmt: skip

    def seeded(self, row: Sheet, draw: Draw) -> None:
        status = str(row.get("status"))
        reviews = _REVIEWS.get(status)
        if reviews is not None:
            row["reviewStatus"] = reviews[draw.number // len(_REVIEWS) % len(reviews)]
        prepared = draw.born() + 1
        invoice = draw.target("invoiceId") if status == "APPROVED" else None
        issued = draw.row("invoice", invoice).get("issueDate") if invoice is not None else None
        if isinstance(issued, str):
            prepared = days.number(issued) - 14
            row.moment("createdAt", days.moment(prepared, 480))
        self._sums(row, draw, invoice)
        row.moment("preparedDate", days.start(prepared))
        row.moment("proposedIssueDate", days.start(prepared + 14))
        row.moment("proposedDueDate", days.end(prepared + 44))
        row.moment("updatedAt", days.moment(prepared + 12, 1080))
        row["draftNumber"] = f"DRAFT-{days.text(prepared)[:4]}-{row.key}"
        row["isActive"] = row.get("reviewStatus") != "REJECTED"
        self._approval(row, draw, prepared, invoice, approved=status in ("APPROVED", "READY_TO_SEND"))
        row["reviewHistory"] = [] if status == "IN_PROGRESS" else self._reviews(draw, prepared)
        client = draw.target("clientId")
        if client is not None:
            row["clientEmail"] = f"billing@{domain_of(draw.of('client', client).own('website', 'email'))}"

    def _sums(self, row: Sheet, draw: Draw, invoice: int | None) -> None:
        lines, rate = line_items(draw, 1 + draw.below("lines", 3))
        if invoice is not None:
            shown = draw.row("invoice", invoice).get("lineItems")
            if isinstance(shown, list) and shown:
                lines, rate = [dict(line) for line in shown], Decimal(str(shown[0].get("taxRate") or 0))
        for place, line in enumerate(lines):
            line["notes"] = draw.pick(f"note {place}", _NOTES)
        put_sums(row, lines, rate)

    def _approval(self, row: Sheet, draw: Draw, prepared: int, invoice: int | None, *, approved: bool) -> None:
        if not approved:
            row.drop(*_APPROVAL)
            return
        row.moment("approvedAt", days.moment(prepared + 10, 600 + draw.below("minute", 400)).replace("Z", "+00:00"))
        row["approvedByStaffId"] = row.get("approverStaffId")
        if invoice is None:
            row.drop("arTranId", "invoiceId", "pmsInvoiceNumber")
            return
        key = draw.key("invoice", invoice)
        row.update(invoiceId=key, arTranId=key, pmsInvoiceNumber=draw.row("invoice", invoice).get("invoiceNumber"))

    def _reviews(self, draw: Draw, prepared: int) -> list[dict[str, Any]]:
        found = []
        for place in range(1 + draw.below("reviews", 2)):
            somebody = draw.person(f"reviewer {place}")
            if somebody is not None:
                when = days.moment(prepared + 3 + 3 * place, 600 + draw.below(f"review {place}", 300))
                found.append(
                    {"id": place + 1, "reviewerId": somebody[0], "reviewerName": somebody[1], "reviewDate": when}
                )
        return found

    def settled(self, row: Sheet) -> None:
        add_up(row)

    def checked(self, row: Sheet) -> Iterable[Violation]:
        return in_order(row, [("preparedDate", "proposedIssueDate"), ("proposedIssueDate", "proposedDueDate")])


class HistoryRules(Rules):
    """A line of history points at the invoice only when its draft has become one."""

    entity = "draft_invoice_history"

    def seeded(self, row: Sheet, draw: Draw) -> None:
        slot = draw.target("draftInvoiceId")
        if slot is None:
            return
        draft = draw.row("draft_invoice", slot)
        if draft.get("invoiceId") is None:
            row.drop("invoiceId")
        when = draft.get("approvedAt") or draft.get("updatedAt")
        created = row.get("activityType") == "DRAFT_INVOICE_CREATED"
        made = draft.get("createdAt") if created else when
        if isinstance(made, str):
            row.moment("createdAt", made.replace("Z", "+00:00"))
            row.moment("updatedAt", made.replace("Z", "+00:00"))


RULES = (DraftRules(), HistoryRules())
