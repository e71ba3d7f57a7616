"""Engagements: named by template and type, staffed, with a period that fits their status."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from mockserver.entities.base import Draw, Rules, Sheet, in_order
from mockserver.entities.clients import domain_of
from mockserver.entities.staff import lead
from mockserver.problems import Violation
from mockserver.store import days

_ROLES = ("ENGAGEMENT_PARTNER", "SENIOR_MANAGER", "SENIOR_AUDITOR", "AUDITOR")


class EngagementRules(Rules):
    """The name follows the template, the end lies behind us where the engagement is completed."""

    entity = "engagement"
    makes: ClassVar = ("startDate", "endDate", "estimatedValue", "teamMembers")

    def seeded(self, row: Sheet, draw: Draw) -> None:
        first, last = period(draw)
        row.moment("startDate", days.start(first))
        row.moment("endDate", days.end(last))
        template = draw.text(f"engagement.{str(row.get('type') or 'audit').lower()}")
        if template:
            row["engagementNameTemplate"] = template
            row["name"] = template.format(year=days.text(first)[:4], number=52_200 + draw.number)
        client = draw.target("clientId")
        if client is not None:
            about = draw.of("client", client).own("website", "email", "phone")
            row["clientEmail"] = f"finance@{domain_of(about)}"
            row["clientPhone"] = about.get("phone")
        lead(row, draw, partnerStaffId="PARTNER", managerStaffId="MANAGER")
        row["estimatedValue"] = float(5_000 + 500 * draw.below("value", 170))
        row["teamMembers"] = team(draw, _ROLES)

    def checked(self, row: Sheet) -> Iterable[Violation]:
        return in_order(row, [("startDate", "endDate")])


RULES = (EngagementRules(),)


def period(draw: Draw) -> tuple[int, int]:
    """First and last day of an engagement: over where it is completed, mostly not where it is active."""
    own = draw.own("startDate", "endDate", "status")
    first, today = draw.born() + 1 + draw.below("start", 10), days.number(draw.today)
    last = first + 45 + draw.below("end", 300)
    if own.get("status") == "COMPLETED":
        last = min(last, today - 1)
    elif own.get("status") == "ACTIVE" and draw.below("still runs", 4):
        last = max(last, today + 30)
    return days.given(own.get("startDate"), first), days.given(own.get("endDate"), last)


def team(draw: Draw, roles: tuple[str, ...]) -> list[dict[str, Any]] | None:
    """Two to four different people of the firm, each with a role and a share of their time."""
    members: dict[Any, dict[str, Any]] = {}
    for place in range(2 + draw.below("team", 3)):
        somebody = draw.person(f"team {place}")
        if somebody is None:
            return []
        role = roles[min(len(members), len(roles) - 1)]
        share = (1 + draw.below(f"share {place}", 10)) / 10
        members.setdefault(
            somebody[0], {"staffId": somebody[0], "name": somebody[1], "role": role, "allocation": share}
        )
    return list(members.values())
