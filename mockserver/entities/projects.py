"""Projects (jobs): a phase that fits the status, a period within the engagement's, milestones in order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from mockserver.entities import engagements
from mockserver.entities.base import Draw, Rules, Sheet, in_order
from mockserver.entities.staff import lead
from mockserver.problems import Violation
from mockserver.store import days
from mockserver.store.vocabulary import MONTHS

_PHASES = {
    "PLANNING": ("PLANNING",),
    "IN_PROGRESS": ("EXECUTION", "REVIEW"),
    "ON_HOLD": ("EXECUTION",),
    "COMPLETED": ("DELIVERY", "CLOSED"),
    "CANCELLED": ("CLOSED",),
}
_OVER = frozenset({"COMPLETED", "CANCELLED"})
_RUNNING = frozenset({"PLANNING", "IN_PROGRESS"})
_LATE = 20  # so many of the first rows may run on after their end
_MILESTONES = ("Planning Phase Complete", "Fieldwork Complete", "Partner Review Complete", "Report Issued")
_ROLES = ("SENIOR_AUDITOR", "AUDITOR", "AUDITOR", "AUDITOR")


class ProjectRules(Rules):
    """Status, phase, `active`, dates and costs tell the same story."""

    entity = "project"
    makes: ClassVar = (
        "startDate",
        "endDate",
        "createdAt",
        "updatedAt",
        "budget",
        "actualCost",
        "teamMembers",
        "milestones",
    )

    def seeded(self, row: Sheet, draw: Draw) -> None:
        today = days.number(draw.today)
        first, last = period(draw)
        if last < today and row.get("status") in _RUNNING and draw.number >= _LATE:
            row["status"] = "COMPLETED"
        status = str(row.get("status"))
        if status in _PHASES:
            phases = _PHASES[status]
            row["phase"] = phases[draw.number // len(_PHASES) % len(phases)]
            row["active"] = status not in _OVER
        template = draw.text("project.name")
        if template:
            row["name"] = template.format(**_words(first))
        made = first - 1 - draw.below("made", 14)
        row.moment("startDate", days.start(first))
        row.moment("endDate", days.end(last))
        row.moment("createdAt", days.moment(made, 480 + draw.below("minute", 540)))
        changed = first + draw.below("changed", max(min(last, today) - first, 1))
        row.moment("updatedAt", days.moment(changed, 480 + draw.below("later", 540)))
        lead(row, draw, partnerId="PARTNER", managerId="MANAGER")
        budget = 1_000 + 250 * draw.below("budget", 160)
        spent = 0 if status == "PLANNING" else budget * (10 + draw.below("spent", 100)) // 100
        row.update(budget=float(budget), actualCost=float(spent), teamMembers=engagements.team(draw, _ROLES))
        row["milestones"] = self._milestones(first, last, today, status)

    def _milestones(self, first: int, last: int, today: int, status: str) -> list[dict[str, Any]]:
        found = []
        running = False
        for place, name in enumerate(_MILESTONES):
            due = first + (last - first) * (place + 1) // len(_MILESTONES)
            done = status == "COMPLETED" or (due < today and status != "PLANNING")
            state = "COMPLETED" if done else "PENDING" if running or status != "IN_PROGRESS" else "IN_PROGRESS"
            running = running or state == "IN_PROGRESS"
            found.append({"id": place + 1, "name": name, "dueDate": days.start(due), "status": state})
        return found

    def settled(self, row: Sheet) -> None:
        before = row.store.get(self.entity, row.key)
        if row.get("status") in _PHASES and (before is None or before.get("status") != row.get("status")):
            if before is None and row.get("active") is not None:
                return
            row["active"] = row.get("status") not in _OVER

    def checked(self, row: Sheet) -> Iterable[Violation]:
        return in_order(row, [("startDate", "endDate")])


RULES = (ProjectRules(),)


def _words(first: int) -> dict[str, str]:
    """Year, quarter and month in which a project begins, as its name tells them."""
    year, month, _ = days.text(first).split("-")
    return {"year": year, "quarter": f"Q{(int(month) + 2) // 3}", "month": MONTHS[int(month) - 1]}


def period(draw: Draw) -> tuple[int, int]:
    """First and last day of a project: within its engagement's, and over where it is completed."""
    slot = draw.target("engagementId")
    born, today = draw.born(), days.number(draw.today)
    begin, finish = (born, born + 200) if slot is None else engagements.period(draw.of("engagement", slot))
    first = begin + draw.below("start", max((finish - begin) // 8, 1)) % 14
    last = finish - draw.below("end", max((finish - first) // 4, 1))
    own = draw.own("startDate", "endDate", "status")
    if own.get("status") == "COMPLETED" and last >= today:
        last = max(first + 1, today - 1)
    return days.given(own.get("startDate"), first), days.given(own.get("endDate"), max(last, first))
