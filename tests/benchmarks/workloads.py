"""The two requests that every server is asked, in many variants so that no single cached answer flatters one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

ENTITY = "project"
LIST = "/gql/v1/projects"
SEARCH = "/gql/v1/projects/search"
READ = "/gql/v1/project/{id}"
DOCUMENTED = 67890  # the project of the vendor's example; each server knows it


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests that are sent in turn, as `load.py` reads them."""

    name: str
    requests: tuple[dict[str, str], ...]


def reads(token: str, ids: Iterable[int]) -> Workload:
    """GET by id, a different row each time."""
    return Workload("GET by id", tuple(read_request(token, i) for i in ids))


def searches(token: str, words: Words, distinct: int = 200) -> Workload:
    """POST search, `distinct` different conditions in turn."""
    bodies = (json.dumps(search_body(n, words), separators=(",", ":")) for n in range(distinct))
    return Workload("POST search", tuple(_post(token, SEARCH, body) for body in bodies))


def new_searches(token: str, words: Words, distinct: int = 40_000) -> Workload:
    """POST search whose condition does not come twice within 40,000, against caches of whole conditions."""
    return Workload("POST search, never the same", searches(token, words, distinct).requests)


@dataclass(frozen=True, slots=True)
class Words:
    """What the rows hold, so that the conditions find something whatever the data are."""

    names: Sequence[str]
    statuses: Sequence[str]
    phases: Sequence[str]
    budget: float

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> Words:
        """The words of some rows; `budget` is the median."""
        held = list(rows)
        texts = " ".join(str(row.get(column, "")) for row in held for column in ("name", "serviceDescription"))
        budgets = [row["budget"] for row in held if row.get("budget")]
        return cls(
            names=sorted({word.lower() for word in texts.split() if len(word) > 3 and word.isalpha()}),
            statuses=sorted({row["status"] for row in held if row.get("status")}),
            phases=sorted({row["phase"] for row in held if row.get("phase")}),
            budget=median(budgets),
        )


def search_body(n: int, words: Words) -> dict[str, Any]:
    """The n-th search: the documented sample's shape (`_and` of `_or`, `_eq`, `_gte`, `_in`; two sort keys)."""
    names, statuses, phases = words.names, words.statuses, words.phases
    return {
        "where": {
            "_and": [
                {
                    "_or": [
                        {"name": {"_ilike": f"%{names[n % len(names)]}%"}},
                        {"serviceDescription": {"_ilike": f"%{names[(7 * n + 3) % len(names)]}%"}},
                        {"budget": {"_gt": words.budget * 0.8 + 37 * n % 40_000 / 10}},
                    ]
                },
                {"active": {"_eq": True}},
                {"updatedAt": {"_gte": f"{1990 + n % 25}-{n // 25 % 12 + 1:02}-01T00:00:00Z"}},
                {"status": {"_in": [statuses[(n + step) % len(statuses)] for step in (0, 1, 2)]}},
                {"_not": {"phase": {"_eq": phases[n // 7 % len(phases)]}}},
            ]
        },
        "orderBy": [{"updatedAt": "desc"}, {"name": "asc"}],
        "pageSize": 10,
    }


def read_request(token: str, key: int) -> dict[str, str]:
    """GET of one row."""
    return {"head": f"GET {READ.format(id=key)} HTTP/1.1\r\n{_headers(token)}"}


def list_request(token: str, path: str, size: int) -> dict[str, str]:
    """The list of an entity, `size` rows of it."""
    return _post(token, path, json.dumps({"pageSize": size}))


def _post(token: str, path: str, body: str) -> dict[str, str]:
    head = f"POST {path} HTTP/1.1\r\n{_headers(token)}Content-Type: application/json\r\n"
    return {"head": head, "body": body}


def _headers(token: str) -> str:
    return f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n"
