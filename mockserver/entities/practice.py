"""The practice: services, templates and service lines belong where their names say."""

from __future__ import annotations

from typing import Any, ClassVar

from mockserver.entities.base import Draw, Rules, Sheet

_LINES = {"TAX": "Tax", "CAS": "CAS", "AUD": "Audit", "ADV": "Advisory", "CON": "Consulting"}  # by a service's code
_WORK = {  # words in the name of a template -> service line; the first that is in it counts
    "Payroll": "CAS", "Close": "CAS", "Return": "Tax", "Tax": "Tax", "Audit": "Audit", "Review": "Audit",
    "Controls": "Audit", "Budget": "Advisory", "Valuation": "Advisory", "Earnings": "Consulting",
    "Migration": "Consulting", "Onboarding": "Consulting",
}  # fmt: skip
_DEPARTMENTS = {"CAS": "Client Accounting Services", "Advisory": "Valuation", "Wealth": "Wealth Advisory"}
_RATE = 185


class ServiceRules(Rules):
    """A service is of the line that its code begins with."""

    entity = "service"

    def seeded(self, row: Sheet, draw: Draw) -> None:
        _belong(row, draw, _LINES.get(str(row.get("code")).partition("-")[0]))


class TemplateRules(Rules):
    """A template is of a line and its department; its budget is that of its hours."""

    entity = "job_template"
    makes: ClassVar = ("estimatedHours", "budget")

    def seeded(self, row: Sheet, draw: Draw) -> None:
        line = next((_WORK[word] for word in _WORK if word in str(row.get("name"))), None)
        _belong(row, draw, line, department=True)
        hours = 4 + 2 * draw.below("hours", 40)
        row.update(estimatedHours=float(hours), budget=float(hours * _RATE))


class LineRules(Rules):
    """A service line is of the department of its name."""

    entity = "service_line"

    def seeded(self, row: Sheet, draw: Draw) -> None:
        name = str(row.get("name"))
        _point(row, draw, "departmentId", "department", _DEPARTMENTS.get(name, name))


RULES = (ServiceRules(), TemplateRules(), LineRules())


def _belong(row: Sheet, draw: Draw, line: str | None, *, department: bool = False) -> None:
    if line is not None:
        _point(row, draw, "serviceLineId", "service_line", line)
        if department:
            _point(row, draw, "departmentId", "department", _DEPARTMENTS.get(line, line))


def _point(row: Sheet, draw: Draw, column: str, entity: str, name: str) -> None:
    """Set a column to the row of a name, where the scenario has one; else it stays as drawn."""
    if row.get(column) is not None:
        slots = range(min(draw.size(entity), 40))
        found: Any = next(
            (draw.key(entity, slot) for slot in slots if draw.row(entity, slot).get("name") == name), None
        )
        if found is not None:
            row[column] = found
