"""Roles: which the API knows, and the refusal where one is missing."""

from __future__ import annotations

from mockserver.calls import Call
from mockserver.problems import Refusal

ROLES = ("SUPER_ADMIN", "API_USER", "API_ADMIN", "RECORD_R", "RECORD_W", "CUSTOM_TYPE_R", "CUSTOM_TYPE_W")
ADMIN = "SUPER_ADMIN"  # may do everything


def need(call: Call, *roles: str) -> None:
    """Refuse with 403 unless the caller has one of the roles, or is SUPER_ADMIN."""
    if ADMIN in call.actor.roles or call.actor.roles.intersection(roles):
        return
    wanted = " or ".join((*roles, ADMIN))
    detail = f"{call.operation.label} needs the role {wanted}."
    challenge = f'Bearer error="insufficient_scope", error_description="{detail}"'
    raise Refusal(403, detail, code="MS122", reason="FORBIDDEN", headers={"WWW-Authenticate": challenge})
