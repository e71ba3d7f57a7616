"""Credentials and personal data never get out, and what is left compares as before."""

from __future__ import annotations

import base64
import html
import json
import re
import stat
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mockserver.exchanges import Exchange, Reply, Request
from mockserver.problems import UsageError
from mockserver.redaction import Redactor, redaction_key
from mockserver.redaction.pseudonyms import Pseudonyms, is_iban, luhn

KEY = b"k" * 32
SECRET = 's3/cret "w+ö&r<d'
JSON = (("Content-Type", "application/json"),)


def redactor(*secrets: str, personal: bool = True) -> Redactor:
    """A redactor whose pseudonyms are the same in every run."""
    return Redactor(secrets, KEY, personal)


def exchange(
    body: bytes = b"", reply: bytes = b"", headers: tuple[tuple[str, str], ...] = JSON, **more: str
) -> Exchange:
    """An exchange with these bodies."""
    request = Request("POST", more.pop("target", "/things"), headers, body)
    return Exchange("sandbox", "https://api.example", request, Reply(200, headers, reply), **more)


def written(given_: Exchange) -> str:
    """Everything that an exchange says, as it would stand in a file, and once more with nothing escaped."""
    text = json.dumps(given_.to_json(), ensure_ascii=False)
    bodies = given_.request.body + (given_.reply.body if given_.reply else b"")
    return text + bodies.decode("utf-8", "replace")


def of_json(text: str, **more: str) -> str:
    """A JSON body after redaction."""
    made = redactor().exchange(exchange(reply=text.encode(), **more)).reply
    assert made is not None
    return made.body.decode()


WAYS = {
    "plain": lambda s: s,
    "percent": lambda s: quote(s, safe=""),
    "percent in lower case": lambda s: quote(s, safe="").lower(),
    "form": quote_plus,
    "percent twice": lambda s: quote(quote(s, safe=""), safe=""),
    "json": lambda s: json.dumps(s)[1:-1],
    "json without escapes": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "json in json": lambda s: json.dumps(json.dumps(s))[1:-1],
    "html": html.escape,
    "basic": lambda s: base64.b64encode(f"me:{s}".encode()).decode(),
    "base64 of more": lambda s: base64.b64encode(f"a={s}, b".encode()).decode(),
    "base64 for addresses": lambda s: base64.urlsafe_b64encode(f"ab{s}".encode()).decode(),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_known_secret_is_found_in_every_encoding(way: str) -> None:
    """In addresses, headers, bodies of any type and failures, whatever the encoding, nothing of a secret is left."""
    secret = SECRET.lower() if "lower" in way else SECRET
    hidden = WAYS[way](secret)
    latin = hidden if way != "plain" else secret.replace("ö", "\xf6")
    for media in ("application/json", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream"):
        noise = b"\xff\xfe\x00" if media.endswith("stream") else b""
        body = noise[2:] + f"before {hidden} after".encode() + noise[:1]
        given_ = Exchange(
            "e", "https://api.example", Request("GET", "/x", (("Content-Type", media), ("X-Note", latin)), body),
            Reply(200, (("Content-Type", media),), body), f"failed at {hidden}", purpose=f"p {hidden}",
        )  # fmt: skip
        made = redactor(secret).exchange(given_)
        assert hidden not in written(made)
        assert hidden.encode() not in made.request.body + (made.reply.body if made.reply else b"")
        assert made.failure.startswith("failed at ")
        assert made.reply is not None
        assert b"before" in made.reply.body
        assert made.reply.body.endswith(noise[:1])


@pytest.mark.parametrize("target", ["/a/{}/b", "/a?q={}", "/a?{}=", "/a?x=1&y=b%20{}"])
def test_a_known_secret_is_found_in_addresses(target: str) -> None:
    """Path, names and values of the query: the target stays an address."""
    made = redactor(SECRET).exchange(exchange(target=target.format(quote(SECRET, safe=""))))
    assert made.request.target == target.format("%3Csecret%3E")


def test_a_secret_that_is_a_number_is_found() -> None:
    """In JSON it stays a number, another one."""
    made = redactor("4815162342").exchange(exchange(reply=b'{"n": 4815162342, "m": 4815162343}')).reply
    assert made is not None
    n, m = json.loads(made.body).values()
    assert (n != 4815162342, len(str(n)), m) == (True, 10, 4815162343)


@settings(max_examples=150, deadline=None)
@given(
    secret=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=8, max_size=30),
    way=st.sampled_from([name for name in WAYS if "lower" not in name]),
    around=st.tuples(st.text(max_size=10), st.text(max_size=10)),
)
def test_no_secret_survives(secret: str, way: str, around: tuple[str, str]) -> None:
    """Whatever a secret looks like and wherever it stands, it is gone."""
    assume(secret.strip("<secrtapikyonwd->") != "")
    text = around[0] + " " + WAYS[way](secret) + " " + around[1]
    assert WAYS[way](secret) not in redactor(secret)._plain(text)


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("Authorization", "Bearer abc.def", "Bearer <token>"),
        ("authorization", "Basic dTpw", "Basic <token>"),
        ("Authorization", "hunter2", "<token>"),
        ("X-Api-Key", "hunter2", "<api-key>"),
        ("X-Auth-Token", "hunter2", "<token>"),
        ("My-Client-Secret", "hunter2", "<secret>"),
        ("Webhook-Signature", "t=1,v1=hunter2", "<signature>"),
        ("X-Hub-Signature-256", "sha256=hunter2", "<signature>"),
        ("Cookie", "sid=hunter2; theme=dark", "sid=<cookie>; theme=<cookie>"),
        ("Set-Cookie", "sid=hunter2; Path=/; HttpOnly", "sid=<cookie>; Path=/; HttpOnly"),
        ("Location", "/cb?access_token=hunter2&page=2", "/cb?access_token=%3Ctoken%3E&page=2"),
        ("Content-Type", "application/json", "application/json"),
        ("X-Token-Type", "bearer", "bearer"),
        ("X-Next-Page-Token", "abc", "abc"),
        ("ETag", '"abc123"', '"abc123"'),
    ],
)
def test_headers_by_name(name: str, value: str, left: str) -> None:
    """What a header's name says is a credential goes; scheme, cookie names and everything else stay."""
    made = redactor().exchange(exchange(headers=((name, value),)))
    assert made.request.headers == ((name, left),)


@pytest.mark.parametrize(
    "name",
    "password token access_token refreshToken secret jwtApiKey apiKey api_key client_secret signingSecret privateKey "
    "credentials idToken passphrase pwd bearer".split(),
)
def test_credentials_by_name(name: str) -> None:
    """In JSON, forms, queries, multipart, XML and running text, a name is enough."""
    value = "Tr0ub4dor"
    bodies = {
        "application/json": json.dumps({"a": [{name: value}], "b": {name: {"_eq": value}}}),
        "application/x-www-form-urlencoded": f"a=1&{name}={value}",
        "application/xml": f"<a><{name}>{value}</{name}></a>",
        "text/plain": f'could not log in: {name}="{value}"',
        "multipart/form-data; boundary=xx": "--xx\r\nContent-Disposition: form-data; "
        f'name="{name}"\r\n\r\n{value}\r\n--xx--\r\n',
    }
    for media, body in bodies.items():
        headers = (("Content-Type", media),)
        made = redactor().exchange(exchange(body.encode(), body.encode(), headers, target=f"/x?{name}={value}"))
        assert value not in written(made), media
        assert body.partition(name)[0] in written(made).replace('\\"', '"').replace("\\r\\n", "\r\n")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tokenType", "Bearer"), ("nextPageToken", "abc"), ("maxTokens", 5), ("total_tokens", 512),
        ("hasPassword", True),
        ("passwordChangedAt", "2024-01-01T00:00:00Z"), ("publicKey", "abc"), ("authKeyId", "k1"), ("key", "status"),
        ("name", "Quarterly review"), ("status", "ACTIVE"), ("createdBy", "SYSTEM"), ("description", "Bearer bonds"),
        ("at", "2024-01-15T10:25:00+00:00"), ("millis", 1763831451115), ("amount", 4111.5), ("token", None),
        ("secret", ""),
    ],
)  # fmt: skip
def test_false_hits_stay(name: str, value: object) -> None:
    """Cursors, counts, kinds of tokens, times and empty values are no secrets."""
    text = json.dumps({name: value})
    assert of_json(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "Bearer 9f8e7d6c5b4a",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
        "https://me:Passw0rd@db.example/x",
        "whsec_abcdefghijklmnop",
        "AKIAIOSFODNN7EXAMPLE",
        "4111 1111 1111 1111",
        "5500-0000-0000-0004",
        "DE89 3704 0044 0532 0130 00",
        "GB82WEST12345698765432",
        "123-45-6789",
        "12-3456789",
        "jane.doe+x@firm.example.com",
        "+1 (212) 555-0187",
        "(212) 555-0187",
        "+4930123456789",
    ],
)
def test_what_looks_like_one(text: str) -> None:
    """Keys, tokens, cards, accounts, tax numbers, mail addresses and phones are known by their form, anywhere."""
    for place in (f"see {text} please", f'{{"note": {json.dumps(text)}}}', f"<p>{text}</p>"):
        made = redactor().exchange(
            exchange(place.encode(), place.encode(), (("Content-Type", "text/plain"),), failure=place)
        )
        assert text not in written(made)
        assert json.dumps(text)[1:-1] not in written(made)
        assert text not in redactor().text(place)


PEOPLE = {
    "email": "Jane.Doe@firm.example.com", "phone": "+1 (212) 555-0187", "mobilePhone": "2125550187",
    "firstName": "Jane",
    "last_name": "O'Hara-Świątek", "contactName": "Jane Doe", "clientName": "Doe & Sons", "street": "12 Elm Street",
    "addressLine1": "12 Elm Street", "postalCode": "02139-1234", "taxId": "98-7654321", "ssn": "987654321",
    "birthDate": "1980-02-29", "dateOfBirth": "29.02.1980", "bankAccount": "000123456789", "createdBy": "Jane Doe",
    "iban": "DE89370400440532013000",
}  # fmt: skip


@pytest.mark.parametrize("name", PEOPLE)
def test_people_by_name(name: str) -> None:
    """What a name says is a person's becomes something of the same form, the same everywhere, and reads as before."""
    value = PEOPLE[name]
    body = json.dumps({"x": 1.0, "rows": [{name: value}], "again": {name: {"_in": [value]}}}, ensure_ascii=False)
    made = of_json(body, target=f"/things?{name}={quote(value)}")
    data = json.loads(made)
    new = data["rows"][0][name]
    assert new != value
    assert value not in made
    assert data["again"][name]["_in"] == [new]
    if "@" in value:
        assert re.fullmatch(r"[A-Z][a-z]{3}\.[A-Z][a-z]{2}@example\.invalid", new) or new.endswith("@example.invalid")
    elif name not in ("birthDate", "dateOfBirth"):
        assert _form(new) == _form(value)
    assert made.replace(new, value) == body


def _form(text: str) -> str:
    return "".join("9" if c.isdigit() else c if not c.isalpha() else "A" if c.isupper() else "a" for c in text)


def test_names_fit_together_still() -> None:
    """First, last and full name, in any order and case, and where a message repeats them."""
    given_ = {"firstName": "Jane", "lastName": "Doerrie", "fullName": "DOERRIE, Jane", "error": "Jane Doerrie is taken"}
    made = json.loads(of_json(json.dumps(given_)))
    first, last = made["firstName"], made["lastName"]
    assert made == {
        "firstName": first,
        "lastName": last,
        "fullName": f"{last.upper()}, {first}",
        "error": f"{first} {last} is taken",
    }


def test_a_day_stays_a_day() -> None:
    """A date of birth is another real date in the same notation."""
    from datetime import date

    p = Pseudonyms(KEY)
    for year in range(1950, 2000):
        date.fromisoformat(p.date(f"{year}-02-28"))
    assert re.fullmatch(r"\d\d/\d\d/\d{4}", p.date("12/31/1999"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", p.date("1999-12-31T00:00:00Z"))


def test_check_digits_stay_right() -> None:
    """Cards and accounts pass the checks they passed, in the spacing they had."""
    p = Pseudonyms(KEY)
    card, iban = p.card("4111 1111 1111 1111"), p.iban("DE89 3704 0044 0532 0130 00")
    assert luhn(card.replace(" ", ""))
    assert is_iban(iban)
    assert (_form(card), _form(iban), iban[:2]) == ("9999 9999 9999 9999", "AA99 9999 9999 9999 9999 99", "DE")


def test_bytes_around_stay() -> None:
    """Number forms, duplicate keys, order, spaces, escapes and big numbers are those of the original."""
    head = '{ "b":1.0,"a" : 1,"a":2, "big":123456789012345678901234567890,"e":-1.5E+3,'
    head += '"u":"\\u00e9\\/\\ud83d\\ude00é",\n\t"z":[ ],'
    body = head + '"email":"a@b.example" , "deep":{"n":null,"t":true}}'
    made = of_json(body)
    assert made.startswith(head)
    assert made.endswith(' , "deep":{"n":null,"t":true}}')
    assert re.search(r'"email":"\w+@example\.invalid"', made)


NAMES = ["a", "name", "email", "token", "pin", "ssn", "_eq", "contacts"]
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
)
BODIES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(BODIES, st.sampled_from([(", ", ": "), (",", ":"), (" ,\n", " :\t")]), st.booleans())
def test_json_stays_json_of_the_same_form(data: object, separators: tuple[str, str], ascii_: bool) -> None:
    """Whatever a body holds: the same structure and types come back, and the same again for the same input."""
    body = json.dumps(data, separators=separators, ensure_ascii=ascii_)
    made = redactor().exchange(exchange(reply=body.encode("utf-8", "surrogatepass"))).reply
    assert made is not None
    assert _types(json.loads(made.body.decode("utf-8", "surrogatepass"))) == _types(data)
    again = redactor().exchange(exchange(reply=body.encode("utf-8", "surrogatepass"))).reply
    assert again == made


def _types(data: object) -> object:
    if isinstance(data, dict):
        return [(type(name), _types(value)) for name, value in data.items()]
    return [_types(value) for value in data] if isinstance(data, list) else type(data)


@pytest.mark.parametrize(
    "body", [b'{"password": "hunter22", "a": [1', b'{"password": "hunter22\n', b'[{"a":}{"password":"hunter22"}']
)
def test_broken_json_is_redacted_too(body: bytes) -> None:
    """A body that was cut off or never was JSON keeps its bytes and loses its secrets."""
    made = redactor().exchange(exchange(body, body))
    assert "hunter22" not in written(made)


def test_ndjson_and_json_within_json() -> None:
    """Several documents in one body, and one that is the text of another."""
    assert of_json('{"pwd": "abcd"}\n{"pwd": "efgh"}') == '{"pwd": "<password>"}\n{"pwd": "<password>"}'
    inner = json.dumps({"request": json.dumps({"pwd": "abcd", "n": 1})})
    assert json.loads(json.loads(of_json(inner))["request"]) == {"pwd": "<password>", "n": 1}


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "utf-8", "no-such"])
def test_other_encodings_of_text(charset: str) -> None:
    """The declared charset is how a body is read and written."""
    plain = charset if charset != "no-such" else "utf-8"
    body = "Grüße an jane@firm.example.com".encode(plain)
    made = redactor().exchange(exchange(body, body, (("Content-Type", f"text/plain; charset={charset}"),)))
    text = made.request.body.decode(plain)
    assert (text[:9], text[-16:], "jane" in text) == ("Grüße an ", "@example.invalid", False)


def test_a_token_that_was_handed_out_is_known_from_then_on() -> None:
    """What a reply calls a credential is found in later exchanges, where no name says so."""
    r = redactor()
    r.exchange(exchange(reply=b'{"access_token": "abcdef0123456789abcdef"}'))
    assert r.text("GET /x?q=abcdef0123456789abcdef") == "GET /x?q=<secret>"


def test_the_length_is_told_as_it_is() -> None:
    """A Content-Length that was right is right for what is left; a wrong one stays wrong."""
    body = b'{"password": "a very long password"}'
    for said, told in ((str(len(body)), "26"), ("5", "5")):
        made = redactor().exchange(exchange(body, body, (*JSON, ("Content-Length", said))))
        assert made.request.header("content-length") == told
        assert len(made.request.body) == 26


def test_redacting_twice_leaves_markers_and_mail() -> None:
    """Markers and addresses at example.invalid are not redacted again."""
    r = redactor()
    once = r.exchange(exchange(b'{"token": "abcd", "email": "a@b.example"}', target="/x?token=abcd"))
    assert r.exchange(once) == once


def test_the_key_decides() -> None:
    """The same key gives the same pseudonyms in every run, another key others, no key new ones each time."""
    text = "mail jane@firm.example.com"
    assert Redactor(key=KEY).text(text) == Redactor(key=KEY).text(text)
    assert len({Redactor(key=key).text(text) for key in (KEY, b"other" * 8, None, None)}) == 4


def test_people_may_stay() -> None:
    """With personal=False only credentials go."""
    made = redactor(personal=False).exchange(exchange(b'{"email": "a@b.example", "pwd": "x1"}'))
    assert made.request.body == b'{"email": "a@b.example", "pwd": "<password>"}'


def test_names_of_the_bundle() -> None:
    """The names of security schemes count as credentials, in headers, queries and bodies."""
    r = Redactor(key=KEY, names=("X-Firm", "key"))
    made = r.exchange(exchange(b'{"key": "abc"}', headers=(("x-firm", "abc"),), target="/x?key=abc"))
    assert "abc" not in written(made)


def test_plain_data() -> None:
    """Details of a finding are redacted as data."""
    made = redactor().value({"password": "hunter2", "n": 1, "list": [True, None, "a@b.example"], "ssn": 123456789})
    assert made["password"] == "<password>"
    assert (made["n"], made["list"][:2]) == (1, [True, None])
    assert made["list"][2].endswith("@example.invalid")
    assert made["ssn"] != 123456789


def test_recordings_compare_as_before() -> None:
    """Of two recordings redacted apart, values are equal exactly where they were."""
    rows = [
        {
            "id": i,
            "email": f"p{i % 7}@firm{i % 3}.example",
            "firstName": f"Name{i % 5}a",
            "phone": f"+1212555{i % 9:04}",
        }
        for i in range(60)
    ]
    one, two = (json.loads(of_json(json.dumps(rows[at:]))) for at in (0, 5))
    for name in ("email", "firstName", "phone"):
        raw = [[a[name] == b[name] for b in rows[5:]] for a in rows]
        assert [[a[name] == b[name] for b in two] for a in one] == raw


def test_key_file(tmp_path: Path) -> None:
    """It is made once, for its owner only; one that is no key is told."""
    folder = tmp_path / ".mockserver"
    key = redaction_key(folder)
    file = folder / "redaction.key"
    assert (len(key), redaction_key(folder)) == (32, key)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(folder.iterdir()) == [file]
    for wrong in ("no key", "abcd"):
        file.write_text(wrong)
        with pytest.raises(UsageError, match=r"redaction\.key holds no"):
            redaction_key(folder)


def test_long_texts_take_linear_time() -> None:
    """A megabyte without a space, of every kind of character, is done in seconds."""
    import time

    began = time.perf_counter()
    for unit in ("a", "a.", "eyJ", "<a", '"', "\\", "%41", "@a", "1 ", "=x", "a:", "&#"):
        redactor("a-secret-value").exchange(exchange(reply=(unit * 100_000)[:100_000].encode()))
    assert time.perf_counter() - began < 12
