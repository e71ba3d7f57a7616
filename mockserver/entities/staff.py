"""Staff: addresses at the firm."""

from __future__ import annotations

from mockserver.entities.base import Draw, Rules, Sheet

FIRM = "harbor-ledger.example"
_TITLES = {
    "PARTNER": ("Partner",),
    "MANAGER": ("Manager", "Senior Manager"),
    "SENIOR": ("Senior Accountant",),
    "ASSOCIATE": ("Staff Accountant", "Tax Associate", "Audit Associate"),
    "ADMIN": ("Client Services Administrator", "Bookkeeper"),
}


class StaffRules(Rules):
    """The address is made of the name, the title goes with the role."""

    entity = "staff"

    def seeded(self, row: Sheet, draw: Draw) -> None:
        first, last = row.get("firstName"), row.get("lastName")
        if isinstance(first, str) and isinstance(last, str):
            row["email"] = f"{first}.{last}@{FIRM}".lower().replace(" ", "-").replace("'", "")
        role = str(row.get("role"))
        if role in _TITLES:
            row["title"] = draw.pick("title", _TITLES[role])
            hired = "CONTRACTOR" if draw.number % 6 == 5 else "PROFESSIONAL"
            row["staffType"] = "ADMINISTRATIVE" if role == "ADMIN" else hired


RULES = (StaffRules(),)
