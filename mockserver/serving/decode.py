"""Decode: path, query, header and cookie parameters in every style of OpenAPI 3.x, as typed values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from mockserver.bundle.operations import Parameter, is_json
from mockserver.bundle.pointers import join
from mockserver.problems import Violation
from mockserver.serving.literals import SCALARS, Accepts, Reading, local
from mockserver.serving.strict_json import JsonError, parse
from mockserver.serving.wire import (
    DELIMITERS,
    Tree,
    WireError,
    bracketed,
    cookie_pairs,
    grouped,
    grown,
    header_text,
    pairs,
    plant,
    text_of,
)

Values = dict[str, Any]
Decoded = tuple[Values, Values, Values, Values, tuple[Violation, ...]]
Decoder = Callable[[Mapping[str, str], bytes, Sequence[tuple[bytes, bytes]]], Decoded]
_Found = Mapping[str, list[str]]
_Read = Callable[[_Found], Any]
_Step = tuple[str, bool, _Read]

_ABSENT = object()
# What OpenAPI says of these lies elsewhere: media types and security.
_NO_PARAMETERS = frozenset({"accept", "content-type", "authorization"})


def compile_parameters(
    parameters: Sequence[Parameter],
    document: Mapping[str, Any] | None = None,
    accepts: Accepts | None = None,
) -> Decoder:
    """A function of (path values, query string, headers) that gives the typed values and what is wrong there.

    Path values come percent-encoded. Values of a wrong type stay text, which the schema then refuses;
    violations are what no schema can say: a missing or repeated parameter, a broken escape, parts that do not
    pair up. `document` resolves `$ref`; `accepts(pointer, value)` decides where a text has several meanings.
    """
    known = document or {}
    steps: dict[str, list[_Step]] = {"path": [], "query": [], "header": [], "cookie": []}
    for parameter in parameters:
        if parameter.location == "header" and parameter.name.lower() in _NO_PARAMETERS:
            continue
        reading = Reading([(parameter.schema, parameter.pointer)], known, accepts)
        read = _reader(parameter, reading, parameters, known)
        steps[parameter.location].append((parameter.name, parameter.required, read))
    at_path, at_query, at_header, at_cookie = (tuple(steps[place]) for place in steps)
    wanted = frozenset(name.lower().encode("latin-1", "replace") for name, _, _ in at_header)

    def decode(values: Mapping[str, str], query: bytes, headers: Sequence[tuple[bytes, bytes]]) -> Decoded:
        broken: list[Violation] = []
        found = {name: [raw] for name, raw in values.items()}
        in_path = _take("path", at_path, found, broken)
        in_query = _take("query", at_query, grouped(pairs(query)), broken) if at_query else {}
        in_header = _take("header", at_header, _headers(headers, wanted), broken) if at_header else {}
        in_cookie = _take("cookie", at_cookie, cookies(headers), broken) if at_cookie else {}
        return in_path, in_query, in_header, in_cookie, tuple(broken)

    return decode


def cookies(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, list[str]]:
    """Every cookie of the request's headers; what does not look like one is passed over."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        if name.lower() == b"cookie":
            for key, text in cookie_pairs(value.decode("latin-1")):
                found.setdefault(key, []).append(text)
    return found


def _take(location: str, steps: Sequence[_Step], found: _Found, broken: list[Violation]) -> Values:
    taken: Values = {}
    for name, required, read in steps:
        try:
            value = read(found)
        except WireError as error:
            broken.append(Violation(join([name]), f"{name} {error}", location))
            continue
        if value is not _ABSENT:
            taken[name] = value
        elif required:
            broken.append(Violation(join([name]), f"{name} is required", location))
    return taken


def _headers(headers: Iterable[tuple[bytes, bytes]], wanted: frozenset[bytes]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in headers:
        lower = name.lower()
        if lower in wanted:
            found.setdefault(lower.decode("latin-1"), []).append(header_text(value).strip(" \t"))
    return found


def _query_text(raw: str) -> str:
    return text_of(raw, plus=True)


_TEXTS: dict[str, Callable[[str], str]] = {
    "path": text_of,
    "query": _query_text,
    "header": str,  # RFC 9110 knows no escapes there
    "cookie": unquote,
}


def _reader(
    parameter: Parameter, reading: Reading, siblings: Sequence[Parameter], document: Mapping[str, Any]
) -> _Read:
    if parameter.location == "query" and not parameter.media:
        return _query_reader(parameter, reading, siblings, document)
    decode = _TEXTS[parameter.location]
    key = parameter.name.lower() if parameter.location == "header" else parameter.name
    if parameter.media:
        return _content_reader(parameter, key, decode)
    if parameter.location == "path":
        return _path_reader(parameter, reading)

    def read(found: _Found) -> Any:
        raws = found.get(key)
        if raws is None:
            return _ABSENT
        if reading.compound:
            pieces = [piece.strip(" \t") for raw in raws for piece in raw.split(",")]
            return delimited(",".join(pieces), ",", parameter.explode, reading, decode)
        if len(raws) > 1 and parameter.location == "header":
            raise WireError(f"is given {len(raws)} times")
        return reading.scalar(decode(raws[0]))

    return read


def _content_reader(parameter: Parameter, key: str, decode: Callable[[str], str]) -> _Read:
    """A parameter declared by `content`: the whole text is a document of that media type."""
    json = is_json(parameter.media)

    def read(found: _Found) -> Any:
        raws = found.get(key)
        if raws is None:
            return _ABSENT
        if len(raws) > 1:
            raise WireError(f"is given {len(raws)} times")
        text = decode(raws[0])
        if not json:
            return text
        try:
            return parse(text.encode("utf-8", "surrogatepass"))
        except JsonError as error:
            raise WireError(f"is not JSON: {error}") from None

    return read


def _path_reader(parameter: Parameter, reading: Reading) -> _Read:
    name, style, explode = parameter.name, parameter.style, parameter.explode
    if style not in ("label", "matrix") and not reading.compound:

        def read_plain(found: _Found) -> Any:
            raws = found.get(name)
            return _ABSENT if raws is None else reading.scalar(text_of(raws[0]))

        return read_plain

    def read(found: _Found) -> Any:
        raws = found.get(name)
        if raws is None:
            return _ABSENT
        raw, delimiter = raws[0], ","
        if style == "label":
            if not raw.startswith("."):
                raise WireError("must start with a dot (style label)")
            raw, delimiter = raw[1:], "." if explode else ","
        elif style == "matrix":
            raw, delimiter = _unmatrix(raw, name, reading, explode=explode)
        return delimited(raw, delimiter, explode, reading, text_of)

    return read


def _unmatrix(raw: str, name: str, reading: Reading, *, explode: bool) -> tuple[str, str]:
    """`;ids=1;ids=2` as ("1;2", ";"), `;ids=1,2` as ("1,2", ","), `;a=1;b=2` as ("a=1;b=2", ";")."""
    if not raw.startswith(";"):
        raise WireError(f"must start with ;{name}= (style matrix)")
    segments = [segment.partition("=") for segment in raw[1:].split(";")]
    named = all(key == name for key, _, _ in segments)
    if not named and not (explode and "object" in reading.kinds):
        raise WireError(f"must start with ;{name}= (style matrix)")
    if named and len(segments) > 1 and not explode:
        raise WireError(f"is given {len(segments)} times")
    if named:
        return ";".join(value for _, _, value in segments), ";" if explode else ","
    return raw[1:], ";"


def _query_reader(
    parameter: Parameter,
    reading: Reading,
    siblings: Sequence[Parameter],
    document: Mapping[str, Any],
) -> _Read:
    name, style, explode = parameter.name, parameter.style, parameter.explode
    may_be_empty = _may_be_empty(parameter, document)
    if style == "deepObject":
        return _tree_reader(name, reading, frozenset(), bare=False)
    if "object" in reading.kinds and explode:
        claimed = frozenset(p.name for p in siblings if p.location == "query" and p is not parameter)
        bare = not any(
            "object" in Reading([(p.schema, p.pointer)], document).kinds and p.explode and p.style == "form"
            for p in siblings
            if p.location == "query" and p is not parameter and not p.media
        )
        return _tree_reader(name, reading, claimed, bare=bare, fields=True)
    delimiter = "" if explode else DELIMITERS.get(style, ",")

    def read(found: _Found) -> Any:
        raws = found.get(name)
        if raws is None:
            raws = found.get(f"{name}[]") if "array" in reading.kinds else None
            if raws is None:
                return _ABSENT
        if may_be_empty and raws == [""] and "string" not in reading.kinds:
            return _ABSENT
        if len(raws) > 1:
            if delimiter or "array" not in reading.kinds:
                raise WireError(f"is given {len(raws)} times")
            return [reading.element.scalar(_query_text(raw)) for raw in raws]
        if not reading.compound:
            return reading.scalar(_query_text(raws[0]))
        if delimiter:
            return delimited(raws[0], delimiter, False, reading, _query_text)
        text = _query_text(raws[0])
        return [""] if not text and not reading.kinds & SCALARS else reading.whole(text)

    return read


def _may_be_empty(parameter: Parameter, document: Mapping[str, Any]) -> bool:
    """Whether the parameter says `allowEmptyValue`: then an empty one counts as not sent."""
    declared = local(document, "#" + parameter.pointer.rpartition("/")[0])[0]
    return isinstance(declared, Mapping) and declared.get("allowEmptyValue") is True


def _tree_reader(
    name: str,
    reading: Reading,
    claimed: frozenset[str],
    *,
    bare: bool,
    fields: bool = False,
) -> _Read:
    """An object spread over several names: `f[a]=1` (deepObject), or `a=1` where its `fields` stand alone.

    `claimed` names are other parameters; with `bare`, fields that no schema names belong to this object too.
    """

    def path_of(key: str) -> list[str] | None:
        parts = bracketed(key)
        if parts is not None and parts[0] == name:
            return parts[1]
        base = key if parts is None else parts[0]
        if not fields or key == name or base in claimed or not (bare or reading.declares(base)):
            return None
        return [base] if parts is None else [base, *parts[1]]

    def read(found: _Found) -> Any:
        tree: Tree = {}
        for key, raws in found.items():
            path = path_of(key)
            if path is not None:
                plant(tree, path, [_query_text(raw) for raw in raws])
        if tree:
            return grown(tree, reading)
        raws_here = found.get(name)
        if raws_here is None:
            return _ABSENT
        texts = [_query_text(raw) for raw in raws_here]
        return texts[0] if texts == [""] else grown(texts, reading)

    return read


def delimited(raw: str, delimiter: str, explode: bool, reading: Reading, decode: Callable[[str], str]) -> Any:
    """The array or object of a text whose parts a delimiter parts; a scalar is read as it is."""
    readings: list[Any] = []
    if delimiter == " ":
        raw = raw.replace("+", " ").replace("%20", " ")
    if "array" in reading.kinds:
        readings = _arrays(raw, delimiter, reading, decode)
    if "object" in reading.kinds:
        readings += _objects(raw, delimiter, explode, reading, decode)
    if reading.kinds & SCALARS:
        scalar = reading.scalar(decode(raw))
        readings = [*readings, scalar] if delimiter in raw else [scalar, *readings]
    return reading.choose(readings)


def _arrays(raw: str, delimiter: str, reading: Reading, decode: Callable[[str], str]) -> list[Any]:
    scalar = reading.element.scalar
    if not raw:
        return [[], [""]]
    readings = [[scalar(decode(piece)) for piece in raw.split(delimiter)]]
    # Many clients encode the delimiter too.
    if delimiter not in raw and delimiter in (text := decode(raw)):
        readings.append([scalar(piece) for piece in text.split(delimiter)])
        if "string" not in reading.element.kinds:
            readings.reverse()
    return readings


def _objects(
    raw: str, delimiter: str, explode: bool, reading: Reading, decode: Callable[[str], str]
) -> list[dict[str, Any]]:
    """The object of `role=admin,age=5` (explode) or `role,admin,age,5`; none where a scalar explains it."""
    # Many clients encode the delimiter too. One `=` that came as such is one pair, whatever its value holds.
    single = explode and raw.count("=") == 1
    if delimiter not in raw and not single and delimiter in (text := decode(raw)):
        raw, decode = text, str
    pieces = raw.split(delimiter) if raw else []
    if explode:
        couples = [piece.partition("=")[::2] for piece in pieces]
        whole = all("=" in piece for piece in pieces)
    else:
        couples = list(zip(pieces[::2], pieces[1::2], strict=False))
        whole = len(pieces) % 2 == 0
    named = {decode(key): decode(value) for key, value in couples}
    if whole and len(named) == len(couples) and set(named) != {""}:
        return [{name: reading.child(name).whole(text) for name, text in named.items()}]
    if reading.kinds & SCALARS or "array" in reading.kinds:
        return []
    form = f"name=value{delimiter}..." if explode else f"name{delimiter}value{delimiter}..."
    raise WireError(f"is not an object written as {form}")
