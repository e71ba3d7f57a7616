"""Event subscriptions: what can be subscribed to, the subscriptions themselves, and their signing secrets."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mockserver.calls import Answer, Call, Handler, Site, World
from mockserver.entities.declared import Replies, named
from mockserver.entities.kinds import SUBSCRIPTION, named_by
from mockserver.entities.recognise import KIND_NAMES, OPERATION_NAMES, URL_NAMES, duty
from mockserver.entities.record_names import Types
from mockserver.entities.rights import need
from mockserver.problems import Refusal, Violation, did_you_mean
from mockserver.store.model import Row

if TYPE_CHECKING:
    from mockserver.bundle.operations import Operation

OPERATIONS = ("CREATE", "UPDATE", "DELETE")
ALGORITHM = "HMAC-SHA256"
HEADER = "webhook-signature"  # Standard Webhooks; the vendor's own is not printed
_SHOWN = ("id", "name", "description", "url", "entityType", "operations", "active", "createdAt", "updatedAt")


def maker(operation: Operation, site: Site) -> Handler | None:
    """The handler of an operation on event subscriptions."""
    found = duty(operation, site.bundle)
    if found is None or found.kind != SUBSCRIPTION:
        return None
    desk = _Desk(Replies(operation, site.bundle), Types(site))
    acts: dict[str, tuple[Callable[[Call, World], Answer], tuple[str, ...]]] = {
        "catalog": (desk.catalog, ()),
        "list": (desk.listed, ()),
        "read": (desk.read, ()),
        "create": (desk.create, ("API_ADMIN",)),
        "change": (desk.change, ("API_ADMIN",)),
        "end": (desk.deactivate, ("API_ADMIN",)),
        "secret": (desk.secret, ("API_ADMIN",)),
    }
    if found.act not in acts:
        return None
    act, roles = acts[found.act]

    async def handler(call: Call, world: World) -> Answer:
        if roles:  # who may call at all may read; the facts name no role for it
            need(call, *roles)
        return act(call, world)

    return handler


def secret_of(row: Row, seed: int, tenant: str) -> str:
    """What the deliveries of a subscription are signed with: `whsec_` and 32 bytes in base64."""
    if row.get("secret"):
        return str(row["secret"])
    digest = hashlib.sha256(f"webhook secret:{seed}:{tenant}:{row['id']}".encode()).digest()
    return "whsec_" + base64.b64encode(digest).decode()


@dataclass(frozen=True, slots=True)
class _Desk:
    """Answers for one operation."""

    replies: Replies
    types: Types

    def catalog(self, call: Call, world: World) -> Answer:
        """Every entity type with the operations that can be heard of it."""
        store = world.store(call.actor.tenant)
        known = [*self.types.standard(store), *(each for each in self.types.custom(store) if each.active)]
        rows = [
            {
                "entityType": each.name,
                "name": each.name,
                "displayName": each.label,
                "isCustom": each.row is not None,
                "operations": list(OPERATIONS),
            }
            for each in known
        ]
        return self.replies.many(rows, len(rows), f"{len(rows)} entity types", world.clock)

    def listed(self, call: Call, world: World) -> Answer:
        """The tenant's subscriptions, deactivated ones too."""
        rows = [_shown(row) for row in world.store(call.actor.tenant).all(SUBSCRIPTION)]
        return self.replies.many(rows, len(rows), f"{len(rows)} event subscriptions", world.clock)

    def read(self, call: Call, world: World) -> Answer:
        """One subscription."""
        return self.replies.one(_shown(named_by(call, world, SUBSCRIPTION)), "Event subscription", world.clock)

    def create(self, call: Call, world: World) -> Answer:
        """A new subscription with a secret of its own."""
        tenant, store = call.actor.tenant, world.store(call.actor.tenant)
        values = self._judged(call, world)
        missing = [name for name in ("url", "entityType", "operations") if name not in values]
        _refuse([Violation(f"/{name}", f"A subscription needs {name}.") for name in missing])
        now = world.clock.text()
        row = store.put(SUBSCRIPTION, {"active": True, **values, "createdAt": now, "updatedAt": now})
        row = store.put(SUBSCRIPTION, {**row, "secret": secret_of(row, world.seed, tenant)})
        return self.replies.one(_shown(row), "Event subscription created", world.clock)

    def change(self, call: Call, world: World) -> Answer:
        """A subscription with the given properties changed."""
        row = named_by(call, world, SUBSCRIPTION)
        return self._put(call, world, row, self._judged(call, world), "changed")

    def deactivate(self, call: Call, world: World) -> Answer:
        """A subscription that stays, but hears nothing more."""
        return self._put(call, world, named_by(call, world, SUBSCRIPTION), {"active": False}, "deactivated")

    def secret(self, call: Call, world: World) -> Answer:
        """What the deliveries of a subscription are signed with."""
        secret = secret_of(named_by(call, world, SUBSCRIPTION), world.seed, call.actor.tenant)
        values = {"secret": secret, "signingSecret": secret, "algorithm": ALGORITHM, "header": HEADER}
        return self.replies.one(values, "Signing secret", world.clock)

    def _put(self, call: Call, world: World, row: Row, changes: dict[str, Any], what: str) -> Answer:
        if any(row.get(name) != value for name, value in changes.items()):
            changed = {**row, **changes, "updatedAt": world.clock.text()}
            row = world.store(call.actor.tenant).put(SUBSCRIPTION, changed)
        return self.replies.one(_shown(row), f"Event subscription {what}", world.clock)

    def _judged(self, call: Call, world: World) -> dict[str, Any]:
        """The values of a request by our names; Refusal 400 with a violation for each that cannot be used."""
        body, store = call.body or {}, world.store(call.actor.tenant)
        values: dict[str, Any] = {}
        wrong: list[Violation] = []
        for own, names in (("url", URL_NAMES), ("entityType", KIND_NAMES), ("operations", OPERATION_NAMES)):
            said = named(body, *names)
            if said is not None:
                values[own] = body[said]
        for own in ("name", "description", "active"):
            said = named(body, own)
            if said is not None and (body[said] is not None or own == "description"):
                values[own] = body[said]
        if "url" in values:
            wrong += [Violation("/url", detail) for detail in _url_problems(values["url"])]
        if "entityType" in values:
            asked = str(values["entityType"])
            known = self.types.find(store, asked)
            if known is None or not known.active:
                detail = f"There is no entity type {asked!r}.{self.types.suggest(store, asked)}"
                wrong.append(Violation("/entityType", detail))
            else:
                values["entityType"] = known.name
        if "operations" in values:
            given = values["operations"]
            values["operations"] = given = [given] if isinstance(given, str) else list(given or ())
            wrong += _operation_problems(given)
        _refuse(wrong)
        return values


def _shown(row: Row) -> dict[str, Any]:
    shown = {name: row[name] for name in _SHOWN if row.get(name) is not None}
    aliases = {name: row[own] for own, names in (("url", URL_NAMES),) for name in names if own in row}
    return {"description": None, **aliases, **shown}


def _url_problems(url: Any) -> list[str]:
    try:
        parts = urlsplit(str(url))
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port beyond 65535, or half an IPv6 address
        usable = False
    return [] if usable else [f"{url!r} is no http or https address that events could be sent to."]


def _operation_problems(given: list[Any]) -> list[Violation]:
    if not given:
        return [Violation("/operations", f"Name at least one operation: {', '.join(OPERATIONS)}.")]
    wrong = []
    for index, operation in enumerate(given):
        if operation not in OPERATIONS:
            near = did_you_mean(str(operation).upper(), OPERATIONS)
            detail = f"There is no operation {operation!r}; there are {', '.join(OPERATIONS)}.{near}"
            wrong.append(Violation(f"/operations/{index}", detail))
        elif operation in given[:index]:
            wrong.append(Violation(f"/operations/{index}", f"{operation} is named twice."))
    return wrong


def _refuse(wrong: list[Violation]) -> None:
    if wrong:
        detail = f"{wrong[0].pointer}: {wrong[0].detail}"
        raise Refusal(400, detail, code="MS127", reason="INVALID_SUBSCRIPTION", violations=wrong)
