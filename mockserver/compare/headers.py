"""Headers compared by a table: what each kind of header has to have in common on both sides."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from mockserver.bundle.operations import is_json
from mockserver.compare.codes import Impact
from mockserver.compare.difference import ABSENT, Ledger, Step
from mockserver.compare.documents import shown
from mockserver.compare.evidence import apart, novel, unlikely
from mockserver.compare.identity import id_form, link_form, masked
from mockserver.compare.normal import shape
from mockserver.compare.outcomes import body
from mockserver.exchanges import Exchange

Form = Callable[[str, Exchange], str]

# What belongs to one connection or one hop, what a cache or a proxy on the way adds, and the mock's own marks.
_UNTOLD = frozenset(
    "connection keep-alive transfer-encoding te trailer upgrade proxy-connection content-length content-encoding date "
    "via age x-cache x-cache-hits x-served-by cf-cache-status cf-ray alt-svc nel report-to server-timing x-runtime "
    "x-response-time x-envoy-upstream-service-time x-timer preference-applied".split()
)
_OWN = "mock-"
_FRESH = re.compile(r"(^|-)(request|correlation|trace|transaction|amzn?|operation)-?id$|^traceparent$|^etag$|^x-amz")
_RATE = re.compile(r"rate-?limit|^retry-after$|quota")
_DATES = frozenset({"expires", "last-modified", "deprecation", "sunset"})
_COUNTS = re.compile(r"(total|count|pages?|per-page)$")
_NEEDED = frozenset({"location", "www-authenticate", "link", "retry-after", "allow", "content-disposition", "etag"})
_COSMETIC = frozenset({"server", "x-powered-by", "x-aspnet-version", "x-generator"})
_SETS = frozenset(
    {
        "allow",
        "vary",
        "cache-control",
        "accept-ranges",
        "content-security-policy",
        "permissions-policy",
        "strict-transport-security",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-expose-headers",
        "accept",
        "accept-post",
        "accept-patch",
    }
)
_ENDING = re.compile(r"\.(\w{1,5})(?=\"?\s*(;|$))")


def _parts(value: str, marks: str = r"[,;]") -> str:
    return ", ".join(sorted({" ".join(part.split()).lower() for part in re.split(marks, value) if part.strip()}))


def _media(value: str, _: Exchange) -> str:
    media, *parameters = (part.strip().lower() for part in value.split(";"))
    named = {p.replace('"', "").replace(" ", "") for p in parameters if p and not p.startswith("boundary")}
    return "; ".join([media, *sorted(named)])


def _challenge(value: str, _: Exchange) -> str:
    names = sorted(set(re.findall(r"(\w+)=", value)))
    error = re.search(r'error="?(\w+)', value)
    return f"{value.partition(' ')[0].lower()} {', '.join(names)}{' ' + error[1] if error else ''}".strip()


def _cookie(value: str, _: Exchange) -> str:
    found = []
    for line in re.split(r",\s*(?=[\w!#$%&'*.^`|~+-]+=)", value):
        first, *attributes = (part.strip() for part in line.split(";"))
        kept = sorted(
            a.lower() if not re.match(r"(?i)expires|max-age", a) else a.partition("=")[0].lower()
            for a in attributes
            if a and not a.lower().startswith("domain")
        )
        found.append("; ".join([first.partition("=")[0], *kept]))
    return " | ".join(sorted(found))


def _links(value: str, exchange: Exchange) -> str:
    found = re.findall(r"<([^>]*)>\s*;[^,]*?rel=\"?([\w ./-]+)", value)
    optional = {"next", "prev", "previous", "last", "first"}  # which of them are there depends on how many rows are
    forms = {f"{'page' if rel in optional else rel}: {link_form(link, exchange)}" for link, rel in found}
    return ", ".join(sorted(forms))


def _file(value: str, _: Exchange) -> str:
    kind, *parameters = (part.strip() for part in value.split(";"))
    names = sorted(p.partition("=")[0].lower() for p in parameters)
    ending = _ENDING.search(value)
    return "; ".join([kind.lower(), *names, *([f".{ending[1].lower()}"] if ending else [])])


_FORMS: Mapping[str, Form] = {
    "content-type": _media,
    "www-authenticate": _challenge,
    "set-cookie": _cookie,
    "link": _links,
    "location": link_form,
    "content-location": link_form,
    "content-disposition": _file,
}


def form_of(name: str, value: str, exchange: Exchange) -> str:
    """What of a header's value is compared; `name` is in lower case."""
    if name in _FORMS:
        return _FORMS[name](value, exchange)
    if name == "content-length":
        return "none" if value.strip() == "0" else "some bytes"
    if name in _SETS:
        return _parts(value)
    if name in _DATES:
        return shape(value)
    if _FRESH.search(name):
        quoted = {"W/": "weak, in quotes", '"': "in quotes"}
        return f"an id ({next((words for mark, words in quoted.items() if value.startswith(mark)), id_form(value))})"
    if _RATE.search(name) or _COUNTS.search(name):
        return re.sub(r"\d+", "9", value) if not re.search(r"limit$|policy$", name) else value
    if name in _COSMETIC:
        return re.sub(r"[/ ].*", "", value)
    if shape(value) in ("text", "empty") and len(value) < 60:
        return masked(value, frozenset())
    return shape(value)


def judged(exchange: Exchange) -> dict[str, str]:
    """The headers of a reply that are judged, by lower-case name, lines of one name joined."""
    found: dict[str, str] = {}
    for name, value in exchange.reply.headers if exchange.reply is not None else ():
        plain = name.lower()
        promised = plain == "content-length" and exchange.request.method == "HEAD"
        if promised or (plain not in _UNTOLD and not plain.startswith(_OWN)):
            found[plain] = f"{found[plain]}, {value}" if plain in found else value
    return found


def compare_headers(pairs: Sequence[tuple[Step, Step]], ledger: Ledger) -> None:
    """Judge the headers of all pairs of replies with one status: presence per operation, values pair by pair."""
    grouped: dict[tuple[str, int], list[tuple[Step, Step]]] = defaultdict(list)
    for a, b in pairs:
        grouped[a.label, a.exchange.reply.status if a.exchange.reply else 0].append((a, b))
    for group in grouped.values():
        _presence(group, ledger)
        kinds: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        for a, b in group:
            for name, one, other in _both(a, b):
                if name == "content-type" and _of_files(a, b):
                    kinds[0][one] += 1
                    kinds[1][other] += 1
                elif name == "content-disposition" and _of_files(a, b):
                    _value(name, (a, b), (_nameless(one), _nameless(other)), ledger)
                else:
                    _value(name, (a, b), (one, other), ledger)
        _kinds(group[0][0], kinds, ledger)


def _nameless(value: str) -> str:
    """How a file is to be saved, without what depends on its name: its ending, and a second form of it."""
    return _ENDING.sub("", re.sub(r";\s*filename\*=[^;]*", "", value))


def _of_files(a: Step, b: Step) -> bool:
    """Whether each side sent a file of its own, whose kind is data."""
    kinds = [step.exchange.reply.media for step in (a, b) if step.exchange.reply is not None]
    return a.same_row is False and not any(is_json(kind) for kind in kinds)


def _kinds(step: Step, kinds: tuple[Counter[str], Counter[str]], ledger: Ledger) -> None:
    """The media types of files that are others on each side: which there are is data, what they are called is not."""
    if apart(*kinds, 3) or novel(*kinds) or novel(*kinds[::-1]):
        words = [" or ".join(sorted(each)) for each in kinds]
        ledger.differ(step, "media type", "header:Content-Type", " -> ".join(words), (words[0], words[1]))


def _both(a: Step, b: Step) -> Iterator[tuple[str, str, str]]:
    one, other = judged(a.exchange), judged(b.exchange)
    for name in sorted(one.keys() & other.keys()):
        yield name, one[name], other[name]


def _presence(group: Sequence[tuple[Step, Step]], ledger: Ledger) -> None:
    """A header is missing where one side always sends it and the other never, or far less often."""
    sides = [Counter(name for pair in group for name in judged(pair[side].exchange)) for side in (0, 1)]
    for name in sorted(sides[0].keys() | sides[1].keys()):
        times = [side[name] for side in sides]
        step, of = group[0][0], len(group)
        if name == "content-type" and not all(body(step) for pair in group for step in pair):
            continue
        always = max(times) == of and min(times) == 0
        often = min(times) == 0 and unlikely(max(times), of, of)
        pages = name in ("link", "set-cookie", "retry-after") and not often
        if not (always or often) or (pages and of < 2):
            ledger.same(step.label, "header missing")
            continue
        word = header_name(name)
        missing = times[0] > times[1]
        seen = (word, ABSENT) if missing else (ABSENT, word)
        impact: Impact = "cosmetic" if not missing or name in _COSMETIC else "visible"
        impact = "breaking" if missing and name in _NEEDED else impact
        cls = "header missing" if missing else "header extra"
        ledger.differ(
            step,
            cls,
            f"header:{word}",
            "present -> absent" if missing else "absent -> present",
            seen,
            impact=impact,
            count=max(times),
        )


def header_name(name: str) -> str:
    """The usual spelling of a header's name: `Content-Type`."""
    special = {"www": "WWW", "etag": "ETag", "id": "ID"}
    return "-".join(special.get(part, part.capitalize()) for part in name.split("-"))


def _value(name: str, steps: tuple[Step, Step], values: tuple[str, str], ledger: Ledger) -> None:
    a, b = steps
    forms = form_of(name, values[0], a.exchange), form_of(name, values[1], b.exchange)
    cls = "media type" if name == "content-type" else "redirect" if name == "location" and _moved(a) else "header value"
    cls = "auth" if name == "www-authenticate" else cls
    if forms[0] == forms[1]:
        ledger.same(a.label, cls)
        return
    impact: Impact | None = "cosmetic" if name in _COSMETIC else "breaking" if name in _NEEDED else None
    if name == "content-type" and forms[0].partition(";")[0] == forms[1].partition(";")[0]:
        charsets = [form.partition("charset=")[2] or "utf-8" for form in forms]
        cls, impact = "encoding", "cosmetic" if charsets[0] == charsets[1] else "visible"
    ledger.differ(
        a,
        cls,
        f"header:{header_name(name)}",
        f"{forms[0] or 'empty'} -> {forms[1] or 'empty'}",
        (shown(values[0]), shown(values[1])),
        impact=impact,
    )


def _moved(step: Step) -> bool:
    return step.exchange.reply is not None and 300 <= step.exchange.reply.status < 400
