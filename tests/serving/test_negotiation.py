"""Accept, Allow, Range and their kin follow RFC 9110."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.problems import Refusal
from mockserver.serving.fields import MediaType, media_type, parameters, split, unquoted
from mockserver.serving.negotiation import allow, negotiate, plain_cookies, plain_query, preferred, slice_bytes

JSON = "application/json"
OFFERED = (JSON, "text/html", "application/problem+json")
DATA = b"0123456789"


@pytest.mark.parametrize(
    ("accept", "best"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("*", JSON),
        ("text/html", "text/html"),
        ("TEXT/HTML", "text/html"),
        ("text/*", "text/html"),
        ("text/html;q=0.5, application/json;q=0.9", JSON),
        ("application/json;q=0.5, text/html;q=0.9", "text/html"),
        ("application/json;q=0, */*", "text/html"),
        ("application/*;q=0.1, text/html;q=0.05", JSON),
        ("application/json;charset=utf-8", JSON),
        ('application/json;x="a,b;c", text/html;q=0.1', JSON),
        ("image/png, */*;q=0.1", JSON),
        ("application/problem+json", "application/problem+json"),
        (" , text/html ,", "text/html"),
        ("text/html;q=1.000", "text/html"),
        ("text/html;level=1;Q=0.3", "text/html"),
    ],
)
def test_the_best_media_type_is_chosen(accept: str | None, best: str) -> None:
    """Weights decide, the more specific range wins, and the bundle's order breaks ties."""
    assert negotiate(accept, OFFERED) == best


@pytest.mark.parametrize(
    "accept", ["image/png", "application/json;q=0", "text/html;q=0.0, image/*", "json", ",,", "text/html;q=x"]
)
def test_nothing_acceptable_is_a_406_that_lists_what_there_is(accept: str) -> None:
    """A client that accepts nothing declared is told what there is."""
    with pytest.raises(Refusal) as caught:
        negotiate(accept, OFFERED)

    assert caught.value.status == 406
    assert "there is application/json, text/html, application/problem+json" in str(caught.value)


def test_declared_parameters_do_not_hinder() -> None:
    """A media type declared with parameters is matched by its type, and by its whole text."""
    offered = ("application/json; charset=utf-8",)

    assert negotiate("application/json", offered) == offered[0]
    assert preferred("application/json;q=0.2", offered) == offered[0]
    assert negotiate("text/html", ()) == ""


def test_allow_lists_everything() -> None:
    """HEAD comes with GET and OPTIONS always, in a fixed order."""
    assert allow(["POST", "get"]) == "GET, HEAD, POST, OPTIONS"
    assert allow(["DELETE", "TRACE", "QUERY"]) == "DELETE, OPTIONS, TRACE, QUERY"


@pytest.mark.parametrize(
    ("header", "content_range", "part"),
    [
        ("bytes=0-3", "bytes 0-3/10", b"0123"),
        ("bytes=4-", "bytes 4-9/10", b"456789"),
        ("bytes=-3", "bytes 7-9/10", b"789"),
        ("bytes=-99", "bytes 0-9/10", DATA),
        ("bytes=8-99", "bytes 8-9/10", b"89"),
        ("BYTES = 0-0", "bytes 0-0/10", b"0"),
        ("bytes=50-60, 1-2", "bytes 1-2/10", b"12"),
    ],
)
def test_one_range_is_a_206(header: str, content_range: str, part: bytes) -> None:
    """A part of a file comes with 206 and says which part it is."""
    status, headers, body = slice_bytes(DATA, header)

    assert (status, headers["Content-Range"], body) == (206, content_range, part)
    assert headers["Accept-Ranges"] == "bytes"


def test_several_ranges_are_a_multipart() -> None:
    """Several parts come as multipart/byteranges, each with its own place and type."""
    status, headers, body = slice_bytes(DATA, "bytes=0-1, -2", "image/png")
    boundary = headers["Content-Type"].partition("boundary=")[2].encode()
    parts = body.split(b"--" + boundary)

    assert status == 206
    assert parts[1] == b"\r\nContent-Type: image/png\r\nContent-Range: bytes 0-1/10\r\n\r\n01\r\n"
    assert parts[2].endswith(b"Content-Range: bytes 8-9/10\r\n\r\n89\r\n")
    assert parts[3] == b"--\r\n"


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-100", "bytes=-0", "bytes=10-10, 20-"])
def test_a_range_outside_is_a_416(header: str) -> None:
    """A range beyond the end is refused with the file's length."""
    status, headers, body = slice_bytes(DATA, header)

    assert (status, headers["Content-Range"], body) == (416, "bytes */10", b"")


@pytest.mark.parametrize(
    "header",
    ["", "bytes", "bytes=", "items=0-1", "bytes=a-b", "bytes=5-2", "bytes=-", "bytes=0-1-2", "bytes=" + "0-0," * 30],
)
def test_what_is_no_range_gives_everything(header: str) -> None:
    """A header that is none, or asks for very many parts, is ignored as RFC 9110 wants."""
    assert slice_bytes(DATA, header)[::2] == (200, DATA)


def test_an_empty_file_has_no_ranges() -> None:
    """No part of an empty file can be had, not even its last byte."""
    assert slice_bytes(b"", "bytes=0-")[0] == 416
    assert slice_bytes(b"", "bytes=-1")[0] == 416


@given(st.binary(max_size=30), st.integers(0, 40), st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_a_range_is_the_slice_it_names(data: bytes, first: int, last: int) -> None:
    """Whatever is asked for, the part is the slice of the file, and its length fits its place."""
    status, headers, body = slice_bytes(data, f"bytes={first}-{last}")

    if status == 206:
        assert body == data[first : last + 1]
        assert headers["Content-Range"] == f"bytes {first}-{first + len(body) - 1}/{len(data)}"
    else:
        assert last < first or first >= len(data)


@given(st.text(st.characters(codec="latin-1"), max_size=40))
@settings(max_examples=300, deadline=None)
def test_no_header_breaks_anything(text: str) -> None:
    """Any text as Accept, Range, Content-Type or Cookie is understood or passed over."""
    assert preferred(text, OFFERED) in (None, *OFFERED)
    assert slice_bytes(DATA, text)[0] in (200, 206, 416)
    assert media_type(text).type == media_type(text).type.strip().lower()
    assert all(isinstance(value, str) for value in plain_cookies(text).values())
    assert all(isinstance(value, str) for value in plain_query(text.encode("latin-1")).values())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("application/json", MediaType("application/json", {})),
        ('Text/HTML ; Charset="utf-8";x=y', MediaType("text/html", {"charset": "utf-8", "x": "y"})),
        ("multipart/form-data; boundary=a=b", MediaType("multipart/form-data", {"boundary": "a=b"})),
        ("text", MediaType("", {})),
        ("a/b/c", MediaType("", {})),
        ("", MediaType("", {})),
        (";charset=x", MediaType("", {})),
    ],
)
def test_media_types_are_taken_apart(text: str, expected: MediaType) -> None:
    """A media type is lower-cased and its parameters unquoted; what is none has an empty type."""
    assert media_type(text).type == expected.type
    assert not expected.type or media_type(text) == expected


@pytest.mark.parametrize(
    ("kind", "expected"), [(JSON, True), ("application/x+json", True), ("application/jsonl", False)]
)
def test_json_is_told_from_what_only_looks_like_it(kind: str, expected: bool) -> None:
    """JSON is `/json` and `+json`, nothing else."""
    assert media_type(kind).is_json is expected


def test_quotes_protect_separators() -> None:
    """Commas and semicolons inside of quotes part nothing; escapes are resolved; an open quote ends with the text."""
    assert split('a;b="c;,d", e, "f\\",g', ",") == ['a;b="c;,d"', "e", '"f\\",g']
    assert unquoted('"a\\"b"') == 'a"b'
    assert parameters(['A="x;y"', "a=2", "b"]) == {"a": "x;y", "b": ""}


def test_plain_credentials() -> None:
    """Queries and cookies are read as texts for credentials, the first of equal names winning."""
    assert plain_query(b"key=a%20b&key=c&broken=%zz&flag") == {"key": "a b", "broken": "%zz", "flag": ""}
    assert plain_cookies('sid=a%20b; sid=c; x="y z"; junk; =v') == {"sid": "a b", "x": "y z"}
