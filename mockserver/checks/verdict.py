"""The verdict: a failing case is sent to a second server, so that each finding has an owner: server, mock or bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from mockserver.bundle.operations import Operation
from mockserver.checks.drafts import draft
from mockserver.checks.probing import Judging, Probing
from mockserver.environments.client import Client, Forbidden
from mockserver.exchanges import Exchange, Request
from mockserver.probes.base import Contract, Judge, Probe
from mockserver.problems import MockServerError
from mockserver.runs import Observation

Validate = Callable[[Exchange], Iterable[Observation]]
# What these say of a reply is known from its status alone: a refusal that should have been none, or the reverse.
_BY_STATUS = frozenset({"ST201", "ST202", "ST203", "ST204", "ST205", "ST301", "ST302", "ST401", "ST402"})


class Voice:
    """The second server. `mock` says that it is the mock (a live server is checked), else the reverse.

    `validate` judges a single exchange as the engine does. `adapt` makes a request meant for the checked server one
    for this server: the ids it names exist here.
    """

    def __init__(
        self,
        client: Client,
        contract: Contract,
        *,
        mock: bool,
        judges: Sequence[Judge],
        probes: Sequence[Probe],
        seed: int,
        validate: Validate,
        adapt: Callable[[Operation, Request], Request],
    ) -> None:
        self.client = client
        self.contract = contract
        self.mock = mock
        self._probes = {probe.name: probe for probe in probes}
        self._probing = Probing(client, contract, probes, seed)
        self._judging = Judging(contract, judges)
        self._validate = validate
        self._adapt = adapt

    def on(self, observation: Observation) -> Observation:
        """The observation with its verdict, and a drafted overlay where the bundle is the odd one out."""
        operation = next((o for o in self.contract.bundle.operations if o.label == observation.finding.operation), None)
        if operation is None:
            return observation
        try:
            fails = self._fails(operation, observation)
        except (Forbidden, MockServerError):
            return observation
        if fails is None:
            return observation
        if fails:
            return replace(observation, verdict="bundle", overlay=draft(self.contract, observation))
        return replace(observation, verdict="server or bundle" if self.mock else "mock")

    def _fails(self, operation: Operation, observation: Observation) -> bool | None:
        """Whether the same case fails here too; None where this server cannot be asked the same."""
        code = observation.finding.code
        probe = self._probes.get(observation.check)
        if probe is not None:
            ran = self._probing.tally.ran[probe.name]
            found = self._probing.ask(probe, operation)
            return any(o.finding.code == code for o in found) if self._probing.tally.ran[probe.name] > ran else None
        if not observation.exchanges:
            return None
        last: Exchange | None = None
        for exchange in observation.exchanges:
            request = self._adapt(operation, _plain(exchange.request))
            last = self.client.send(request, operation=operation, actor=exchange.actor, purpose="verdict")
        failing = observation.exchanges[-1].reply
        if last is None or last.reply is None or failing is None:
            return None
        if code in _BY_STATUS:
            return last.reply.status // 100 == failing.status // 100
        if failing.status < 300 <= last.reply.status and last.reply.status < 500:
            return None  # refused here: says nothing of how the success would look
        again = [*self._validate(last), *self._judging(operation, last)]
        return any(o.finding.code == code and o.finding.message == observation.finding.message for o in again)


def _plain(request: Request) -> Request:
    """The request without credentials: the client puts those of its own server in."""
    kept = tuple((name, value) for name, value in request.headers if name.lower() not in ("authorization", "host"))
    return replace(request, headers=kept)
