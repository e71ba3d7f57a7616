"""The texts of MS300 to MS349: the classes of drift between two environments, and how bad each is for a client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mockserver.findings import Severity, define

Impact = Literal["breaking", "visible", "cosmetic"]
SEVERITIES: dict[Impact, Severity] = {
    "breaking": Severity.ERROR,
    "visible": Severity.WARNING,
    "cosmetic": Severity.INFO,
}


@dataclass(frozen=True, slots=True)
class Class:
    """One class of drift: its code and how bad it usually is."""

    name: str
    code: str
    impact: Impact


CLASSES: dict[str, Class] = {}
_LOOK = "Look at both answers; tell the side that leaves the bundle, or accept the drift in the baseline with a reason."


def _drift(name: str, code: str, impact: Impact, title: str, why: str, fix: str = _LOOK) -> None:
    CLASSES[name] = Class(name, code, impact)
    define(code, title, why=why, fix=fix)


_drift(
    "status class",
    "MS300",
    "breaking",
    "Success on one side, none on the other",
    "A client that works against one environment fails against the other.",
)
_drift(
    "status",
    "MS301",
    "visible",
    "Another status of the same class",
    "Clients that branch on the exact status go another way.",
)
_drift(
    "media type",
    "MS302",
    "breaking",
    "Another media type",
    "A client parses by the media type, or refuses what it did not ask for.",
)
_drift(
    "header missing",
    "MS303",
    "visible",
    "A header is missing",
    "What the header told (where the new row is, when to try again) is gone.",
)
_drift(
    "header extra",
    "MS304",
    "cosmetic",
    "A header that the other side does not send",
    "Nobody breaks over it, but it may be the first sign of another gateway.",
)
_drift(
    "header value",
    "MS305",
    "visible",
    "A header says something else",
    "Caches, browsers and clients act on what headers say.",
)
_drift("property missing", "MS306", "breaking", "A property is missing", "A client that reads it finds nothing.")
_drift(
    "property extra",
    "MS307",
    "cosmetic",
    "A property that the other side does not send",
    "Strict clients refuse it; others will soon rely on it.",
)
_drift(
    "null",
    "MS308",
    "breaking",
    "Null on one side, absent on the other",
    "Typed clients tell null from absent, and many crash on the one they never saw.",
)
_drift(
    "type",
    "MS309",
    "breaking",
    "Another JSON type",
    "Typed clients fail to parse; untyped ones compute with the wrong kind.",
)
_drift(
    "number form",
    "MS310",
    "visible",
    "A number is written otherwise",
    "1, 1.0 and 1e0 are different kinds in many languages, and beyond 2^53 digits are lost.",
)
_drift("format", "MS311", "breaking", "A text of another format", "Dates, ids and addresses are parsed by their form.")
_drift(
    "enum value",
    "MS312",
    "breaking",
    "A value outside the vocabulary",
    "A client that switches over the known values meets one that it does not know.",
)
_drift("precision", "MS313", "visible", "Another precision", "Amounts and moments that were equal no longer are.")
_drift(
    "length",
    "MS314",
    "visible",
    "Texts of another length",
    "Texts are cut or padded: columns, checksums and signatures no longer fit.",
)
_drift(
    "order", "MS315", "visible", "Another order", "Who takes the first row, or pages through a list, gets other rows."
)
_drift("paging", "MS316", "breaking", "Pages are cut otherwise", "Rows are seen twice or never by who pages through.")
_drift("default", "MS317", "visible", "Another default", "Who leaves an input out gets something else.")
_drift(
    "count",
    "MS318",
    "visible",
    "The count does not agree with the rows",
    "Page numbers and progress are computed from it.",
)
_drift(
    "filter",
    "MS319",
    "breaking",
    "A filter does not hold",
    "Rows that were not asked for are given, or rows that were are not.",
)
_drift(
    "error shape",
    "MS320",
    "breaking",
    "Errors of another shape",
    "Clients read the reason of a refusal from its shape.",
)
_drift("error text", "MS321", "cosmetic", "Errors in other words", "People read them, and some programs match them.")
_drift(
    "acceptance",
    "MS322",
    "breaking",
    "One side refuses what the other takes",
    "Requests that work today are refused tomorrow, or checks that held no longer do.",
)
_drift(
    "referential",
    "MS323",
    "breaking",
    "References lead elsewhere",
    "An id, a link or a repeated name no longer points at the row it belongs to.",
)
_drift("latency", "MS324", "visible", "Much slower or faster", "Timeouts and retries are set by what is usual.")
_drift(
    "redirect",
    "MS325",
    "breaking",
    "A redirect on one side, or elsewhere",
    "Clients that do not follow it, or follow it with another method, fail.",
)
_drift(
    "auth",
    "MS326",
    "breaking",
    "Other rights or another way to let in",
    "Who may do what, and how a client learns that it has to log in again, has changed.",
)
_drift(
    "value", "MS327", "visible", "Another value", "The same row, or the answer to the same words, says something else."
)
_drift(
    "body",
    "MS328",
    "breaking",
    "Other bytes",
    "The file is empty, of another kind, or no longer what its media type says.",
)
_drift("encoding", "MS329", "visible", "Another encoding of text", "Letters beyond ASCII come out wrong.")
_drift("duplicate keys", "MS330", "breaking", "A key stands twice", "Parsers keep the first, the last, or refuse.")
_drift("key order", "MS331", "cosmetic", "Keys in another order", "Only signatures, diffs and people see it.")
_drift(
    "unicode form",
    "MS332",
    "visible",
    "Another Unicode form",
    "Texts that look the same are no longer equal to a program.",
)
_drift(
    "freshness",
    "MS333",
    "visible",
    "A time that should be now is not",
    "Clocks, time zones or caches differ: what was just made looks old.",
)
_drift(
    "transport",
    "MS334",
    "breaking",
    "No answer on one side",
    "One side broke off, or did not answer, where the other did.",
)

define(
    "MS340",
    "A rule of noise never hit",
    why="What it excuses no longer happens; it would hide the next real drift in that place.",
    fix="Delete the rule from the file of rules.",
)
define(
    "MS341",
    "One environment differs from itself",
    why="Asked twice, it answered differently beyond the rules: a difference to another side would prove nothing.",
    fix="Make the request steady (an order, a row of its own) or write a rule with its reason.",
)
UNUSED_RULE = "MS340"
UNCLEAN = "MS341"

define(
    "MS350",
    "A difference that comes and goes",
    why="Some repeats showed it, others did not: one side is unsteady, or the program met a moment of change.",
    fix="Run again with more repeats; look at what the operation depends on: a cache, a replica, a queue.",
)
define(
    "MS351",
    "Too little was compared",
    why="Requests that got no answer on one side prove nothing: neither that the sides agree nor that they differ.",
    fix="Look at the reasons; give the environment more time, a lower rate, or the credentials it wants.",
)
define(
    "MS352",
    "Only one side is steady",
    why="Asked twice, one side answers otherwise in order, pages or counts, and the other never does.",
    fix="Give the unsteady side an order of its own, or accept it in the baseline with a reason.",
)
define(
    "MS353",
    "The contract moved, the service did not",
    why="The traffic keeps the old bundle and breaks the new one: the new bundle tells of what is not there yet.",
    fix="Wait for the release of the service, or correct the new bundle.",
)
define(
    "MS354",
    "The service moved",
    why="The traffic breaks the old bundle: clients that were built from it meet what they do not know.",
    fix="Build clients from the new bundle where that tells the truth; else report it to who runs the service.",
)
define(
    "MS355",
    "The bundle changed, and no traffic shows it",
    why="What clients are promised has changed; whether the service follows was not seen.",
    fix="Ask or record traffic of the operation, and compare again.",
)
UNSTABLE = "MS350"
TOO_LITTLE = "MS351"
UNSTEADY = "MS352"
CONTRACT_MOVED = "MS353"
SERVICE_MOVED = "MS354"
UNSEEN_CHANGE = "MS355"
