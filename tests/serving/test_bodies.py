"""Bodies are decoded by their content type; whatever is wrong with one is a Refusal that says how to do it right."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.bundle.operations import Media, Request
from mockserver.problems import Refusal
from mockserver.serving.bodies import ABSENT, MAX_BODY, decode_body, pointer_for, read
from mockserver.serving.forms import Upload

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTI = "multipart/form-data"
FIELDS = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "on": {"type": "boolean"},
        "ids": {"type": "array", "items": {"type": "integer"}},
        "text": {"type": "string"},
        "address": {"type": "object", "properties": {"zip": {"type": "integer"}}},
        "file": {"type": "string", "format": "binary"},
        "maybe": {"type": ["integer", "null"]},
    },
}


def taking(*types: str, required: bool = True, schema: Any = FIELDS) -> Request:
    return Request(required, tuple(Media(kind, schema, f"/{index}/schema") for index, kind in enumerate(types)))


ANY = taking(JSON, FORM, MULTI, "text/plain", "application/octet-stream", "application/problem+json")


def refusal(raw: bytes, sent_as: str | None, request: Request = ANY, **more: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        decode_body(raw, sent_as, request, **more)
    return caught.value


@pytest.mark.parametrize(
    ("sent_as", "raw", "expected"),
    [
        (JSON, b'{"a": 1}', {"a": 1}),
        (JSON, b"null", None),
        (JSON, b"\xef\xbb\xbf[]", []),
        ("APPLICATION/JSON ; Charset=UTF-8", b"[]", []),
        ('application/json; charset="utf-8"', b"[]", []),
        ("application/json; charset=us-ascii; x=y", b"[]", []),
        ("application/problem+json", b"[]", []),
        (FORM, b"n=5&on=true&ids=1&ids=2&text=a+b%21", {"n": 5, "on": True, "ids": [1, 2], "text": "a b!"}),
        (FORM, b"ids%5B%5D=1&address%5Bzip%5D=5", {"ids": [1], "address": {"zip": 5}}),
        (FORM, b"address=%7B%22zip%22%3A5%7D&maybe=null", {"address": {"zip": 5}, "maybe": None}),
        (FORM, b"ids=1&other=x&other=y&n=abc", {"ids": [1], "other": ["x", "y"], "n": "abc"}),
        (FORM, b"", {}),
        ("text/plain", "ä".encode(), "ä"),
        ("text/plain; charset=iso-8859-1", b"\xe4", "ä"),
        ("text/plain", b"", ""),
        ("application/octet-stream", b"\xff\x00", b"\xff\x00"),
        ("application/octet-stream", b"", b""),
    ],
)
def test_each_content_type_is_decoded(sent_as: str, raw: bytes, expected: Any) -> None:
    """JSON, forms, text and bytes are decoded by the Content-Type, whose case and parameters do not matter."""
    assert decode_body(raw, sent_as, ANY) == expected


def part(name: str, data: bytes, *more: str) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"' + "".join(more[:1])
    headers = "\r\n".join([disposition, *more[1:]])
    return b"--B\r\n" + headers.encode() + b"\r\n\r\n" + data + b"\r\n"


def test_multipart_fields_are_typed_and_files_kept() -> None:
    """A multipart form gives typed fields, JSON parts as values, repeated parts as lists and files with their names."""
    raw = b"".join(
        [
            part("n", b"5"),
            part("ids", b"1"),
            part("ids", b"2"),
            part("text", "ä".encode()),
            part("address", b'{"zip": 5}', "", "Content-Type: application/json"),
            part("file", b"\x00\xff", '; filename="ä.bin"', "Content-Type: image/png"),
            part("other", b"\xff"),
            part("free", b"1"),
            part("free", b"2"),
            b"--B--\r\n",
        ]
    )

    assert decode_body(raw, f"{MULTI}; boundary=B", ANY) == {
        "n": 5,
        "ids": [1, 2],
        "text": "ä",
        "address": {"zip": 5},
        "file": Upload(b"\x00\xff", "ä.bin", "image/png"),
        "other": Upload(b"\xff", "", "application/octet-stream"),
        "free": ["1", "2"],
    }


@pytest.mark.parametrize(
    ("raw", "boundary", "fault"),
    [
        (b"", "; boundary=B", "missing"),
        (b"nonsense", "; boundary=B", "not multipart"),
        (b"--B\r\nfoo", "; boundary=B", "ends before its last boundary"),
        (b"--B--\r\n", "", "no boundary"),
        (b"--B--\r\n", "; boundary=" + "B" * 500, "Boundary length"),
        (b"--B\r\nX: y\r\n\r\n1\r\n--B--\r\n", "; boundary=B", "no name"),
        (part("n", b"5") * 2 + b"--B--\r\n", "; boundary=B", "n is given 2 times"),
        (part("n", b"\xff", "", "Content-Type: text/plain") + b"--B--\r\n", "; boundary=B", "n is not UTF-8"),
        (part("n", b"{", "", "Content-Type: application/json") + b"--B--\r\n", "; boundary=B", "n is not JSON"),
        (part("n", b"5") * 1001 + b"--B--\r\n", "; boundary=B", "more than 1000 parts"),
    ],
)
def test_broken_multipart_is_a_400(raw: bytes, boundary: str, fault: str) -> None:
    """A multipart body that cannot be taken apart is refused with the reason."""
    refused = refusal(raw, MULTI + boundary)

    assert refused.status == 400
    assert fault in str(refused)


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [(b"n=1&n=2", "/n"), (b"n=%zz", "/n"), (b"n=%ff", "/n"), (b"a=1&a[b]=2", "/a"), (b"a/b=%ff", "/a~1b")],
)
def test_broken_form_fields_are_named(raw: bytes, pointer: str) -> None:
    """A form field that cannot be read is a violation with the field's pointer."""
    refused = refusal(raw, FORM)

    assert (refused.status, [each.pointer for each in refused.violations]) == (400, [pointer])


def test_form_encodings_of_the_bundle_count() -> None:
    """An array that the bundle declares as one delimited value is taken apart there."""
    media = {
        "schema": FIELDS,
        "encoding": {"ids": {"style": "form", "explode": False}, "n": {"contentType": "text/plain"}},
    }
    request = Request(True, (Media(FORM, FIELDS, "/media/schema"),))

    assert decode_body(b"ids=1,2&n=3", FORM, request, {"media": media}) == {"ids": [1, 2], "n": 3}
    assert decode_body(b"ids=", FORM, request, {"media": media}) == {"ids": []}


@pytest.mark.parametrize(
    "sent_as", [None, "", "text/html", "application/xml", "garbage", "application/json/x", ";;;", "/"]
)
def test_a_wrong_or_missing_content_type_is_a_415(sent_as: str | None) -> None:
    """A body whose type is not declared is refused with 415, and Accept lists what is taken."""
    refused = refusal(b"{}", sent_as, taking(JSON, "text/csv"))

    assert refused.status == 415
    assert refused.headers == {"Accept": "application/json, text/csv"}
    assert "send application/json or text/csv" in str(refused)


@pytest.mark.parametrize(
    ("sent_as", "raw"),
    [
        ("application/json; charset=utf-16", "{}".encode("utf-16")),
        ("application/json; charset=nonsense", b"{}"),
        ("application/x-www-form-urlencoded; charset=utf-7", b"a=b"),
        ("text/plain; charset=klingon", b"x"),
    ],
)
def test_a_bad_charset_is_a_415(sent_as: str, raw: bytes) -> None:
    """JSON and forms are UTF-8, and a charset that nobody knows is refused by name."""
    refused = refusal(raw, sent_as)

    assert refused.status == 415
    assert sent_as.partition("charset=")[2] in str(refused)


def test_a_compressed_body_is_a_415() -> None:
    """Content-Encoding is refused with what is taken instead; identity is no encoding."""
    assert refusal(b"\x1f\x8b", JSON, encoding="gzip").headers == {"Accept-Encoding": "identity"}
    assert decode_body(b"1", JSON, ANY, encoding="identity") == 1


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b'{"a": 1,\n "b": }', "line 2, column 7"),
        (b"\xff", "not valid UTF-8"),
        (b"NaN", "NaN is not JSON"),
        (b'{"a": 1, "a": 2}', 'the key "a" occurs twice'),
        (b"[" * 10_000, "10000 levels deep"),
    ],
)
def test_unreadable_json_is_a_400(raw: bytes, fault: str) -> None:
    """Broken JSON is refused with its place and reason; depth never becomes a RecursionError."""
    refused = refusal(raw, JSON)

    assert (refused.status, refused.code) == (400, "MS102")
    assert fault in str(refused)


def test_text_in_another_charset_than_it_says_is_a_400() -> None:
    """Bytes that the declared charset does not have are refused."""
    assert refusal(b"\xff", "text/plain").status == 400


@pytest.mark.parametrize("sent_as", [None, JSON, MULTI, "nonsense"])
def test_absent_is_not_null(sent_as: str | None) -> None:
    """Without bytes an optional body is ABSENT, not null, and a required one is refused with what to send."""
    assert decode_body(b"", sent_as, taking(JSON, MULTI, required=False)) is ABSENT
    refused = refusal(b"", sent_as, taking(JSON, MULTI))
    assert refused.status == 400
    assert "missing; send application/json or multipart/form-data" in str(refused)


def test_an_absent_text_is_missing() -> None:
    """A required text body without bytes and without Content-Type is missing, whatever its media type."""
    assert refusal(b"", None, taking("text/plain")).status == 400


def test_an_operation_without_body_ignores_one() -> None:
    """A body that no media type is declared for is passed over."""
    assert decode_body(b"{", JSON, Request(False, ())) is ABSENT


@pytest.mark.parametrize(
    ("sent_as", "pointer"),
    [
        ("application/json", "/0/schema"),
        ("application/json; charset=utf-8", "/0/schema"),
        ("text/plain", "/2/schema"),
        ("text/csv", ""),
        ("application/xml", ""),
        ("image/png", "/3/schema"),
        (None, ""),
        ("garbage", ""),
    ],
)
def test_the_most_specific_declared_type_counts(sent_as: str | None, pointer: str) -> None:
    """A body is judged by its media type, then by the range, then by `*/*`; XML and CSV no schema can judge."""
    request = taking("application/json; charset=utf-8", "text/csv", "text/*", "*/*")

    assert pointer_for(request, sent_as) == pointer


def received(chunks: Sequence[bytes], headers: Sequence[tuple[bytes, bytes]] = (), limit: int = MAX_BODY) -> bytes:
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": chunk, "more_body": index < len(chunks) - 1}
        for index, chunk in enumerate(chunks)
    ]

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    return asyncio.run(read(receive, headers, limit))


def test_a_body_is_read_in_chunks() -> None:
    """The chunks of a request are put together."""
    assert received([b"ab", b"", b"c"]) == b"abc"
    assert received([b""]) == b""


@pytest.mark.parametrize(
    ("chunks", "headers"),
    [
        ([b"abc", b"abc"], []),
        ([b""], [(b"content-length", b"6")]),
        ([b""], [(b"content-length", b"9" * 400)]),
    ],
)
def test_a_body_over_the_limit_is_a_413(chunks: list[bytes], headers: list[tuple[bytes, bytes]]) -> None:
    """A body is refused as soon as it is, or says it is, longer than the limit."""
    with pytest.raises(Refusal) as caught:
        received(chunks, headers, limit=5)

    assert caught.value.status == 413
    assert "longer than 5 bytes" in str(caught.value)


def test_a_body_at_the_limit_is_read() -> None:
    """The limit itself is allowed, and a Content-Length that is no number is not believed."""
    assert received([b"abcde"], [(b"content-length", b"-1")], limit=5) == b"abcde"


def test_a_client_that_goes_away_is_refused() -> None:
    """A connection that ends before its body does is no crash."""
    with pytest.raises(Refusal):
        received([])


@given(
    st.one_of(
        st.binary(max_size=80),
        st.text('--B\r\n:;="form-data name Content-Disposition', max_size=80).map(str.encode),
        st.lists(
            st.sampled_from([b"--B", b"\r\n", b"--", b'Content-Disposition: form-data; name="n"', b"x", b"\xff"])
        ).map(b"".join),
    ),
    st.one_of(
        st.sampled_from([JSON, FORM, f"{MULTI}; boundary=B", "text/plain", "application/octet-stream", MULTI]),
        st.text(st.characters(codec="latin-1"), max_size=30),
        st.none(),
    ),
)
@settings(max_examples=500, deadline=None)
def test_any_bytes_under_any_type_are_read_or_refused(raw: bytes, sent_as: str | None) -> None:
    """Whatever is sent under whatever Content-Type, the answer is a value or a Refusal of 400 or 415."""
    status = 200
    try:
        decode_body(raw, sent_as, ANY)
    except Refusal as refused:
        status = refused.status

    assert status in (200, 400, 415)
