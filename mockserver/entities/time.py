"""Time: hours that add up to their span, amounts to their hours, and what became of the value."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from mockserver.entities import projects
from mockserver.entities.base import Draw, Rules, Sheet, amount, cents, in_order
from mockserver.problems import Violation
from mockserver.store import days

_TASKS = (
    "Planning", "Fieldwork", "Review", "Tax Research", "Reconciliation", "Reporting", "Financial Statement Review",
    "Client Communication", "Onboarding", "Workpapers",
)  # fmt: skip
_FIRST_TASK = 450
_APPROVED = frozenset({"APPROVED", "BILLED"})


class WipRules(Rules):
    """duration = end - start = billable + the rest; amount = billable * rate; value = open + billed + written off."""

    entity = "wip"
    makes: ClassVar = ("date", "loggedDate", "startTime", "endTime", "duration", "billableHours", "nonBillableHours",
                       "hourlyRate", "billableAmount", "value", "taskId", "taskName", "approved", "billedAmount",
                       "writeOffAmount", "outstanding", "createdAt", "updatedAt", "approvalHistory")  # fmt: skip

    def seeded(self, row: Sheet, draw: Draw) -> None:
        day = self._day(draw)
        quarters = 2 + draw.below("quarters", 31)
        begins = 480 + 15 * draw.below("begins", 8)
        row.moment("date", days.start(day))
        row.moment("loggedDate", days.start(day))
        row.moment("startTime", days.moment(day, begins))
        row.moment("endTime", days.moment(day, begins + 15 * quarters))
        hours = Decimal(quarters) / 4
        billable = hours if draw.below("share", 4) else Decimal(draw.below("billable", quarters + 1)) / 4
        rate = Decimal(95 + 5 * draw.below("rate", 60))
        row.update(duration=float(hours), billableHours=float(billable), nonBillableHours=float(hours - billable))
        row.update(hourlyRate=float(rate), billableAmount=amount(billable * rate), value=amount(billable * rate))
        task = draw.below("task", len(_TASKS))
        row.update(taskId=_FIRST_TASK + task, taskName=_TASKS[task])
        if row.get("type") in ("TIME", "EXPENSE", "FIXED_FEE"):
            row["wipType"] = row.get("type")
        elif row.get("type") == "BILLABLE":
            row["wipType"] = "TIME"
        self._fate(row, draw, day, billable * rate)

    def _day(self, draw: Draw) -> int:
        """A day within the project's period, before today."""
        slot = draw.target("projectId")
        if slot is None:
            return draw.born()
        first, last = projects.period(draw.of("project", slot))
        return first + draw.below("day", max(min(last, days.number(draw.today) - 5) - first, 1))

    def _fate(self, row: Sheet, draw: Draw, day: int, value: Decimal) -> None:
        if row.get("approved") is True and "approved" in row.fixed:
            row["status"] = "APPROVED"
        status = row.get("status")
        row["approved"] = status in _APPROVED
        lost = cents(value * draw.below("lost", 11) / 100) if status == "BILLED" else Decimal(0)
        billed = (
            cents((value - lost) * draw.pick("billed", (Decimal(1), Decimal(1), Decimal("0.5"))))
            if status == "BILLED"
            else Decimal(0)
        )
        if status == "REJECTED":
            lost = cents(value)
        row.update(billedAmount=amount(billed), writeOffAmount=amount(lost), outstanding=amount(value - billed - lost))
        row.moment("createdAt", days.moment(day, 1140 + draw.below("made", 60)))
        row.moment("updatedAt", days.moment(day + 1, 540 + draw.below("changed", 300)))
        somebody = draw.person("approver") if status != "PENDING_APPROVAL" else None
        if somebody is None:
            row["approvalHistory"] = []
        else:
            when = days.moment(day + 1, 540 + draw.below("changed", 300))
            verdict = "REJECTED" if status == "REJECTED" else "APPROVED"
            row["approvalHistory"] = [{"id": 1, "approverId": somebody[0], "approverName": somebody[1],
                                       "approvalDate": when, "status": verdict}]  # fmt: skip

    def settled(self, row: Sheet) -> None:
        span = _hours(row.get("startTime"), row.get("endTime"))
        if span is not None and span >= 0:
            row["duration"] = float(span)
        duration, billable, rate = row.money("duration"), row.money("billableHours"), row.money("hourlyRate")
        if duration is not None and billable is not None and billable <= duration:
            row["nonBillableHours"] = float(duration - billable)
        if billable is not None and rate is not None:
            row["billableAmount"] = amount(billable * rate)
            if row.money("value") is not None:
                row["value"] = amount(billable * rate)
        value = row.money("value")
        if value is not None:
            gone = (row.money("billedAmount") or Decimal(0)) + (row.money("writeOffAmount") or Decimal(0))
            row["outstanding"] = amount(value - gone)

    def checked(self, row: Sheet) -> Iterable[Violation]:
        yield from in_order(row, [("startTime", "endTime")])
        duration, billable = row.money("duration"), row.money("billableHours")
        if duration is not None and billable is not None and billable > duration:
            pointer = f"/{row.entity.spelled('billableHours')}"
            yield Violation(pointer, f"{billable} billable hours are more than the duration of {duration}.")


RULES = (WipRules(),)


def _hours(start: object, end: object) -> Decimal | None:
    if not isinstance(start, str) or not isinstance(end, str):
        return None
    try:
        span = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    except (ValueError, TypeError):
        return None
    return cents(Decimal(int(span.total_seconds())) / 3600)
