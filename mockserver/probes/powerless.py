"""The probe of rights: who is known, and may not, is refused with 403, not with what strangers are told.

Its actor `powerless` has good credentials without a single right; only operations that read are asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.bundle.operations import Operation
from mockserver.findings import Severity
from mockserver.probes.actors import sent, without
from mockserver.probes.base import Contract, Fault, Probe, Scene
from mockserver.probes.pages import status
from mockserver.probes.samples import accepted, is_reading, is_secured


def applies(contract: Contract, operation: Operation) -> bool:
    """Whether a reading operation declares that some callers may not."""
    return is_reading(contract, operation) and is_secured(contract, operation) and "403" in operation.replies


def run(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """Send what is granted to others. To be served too is no fault: 403 may be declared for other reasons."""
    good = accepted(scene, operation)
    request = without(good.request, scene.client.placed(operation))
    exchange = sent(scene, request, operation, "powerless")
    if status(exchange) == 401:
        again = sent(scene, request, operation, "powerless")
        if status(again) == 401:
            text = "who is known and may not is answered 401 instead of 403"
            yield Fault(text, f"{status(good)} for others", exchanges=(good, again))


PROBES = (
    Probe(
        "powerless", "MS293", "who has no rights is refused with 403", applies, run,
        actors=("powerless",), severity=Severity.WARNING,
    ),
)  # fmt: skip
