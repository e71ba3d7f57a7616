"""Staff: addresses at the firm."""

from __future__ import annotations

from functools import cache

from mockserver.entities.base import Draw, Rules, Sheet

FIRM = "harbor-ledger.example"
_TITLES = {
    "PARTNER": ("Partner",),
    "MANAGER": ("Manager", "Senior Manager"),
    "SENIOR": ("Senior Accountant",),
    "ASSOCIATE": ("Staff Accountant", "Tax Associate", "Audit Associate"),
    "ADMIN": ("Client Services Administrator", "Bookkeeper"),
}


_LADDER = ("ASSOCIATE", "PARTNER", "MANAGER", "PARTNER", "MANAGER", "SENIOR", "ASSOCIATE", "SENIOR", "ASSOCIATE",
           "ADMIN", "ASSOCIATE", "MANAGER", "SENIOR", "ASSOCIATE", "SENIOR", "ASSOCIATE", "ADMIN", "SENIOR",
           "ASSOCIATE", "MANAGER")  # fmt: skip


class StaffRules(Rules):
    """The address is made of the name, the title goes with the role; partners lead managers, managers the others."""

    entity = "staff"

    def seeded(self, row: Sheet, draw: Draw) -> None:
        first, last = row.get("firstName"), row.get("lastName")
        if isinstance(first, str) and isinstance(last, str):
            row["email"] = f"{first}.{last}@{FIRM}".lower().replace(" ", "-").replace("'", "")
        if row.get("role") in _TITLES:
            row["role"] = _LADDER[draw.slot % len(_LADDER)]
        role = str(row.get("role"))
        if role == "PARTNER":
            row.clear("managerStaffId")
        elif role in _TITLES:
            lead(row, draw, managerStaffId="PARTNER" if role == "MANAGER" else "MANAGER")
        if role in _TITLES:
            row["title"] = draw.pick("title", _TITLES[role])
            hired = "CONTRACTOR" if draw.number % 6 == 5 else "PROFESSIONAL"
            row["staffType"] = "ADMINISTRATIVE" if role == "ADMIN" else hired


RULES = (StaffRules(),)


@cache
def _slots(role: str, size: int) -> tuple[int, ...]:
    return tuple(slot for slot in range(size) if _LADDER[slot % len(_LADDER)] == role)


def lead(row: Sheet, draw: Draw, **columns: str) -> None:
    """Set columns to people of the firm in a role, PARTNER or MANAGER; as drawn where the firm has nobody in it."""
    for column, role in columns.items():
        if row.get(column) is None:
            continue
        slots = _slots(role, draw.size("staff"))
        if slots:
            row[column] = draw.key("staff", draw.pick(column, slots))
