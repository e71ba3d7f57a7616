"""The two requests that every server is asked, in many variants so that no single cached answer flatters one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

ENTITY = "project"
LIST = "/gql/v1/projects"
SEARCH = "/gql/v1/projects/search"
READ = "/gql/v1/project/{id}"
DOCUMENTED = 67890  # the project of the vendor's example; each server knows it

_WORDS = ("audit", "tax", "review", "plan", "advis", "annual", "client", "state", "prep", "consult")
_STATUSES = ("PLANNING", "IN_PROGRESS", "ON_HOLD", "COMPLETED", "CANCELLED")
_PHASES = ("PLANNING", "EXECUTION", "REVIEW", "CLOSING", "FIELDWORK")


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests that are sent in turn, as `load.py` reads them."""

    name: str
    requests: tuple[dict[str, str], ...]


def reads(token: str, ids: Iterable[int]) -> Workload:
    """GET by id, a different row each time."""
    return Workload("GET by id", tuple(read_request(token, i) for i in ids))


def searches(token: str, distinct: int = 200) -> Workload:
    """POST search, `distinct` different conditions in turn."""
    bodies = (json.dumps(search_body(n), separators=(",", ":")) for n in range(distinct))
    return Workload("POST search", tuple(_post(token, SEARCH, body) for body in bodies))


def new_searches(token: str, distinct: int = 40_000) -> Workload:
    """POST search whose condition does not come twice within 40,000, against caches of whole conditions."""
    return Workload("POST search, never the same", searches(token, distinct).requests)


def search_body(n: int) -> dict[str, Any]:
    """The n-th search: the documented sample's shape (`_and` of `_or`, `_eq`, `_gte`, `_in`; two sort keys)."""
    statuses = [_STATUSES[n % 5], _STATUSES[(n + 1 + n // 5 % 3) % 5]]
    return {
        "where": {
            "_and": [
                {
                    "_or": [
                        {"name": {"_ilike": f"%{_WORDS[n % 10]}%"}},
                        {"serviceDescription": {"_ilike": f"%{_WORDS[(n * 3 + n // 10 + 1) % 10]}%"}},
                        {"budget": {"_gt": 20_000 + 37 * n % 40_000}},
                    ]
                },
                {"active": {"_eq": True}},
                {"updatedAt": {"_gte": f"{1990 + n % 25}-{n // 25 % 12 + 1:02}-01T00:00:00Z"}},
                {"status": {"_in": statuses}},
                {"_not": {"phase": {"_eq": _PHASES[n // 7 % 5]}}},
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
