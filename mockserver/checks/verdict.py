"""The verdict: a failing case is sent to a second server, so that each finding has an owner: server, mock or bundle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from random import Random
from urllib.parse import quote

from mockserver.bundle.operations import Operation
from mockserver.checks.drafts import draft
from mockserver.checks.probing import Judging, Probing
from mockserver.environments.client import Client
from mockserver.exchanges import Exchange, Request
from mockserver.probes.base import Contract, Inconclusive, Judge, Probe, Scene
from mockserver.probes.rows import path_of
from mockserver.problems import MockServerError
from mockserver.runs import Observation

Validate = Callable[[Exchange], Iterable[Observation]]
# What these say of a reply is known from its status alone: a refusal that should have been none, or the reverse.
_BY_STATUS = frozenset({"ST201", "ST202", "ST203", "ST204", "ST205", "ST301", "ST302", "ST401", "ST402"})
_PARAMETER = re.compile(r"\{([^{}]+)\}")
_NOT_OURS = frozenset({"authorization", "cookie", "host"})


class Voice:
    """The second server. `mock` says that it is the mock (a live server is checked), else the reverse.

    `validate` judges a single exchange as the engine does.
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
    ) -> None:
        self.client = client
        self.contract = contract
        self.mock = mock
        self._probes = {probe.name: probe for probe in probes}
        self._probing = Probing(client, contract, probes, seed)
        self._judging = Judging(contract, judges)
        self._validate = validate
        self._scene = Scene(contract, client, Random(seed), probe="verdict")  # noqa: S311  reproducible on purpose

    def on(self, observation: Observation) -> Observation:
        """The observation with its verdict, and a drafted overlay where the bundle is the odd one out."""
        operation = next((o for o in self.contract.bundle.operations if o.label == observation.finding.operation), None)
        if operation is None:
            return observation
        try:
            fails = self._fails(operation, observation)
        except (Inconclusive, MockServerError):
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
            request = self._adapted(operation, exchange)
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

    def _adapted(self, operation: Operation, exchange: Exchange) -> Request:
        """The request as this server can answer it: without the other's credentials, naming rows that exist here."""
        request = exchange.request
        if exchange.actor:
            kept = tuple(pair for pair in request.headers if pair[0].lower() not in _NOT_OURS)
            request = replace(request, headers=kept)
        worked = exchange.reply is not None and exchange.reply.status < 300
        if not worked or "{" not in operation.path:
            return request
        values = path_of(self._scene, operation)
        path = _PARAMETER.sub(lambda name: quote(str(values.get(name[1], "")), safe=""), operation.path)
        return replace(request, target=f"{path}?{request.query}" if request.query else path)
