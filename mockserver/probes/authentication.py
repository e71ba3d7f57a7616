"""Probes of authentication: nobody gets in without a credential, with a wrong one, or with one that has expired."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mockserver.bundle.operations import Operation
from mockserver.environments.client import Forbidden
from mockserver.exchanges import Exchange, Request
from mockserver.findings import Severity
from mockserver.probes.actors import REFUSED, forged, harmless, sent, succeeded, without
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.made import create, creates, remove
from mockserver.probes.pages import status
from mockserver.probes.samples import accepted, insisted, is_reading, is_secured
from mockserver.problems import UsageError


def _nobody(scene: Scene, operation: Operation) -> Iterator[Fault]:
    request, good = harmless(scene, operation)
    request = without(request, scene.client.placed(operation))
    yield from _refused(scene, operation, request, "", "without credentials", good=good)
    if not good and creates(scene.contract, operation) and _cannot_tell(sent(scene, request, operation)):
        yield from _created_by_nobody(scene, operation)


def _created_by_nobody(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """The body is judged before the credentials: only a good one tells whether these are asked for."""
    try:
        made = create(scene, operation, actor="")
    except Inconclusive:
        return
    remove(scene, made)
    yield Fault("it is carried out without credentials", f"{status(made.exchange)}", exchanges=(made.exchange,))


def _wrong(scene: Scene, operation: Operation) -> Iterator[Fault]:
    placed = scene.client.placed(operation)
    if not placed:
        raise Inconclusive("there are no credentials that could be tampered with")
    request, good = harmless(scene, operation)
    ways = list(forged(request, placed))
    for what, wrong in (ways[0], scene.random.choice(ways[1:])):
        yield from _refused(scene, operation, wrong, "", f"with {what}", good=good)


def _expired(scene: Scene, operation: Operation) -> Iterator[Fault]:
    placed = scene.client.placed(operation)
    request = without(accepted(scene, operation).request, placed)
    yield from _refused(scene, operation, request, "expired", "with a credential that has expired", good=True)


def _scheme_case(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """`bearer` is `Bearer`: schemes are the same in any case (RFC 9110 11.1)."""
    good = accepted(scene, operation)
    header = scene.client.placed(operation).get("header", {}).get("Authorization", "")
    scheme, blank, secret = header.partition(" ")
    if not blank:
        raise Inconclusive("its credential has no scheme")
    plain = without(good.request, scene.client.placed(operation))
    for spelled in (scheme.lower(), scheme.upper()):
        if spelled == scheme:
            continue
        request = replace(plain, headers=(*plain.headers, ("Authorization", f"{spelled} {secret}")))
        exchange = insisted(scene, request, operation, lambda told: status(told) in REFUSED, "")
        if exchange is not None:
            text = f"the scheme {scheme} is refused when written `{spelled}`"
            yield Fault(text, f"{status(exchange)}", exchanges=(exchange,))


def _refused(
    scene: Scene, operation: Operation, request: Request, actor: str, how: str, *, good: bool
) -> Iterator[Fault]:
    """A fault where a request is carried out, or is answered as if nobody had looked at its credentials, twice."""
    try:
        exchange = insisted(scene, request, operation, lambda told: _is_wrong(told, good=good), actor)
    except (Forbidden, UsageError) as error:
        raise Inconclusive(str(error)) from None
    if exchange is None:
        return
    if succeeded(exchange):
        yield Fault(f"it is carried out {how}", f"{status(exchange)}", exchanges=(exchange,))
    else:
        text = f"it is refused {how}, but not as unauthorised"
        yield Fault(text, f"{status(exchange)}, where 401 is due", exchanges=(exchange,), severity=Severity.WARNING)


def _is_wrong(exchange: Exchange, *, good: bool) -> bool:
    """Whether a reply is none to bad credentials. 400 may be said of them too; server errors are judged apart.

    A request that is not good itself may be refused for that.
    """
    if exchange.reply is None:
        raise Inconclusive(f"it did not answer: {exchange.failure}")
    code = status(exchange)
    return succeeded(exchange) or (good and 400 < code < 500 and code not in REFUSED)


def _cannot_tell(exchange: Exchange) -> bool:
    return 400 <= status(exchange) < 500 and status(exchange) not in REFUSED


def _reads_secured(contract: Contract, operation: Operation) -> bool:
    return is_secured(contract, operation) and is_reading(contract, operation)


PROBES = (
    Probe("no-credentials", "MS260", "nobody gets in without credentials", is_secured, _nobody),
    Probe("wrong-credentials", "MS261", "nobody gets in with wrong credentials", is_secured, _wrong),
    Probe(
        "expired-credentials", "MS262", "nobody gets in with expired credentials", _reads_secured, _expired,
        actors=("expired",),
    ),
    Probe("scheme-case", "MS286", "schemes are taken in any case", _reads_secured, _scheme_case),
)  # fmt: skip
