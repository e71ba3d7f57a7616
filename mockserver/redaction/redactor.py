"""Redaction: credentials and personal data never reach a report, a log or a recording.

Credentials become markers (`<token>`), personal data pseudonyms of the same form, so that what is compared afterwards
compares as before: equal values stay equal, types, formats, lengths and every byte around them stay. What does not
survive is what lies in the values themselves: the order of names, patterns that match them.
"""

from __future__ import annotations

import re
import secrets as dice
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

from mockserver.exchanges import Exchange, Headers, Reply, Request, header
from mockserver.redaction.disguises import Secrets
from mockserver.redaction.json_editing import Place, edited, looks_like_json
from mockserver.redaction.pseudonyms import Pseudonyms
from mockserver.redaction.sensitive import CREDENTIALS, MARKER, is_operator, kind_of, kind_of_header, noun_of
from mockserver.redaction.telltales import credentials_hidden, is_card, people_hidden

_LEARNT_AT_LEAST = 16  # characters of a credential in a reply that is looked for elsewhere, too
_LEARNT_AT_MOST = 256
_REMEMBERED = 64_000_000  # bytes of all bodies that are remembered
_COOKIE_NOTES = frozenset({"path", "domain", "expires", "max-age", "samesite", "secure", "httponly", "partitioned"})
_SCHEMES = ("bearer", "basic", "digest", "token", "apikey", "negotiate", "dpop")


class Redactor:
    """Takes credentials and personal data out of exchanges and texts.

    `secrets` are values that must not stand anywhere, in no encoding; `names` further headers, parameters and
    properties that carry credentials (those of the bundle's security schemes). `key` makes pseudonyms the same over
    runs (`redaction_key`); without one they are the same only within this redactor. With `personal=False` people's
    data stays. Credentials that a reply hands out are known from then on.
    """

    def __init__(
        self,
        secrets: Iterable[str] = (),
        key: bytes | None = None,
        personal: bool = True,
        names: Iterable[str] = (),
    ) -> None:
        self._secrets = Secrets(secrets)
        self._personal = personal
        self._names = frozenset(name.lower() for name in names)
        self._pseudonyms = Pseudonyms(key or dice.token_bytes(32))
        self._learnt = 0
        self._people: dict[str, str] = {}  # what an exchange calls people, by the pseudonym, while it is worked on
        self._kinds: dict[tuple[str, ...], str] = {}
        self._notes: dict[tuple[bytes, str], list[tuple[str, str]]] = {}
        self._bodies: dict[tuple[object, ...], bytes] = {}  # bodies that were redacted, for most come again
        self._state: tuple[object, ...] = ()
        self._held = 0

    def add(self, secret: str) -> None:
        """Know one more secret, e.g. a token that was just obtained."""
        self._secrets.add(secret)
        self._bodies.clear()

    def exchange(self, exchange: Exchange) -> Exchange:
        """The exchange without credentials and personal data; a declared Content-Length fits the new body."""
        request, reply = exchange.request, exchange.reply
        noun = noun_of(request.path)
        self._people = {}
        self._learn(exchange, noun)
        self._state = (self._learnt, frozenset(self._people.items()))
        try:
            return replace(
                exchange,
                url=self._plain(exchange.url),
                request=self._request(request, noun),
                reply=self._reply(reply, noun) if reply is not None else None,
                failure=self._plain(exchange.failure),
                purpose=self._plain(exchange.purpose),
            )
        finally:
            self._people, self._state = {}, ()

    def text(self, text: str) -> str:
        """Any text: a message, a line of a log, a JSON document, an address."""
        return self._json(text, "") if looks_like_json(text) else self._plain(text)

    def value(self, value: Any) -> Any:
        """Plain JSON data (dicts, lists, texts, numbers), its property names looked at."""
        return self._valued(value, ())

    # -- the parts of an exchange --

    def _request(self, request: Request, noun: str) -> Request:
        body = self._body(request.body, request.header("content-type") or "", noun)
        headers = self._headers(request.headers, len(request.body), len(body))
        return Request(request.method, self._target(request.target), headers, body)

    def _reply(self, reply: Reply, noun: str) -> Reply:
        body = self._body(reply.body, reply.header("content-type") or "", noun)
        return Reply(reply.status, self._headers(reply.headers, len(reply.body), len(body)), body)

    def _headers(self, headers: Headers, before: int, after: int) -> Headers:
        return tuple((name, self._header(name, value, before, after)) for name, value in headers)

    def _header(self, name: str, value: str, before: int, after: int) -> str:
        plain = name.lower()
        if plain == "content-length" and value == str(before):
            return str(after)
        if plain in ("cookie", "set-cookie"):
            return self._cookies(value, plain)
        kind = "token" if plain in self._names else kind_of_header(name, self._personal)
        if kind in CREDENTIALS:
            scheme, space, rest = value.partition(" ")
            if space and (scheme.lower() in _SCHEMES or plain.endswith("authorization")):
                return f"{scheme} {self._changed(rest, kind)}"
            return "" if not value else self._changed(value, kind)
        made = self._changed(value, kind) if kind else self._address(value) if "/" in value else self._plain(value)
        return made if made.isascii() or _is_latin(made) else quote(made, safe=" /:;,=\"'()<>@?&+%#!*")

    def _cookies(self, value: str, header_name: str) -> str:
        parts = []
        for index, part in enumerate(value.split(";")):
            name, equals, held = part.partition("=")
            own = header_name == "set-cookie" and (index > 0 or name.strip().lower() in _COOKIE_NOTES)
            kept = own and name.strip().lower() in _COOKIE_NOTES
            parts.append(part if kept or not held else f"{name}{equals}<cookie>" if equals else "<cookie>")
        return ";".join(parts) if "=" in value else "<cookie>" * bool(value)

    def _target(self, target: str) -> str:
        whole = self._secrets.hidden(target, "%3Csecret%3E")  # it may go over several segments
        path, mark, query = whole.partition("?")
        return "/".join(self._segment(segment) for segment in path.split("/")) + mark + self._form(query)

    def _segment(self, segment: str) -> str:
        value = unquote(segment, errors="surrogateescape")
        made = self._plain(value)
        safe = "@:!$&'()*+,;=~"
        safe = safe.replace("@", "") if "%40" in segment else safe
        return segment if made == value else quote(made, safe=safe, errors="surrogateescape")

    def _address(self, text: str) -> str:
        """A text that may be an address: its query is looked at by names."""
        before, mark, query = text.partition("?")
        if not mark or " " in query:
            return self._plain(text)
        return self._plain(before) + mark + self._form(query)

    def _form(self, form: str, noun: str = "") -> str:
        """A query or a form: only what has to change is written anew."""
        whole = self._secrets.hidden(form, "%3Csecret%3E")
        return "&".join(self._pair(pair, noun) for pair in whole.split("&"))

    def _pair(self, pair: str, noun: str) -> str:
        name, equals, value = pair.partition("=")
        told = unquote_plus(name, errors="surrogateescape")
        plain = unquote_plus(value, errors="surrogateescape")
        steps = tuple(step for step in re.split(r"[\[\].]+", told) if step) or (told,)
        made = self._leaf(plain, Place((noun, *steps) if noun else steps))
        key = self._plain(told)
        shown = name if key == told else quote(key, errors="surrogateescape")
        if made != plain:
            value = quote(made, safe="" if "%40" in value else "@", errors="surrogateescape")
        return f"{shown}{equals}{value}"

    # -- bodies --

    def _body(self, body: bytes, media: str, noun: str) -> bytes:
        """The body without what is not to be shown; the same as before where nothing else has become known."""
        if not body:
            return body
        mark = (body, media, noun, *self._state)
        if mark not in self._bodies:
            self._remember(body)
            self._bodies[mark] = self._bare(body, media, noun)
        return self._bodies[mark]

    def _remember(self, body: bytes) -> None:
        """Make room for one more body."""
        self._held += len(body)
        if self._held > _REMEMBERED:
            self._bodies.clear()
            self._notes.clear()
            self._held = len(body)

    def _bare(self, body: bytes, media: str, noun: str) -> bytes:
        if media.lower().startswith("multipart/"):
            return self._multipart(body, media, noun)
        text, encoding = _decoded(body, media)
        made = self._secrets.hidden(self._content(text, media, noun), "<secret>")
        return body if made == text else made.encode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")

    def _content(self, text: str, media: str, noun: str) -> str:
        plain = media.partition(";")[0].strip().lower()
        if plain == "application/x-www-form-urlencoded":
            return self._form(text, noun)
        if looks_like_json(text):
            return self._json(text, noun)
        return self._elements(text) if text.lstrip()[:1] == "<" else self._plain(text)

    def _elements(self, text: str) -> str:
        """XML and HTML: the texts of elements and attributes whose names tell, then all the rest."""
        text = re.sub(r"(<(?:[\w.-]++:)?([\w.-]++)[^<>]*+>)([^<>]++)(?=</)", self._element, text)
        return self._plain(re.sub(r"""(\s(?:[\w.-]++:)?([\w.-]++)\s*+=\s*["'])([^"'<>]+)""", self._element, text))

    def _element(self, match: re.Match[str]) -> str:
        kind = self._kind((match[2],))
        made = self._changed(match[3], kind) if kind else match[3]
        return match[1] + made.replace("<", "&lt;").replace(">", "&gt;")

    def _multipart(self, body: bytes, media: str, noun: str) -> bytes:
        boundary = re.search(r'boundary="?([^";]+)', media, re.IGNORECASE)
        if boundary is None:
            return self._body(body, "", noun)
        fence = b"--" + boundary[1].encode("latin-1", "replace")
        return fence.join(self._part(part, noun) for part in body.split(fence))

    def _part(self, part: bytes, noun: str) -> bytes:
        head, blank, content = part.partition(b"\r\n\r\n")
        if not blank:
            return part if len(part) <= 4 else self._body(part, "", noun)
        text = head.decode("utf-8", "surrogateescape")
        name = re.search(r'[; ]name="([^"]*)"', text)
        media = re.search(r"content-type:\s*([^\r\n]+)", text, re.IGNORECASE)
        kind = self._kind((noun, name[1])) if name else ""
        end = b"\r\n" if content.endswith(b"\r\n") else b""
        value = content.removesuffix(end)
        if kind and value:
            made = self._changed(value.decode("utf-8", "surrogateescape"), kind).encode("utf-8", "surrogateescape")
        else:
            made = self._body(value, media[1] if media else "", noun)
        return self._plain(text).encode("utf-8", "surrogateescape") + blank + made + end

    # -- values --

    def _json(self, text: str, noun: str) -> str:
        around = (noun,) if noun else ()
        return edited(
            text,
            lambda value, place: self._leaf(value, Place(around + place.names, place.is_key)),
            lambda token, place: self._number(token, around + place.names),
        )

    def _valued(self, value: Any, names: tuple[str, ...]) -> Any:
        if isinstance(value, dict):
            return {self._plain(str(name)): self._valued(inner, (*names, str(name))) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._valued(inner, names) for inner in value]
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            made = self._number(str(value), names)
            return value if made == str(value) else type(value)(made)
        return self._leaf(str(value), Place(names))

    def _kind(self, names: tuple[str, ...]) -> str:
        """What a value holds by the names around it: `{"email": {"_eq": ...}}` holds an email."""
        if names not in self._kinds:
            self._kinds[names] = self._kind_by(names)
        return self._kinds[names]

    def _kind_by(self, names: tuple[str, ...]) -> str:
        at = len(names) - 1
        while at > 0 and is_operator(names[at]):
            at -= 1
        if at < 0:
            return ""
        if names[at].lower() in self._names:
            return "token"
        around = next((name for name in reversed(names[:at]) if noun_of(name)), "")
        return kind_of(names[at], around, self._personal)

    def _leaf(self, value: str, place: Place) -> str:
        kind = "" if place.is_key else self._kind(place.names)
        if kind and value:
            return self._changed(value, kind)
        return self._json(value, "") if value[:1] in ("{", "[") else self._address(value)

    def _number(self, token: str, names: tuple[str, ...]) -> str:
        kind = self._kind(names)
        plural = bool(names) and names[-1].endswith("s")
        told = kind in ("phone", "number", "password", "birth") or (kind in CREDENTIALS and not plural)
        hidden = self._secrets.hidden(token, "") != token or (self._personal and is_card(token))
        return self._pseudonyms.number(token) if told or hidden else token

    def _changed(self, value: str, kind: str) -> str:
        if not value.strip() or MARKER.fullmatch(value):
            return value
        if kind in CREDENTIALS:
            return "<jwt>" if value.startswith("eyJ") and value.count(".") == 2 else f"<{kind}>"
        hidden = credentials_hidden(self._secrets.hidden(value, "<secret>"))
        if hidden != value:
            return people_hidden(hidden, self._pseudonyms)
        return _pseudonym(self._pseudonyms, value, kind)

    def _plain(self, text: str) -> str:
        """A text of which nothing is known: secrets, then what looks like a credential, then like a person."""
        if len(text) < 4:
            return text
        text = credentials_hidden(self._secrets.hidden(text, "<secret>"))
        if not self._personal:
            return text
        if text in self._people and not text.isalpha():
            return self._people[text]
        for value, made in self._people.items() if " " in text else ():
            if value in text:
                text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", made.replace("\\", r"\\"), text)
        return people_hidden(text, self._pseudonyms)

    # -- what an exchange tells of itself --

    def _learn(self, exchange: Exchange, noun: str) -> None:
        """Note what the bodies call credentials and people, to find it where no name says so."""
        for body, trusted in ((exchange.request.body, False), (exchange.reply.body if exchange.reply else b"", True)):
            for kind, value in self._noted(body, noun):
                self._note(kind, value, trusted=trusted)
        sent = header(exchange.request.headers, "authorization") or ""
        self._keep(sent.rpartition(" ")[2])

    def _noted(self, body: bytes, noun: str) -> list[tuple[str, str]]:
        """The kinds and texts of what a JSON body calls by a telling name."""
        if (body, noun) in self._notes:
            return self._notes[body, noun]
        found: list[tuple[str, str]] = []

        def see(value: str, place: Place) -> str:
            kind = "" if place.is_key else self._kind((noun, *place.names) if noun else place.names)
            if kind:
                found.append((kind, value))
            return value

        text = body.decode("utf-8", "replace")
        if looks_like_json(text):
            edited(text, see, lambda token, _: token)
        self._remember(body)
        self._notes[body, noun] = found
        return found

    def _note(self, kind: str, value: str, *, trusted: bool) -> None:
        if kind in CREDENTIALS and trusted:
            self._keep(value)
        elif kind in ("name", "email", "phone", "address", "number") and len(value) >= 4 and len(self._people) < 500:
            self._people[value] = self._changed(value, kind)

    def _keep(self, value: str) -> None:
        telling = any(c.isdigit() for c in value) and any(c.isalpha() for c in value) and not MARKER.search(value)
        if telling and len(value) >= _LEARNT_AT_LEAST and self._learnt < _LEARNT_AT_MOST:
            self._learnt += 1
            self._secrets.add(value)


def _pseudonym(pseudonyms: Pseudonyms, value: str, kind: str) -> str:
    if "@" in value.strip("@"):
        return people_hidden(value, pseudonyms) if kind != "email" or " " in value else pseudonyms.email(value)
    if kind == "author" and not re.search(r"[^\W\d_]+[ ,.]+[^\W\d_]", value):
        return value
    made: dict[str, Callable[[str], str]] = {
        "birth": pseudonyms.date, "phone": pseudonyms.whole, "number": pseudonyms.whole,
    }  # fmt: skip
    return made.get(kind, pseudonyms.words)(value)


def _decoded(body: bytes, media: str) -> tuple[str, str]:
    """A body as text and its encoding: as declared, as a byte order mark tells, else UTF-8 with stray bytes kept."""
    charset = re.search(r'charset="?([\w-]+)', media, re.IGNORECASE)
    marked = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    encoding = charset[1].lower() if charset else marked
    try:
        return body.decode(encoding), encoding
    except (LookupError, UnicodeError):
        return body.decode("utf-8", "surrogateescape"), "utf-8"


def _is_latin(text: str) -> bool:
    return all(ord(char) < 256 for char in text)
