"""Parameters in every style of OpenAPI become typed values, or violations; never a crash."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.bundle.operations import Parameter
from mockserver.serving.decode import Decoded, compile_parameters

INTEGER = {"type": "integer"}
STRING = {"type": "string"}
NUMBERS = {"type": "array", "items": INTEGER}
WORDS = {"type": "array", "items": STRING}
COLOUR = {"type": "object", "properties": {"R": INTEGER, "G": INTEGER, "name": STRING}}
FILTER = {
    "type": "object",
    "properties": {
        "price": {"type": "object", "properties": {"gte": {"type": "number"}, "lt": {"type": "number"}}},
        "tags": WORDS,
        "active": {"type": "boolean"},
        "rows": {"type": "array", "items": {"type": "object", "properties": {"id": INTEGER}}},
    },
}
STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


def parameter(
    location: str,
    schema: Any,
    style: str = "",
    explode: bool | None = None,
    *,
    name: str = "c",
    required: bool = False,
    media: str = "",
    pointer: str = "",
) -> Parameter:
    style = style or STYLES[location]
    explode = style == "form" if explode is None else explode
    required = required or location == "path"
    return Parameter(name, location, required, style, explode, schema, pointer, media)  # type: ignore[arg-type]  text


def decoded(declared: Parameter | list[Parameter], sent: str = "", **more: Any) -> Decoded:
    """Decode `sent`: the path value, query string, header value or Cookie header, by the parameter's location."""
    parameters = declared if isinstance(declared, list) else [declared]
    first = parameters[0]
    decode = compile_parameters(parameters, more.get("document"), more.get("accepts"))
    values = {first.name: sent} if first.location == "path" else {}
    query = sent.encode("latin-1") if first.location == "query" else b""
    name = {"header": first.name.encode(), "cookie": b"cookie"}.get(first.location, b"x-none")
    headers = [(name.lower(), line.encode()) for line in sent.split("\n")] if sent else []
    return decode(values, query, headers)


def value(declared: Parameter, sent: str, **more: Any) -> Any:
    """The decoded value, where nothing is wrong."""
    path, query, headers, cookies, violations = decoded(declared, sent, **more)
    assert violations == ()
    return {**path, **query, **headers, **cookies}.get(declared.name, "absent")


def details(declared: Parameter | list[Parameter], sent: str, **more: Any) -> list[str]:
    return [violation.detail for violation in decoded(declared, sent, **more)[4]]


@pytest.mark.parametrize(
    ("style", "explode", "schema", "sent", "expected"),
    [
        ("simple", False, INTEGER, "5", 5),
        ("simple", False, NUMBERS, "3,4,5", [3, 4, 5]),
        ("simple", True, NUMBERS, "3,4,5", [3, 4, 5]),
        ("simple", False, COLOUR, "R,100,G,200", {"R": 100, "G": 200}),
        ("simple", True, COLOUR, "R=100,G=200", {"R": 100, "G": 200}),
        ("label", False, INTEGER, ".5", 5),
        ("label", False, STRING, ".a.b", "a.b"),
        ("label", False, NUMBERS, ".3,4,5", [3, 4, 5]),
        ("label", True, NUMBERS, ".3.4.5", [3, 4, 5]),
        ("label", False, COLOUR, ".R,100,G,200", {"R": 100, "G": 200}),
        ("label", True, COLOUR, ".R=100.G=200", {"R": 100, "G": 200}),
        ("matrix", False, INTEGER, ";c=5", 5),
        ("matrix", False, NUMBERS, ";c=3,4,5", [3, 4, 5]),
        ("matrix", True, NUMBERS, ";c=3;c=4;c=5", [3, 4, 5]),
        ("matrix", False, COLOUR, ";c=R,100,G,200", {"R": 100, "G": 200}),
        ("matrix", True, COLOUR, ";R=100;G=200", {"R": 100, "G": 200}),
    ],
)
def test_path_styles(style: str, explode: bool, schema: Any, sent: str, expected: Any) -> None:
    """Path parameters are read in the styles simple, label and matrix, exploded or not."""
    assert value(parameter("path", schema, style, explode), sent) == expected


@pytest.mark.parametrize(
    ("style", "explode", "schema", "sent", "expected"),
    [
        ("form", True, INTEGER, "c=5", 5),
        ("form", True, NUMBERS, "c=3&c=4&c=5", [3, 4, 5]),
        ("form", True, NUMBERS, "c=3", [3]),
        ("form", True, NUMBERS, "c[]=3&c[]=4", [3, 4]),
        ("form", False, NUMBERS, "c=3,4,5", [3, 4, 5]),
        ("form", False, NUMBERS, "c=", []),
        ("form", True, WORDS, "c=", [""]),
        ("form", True, COLOUR, "R=100&G=200", {"R": 100, "G": 200}),
        ("form", False, COLOUR, "c=R,100,G,200", {"R": 100, "G": 200}),
        ("form", False, COLOUR, "c=R%2C100", {"R": 100}),
        ("spaceDelimited", False, NUMBERS, "c=3%204%205", [3, 4, 5]),
        ("spaceDelimited", False, NUMBERS, "c=3+4+5", [3, 4, 5]),
        ("spaceDelimited", False, COLOUR, "c=R%20100%20G%20200", {"R": 100, "G": 200}),
        ("pipeDelimited", False, NUMBERS, "c=3|4|5", [3, 4, 5]),
        ("pipeDelimited", False, NUMBERS, "c=3%7C4%7c5", [3, 4, 5]),
        ("pipeDelimited", False, COLOUR, "c=R|100|G|200", {"R": 100, "G": 200}),
        ("pipeDelimited", True, NUMBERS, "c=3&c=4", [3, 4]),
        ("deepObject", True, COLOUR, "c[R]=100&c[G]=200", {"R": 100, "G": 200}),
        ("deepObject", True, COLOUR, "c%5BR%5D=100", {"R": 100}),
    ],
)
def test_query_styles(style: str, explode: bool, schema: Any, sent: str, expected: Any) -> None:
    """Query parameters are read in every style, exploded or not; `c=` is an empty array unless exploded."""
    assert value(parameter("query", schema, style, explode), sent) == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("c[price][gte]=1.5&c[price][lt]=2", {"price": {"gte": 1.5, "lt": 2}}),
        ("c[tags]=a&c[tags]=b", {"tags": ["a", "b"]}),
        ("c[tags][]=a", {"tags": ["a"]}),
        ("c[tags][1]=b&c[tags][0]=a", {"tags": ["a", "b"]}),
        ("c[tags]=a", {"tags": ["a"]}),
        ("c[tags]=", {"tags": []}),
        ("c[price]=", {"price": {}}),
        ("c[active]=true&c[unknown]=x", {"active": True, "unknown": "x"}),
        ("c[rows][0][id]=1&c[rows][1][id]=2", {"rows": [{"id": 1}, {"id": 2}]}),
        ("c[rows][999999999][id]=1", {"rows": [{"id": 1}]}),
    ],
)
def test_deep_objects_nest(sent: str, expected: Any) -> None:
    """deepObject holds objects and arrays at any depth, each part typed by its own schema."""
    assert value(parameter("query", FILTER, "deepObject", True), sent) == expected


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ("c[price]=1&c[price][gte]=2", "both a value and properties"),
        ("c[price][gte]=2&c[price]=1", "both a value and properties"),
        ("c[active]=true&c[active]=false", "given 2 times"),
        ("c" + "[a]" * 40 + "=1", "levels deep"),
    ],
)
def test_deep_objects_that_contradict_themselves_are_violations(sent: str, fault: str) -> None:
    """A key that is a value and an object at once, a repeated scalar or absurd depth is named, and nothing crashes."""
    (detail,) = details(parameter("query", FILTER, "deepObject", True), sent)

    assert fault in detail


@pytest.mark.parametrize("sent", ["c=", "c=5", "c[]=x", "c[][]=x"])
def test_a_deep_object_that_is_none_is_left_to_its_schema(sent: str) -> None:
    """What is sent instead of an object stays text or a list, so that the schema refuses it."""
    assert not isinstance(value(parameter("query", COLOUR, "deepObject", True), sent), dict)


@pytest.mark.parametrize(
    ("location", "schema", "explode", "sent", "expected"),
    [
        ("header", INTEGER, False, "5", 5),
        ("header", {"type": "boolean"}, False, "true", True),
        ("header", NUMBERS, False, "1, 2,3", [1, 2, 3]),
        ("header", NUMBERS, False, "1\n2", [1, 2]),
        ("header", COLOUR, False, "R,1,G,2", {"R": 1, "G": 2}),
        ("header", COLOUR, True, "R=1,G=2", {"R": 1, "G": 2}),
        ("header", STRING, False, "a%20b", "a%20b"),
        ("cookie", INTEGER, True, "a=1; c=5", 5),
        ("cookie", STRING, True, "c=a%20b", "a b"),
        ("cookie", STRING, True, "c=100%", "100%"),
        ("cookie", NUMBERS, False, "c=1,2", [1, 2]),
        ("cookie", INTEGER, True, 'garbage; ;=; "; c=7;;', 7),
        ("cookie", INTEGER, True, "b=1", "absent"),
    ],
)
def test_headers_and_cookies_are_typed(location: str, schema: Any, explode: bool, sent: str, expected: Any) -> None:
    """Header and cookie parameters are coerced like all others; a malformed Cookie header is read as far as it goes."""
    assert value(parameter(location, schema, explode=explode), sent) == expected


@pytest.mark.parametrize("name", ["Accept", "content-type", "AUTHORIZATION"])
def test_some_headers_are_no_parameters(name: str) -> None:
    """Accept, Content-Type and Authorization are never header parameters, whatever the bundle declares."""
    assert decoded(parameter("header", INTEGER, name=name, required=True))[4] == ()


def test_header_names_match_in_any_case() -> None:
    """A header parameter is found in any case and handed over under its declared name."""
    decode = compile_parameters([parameter("header", INTEGER, name="X-Request-Count")])

    assert decode({}, b"", [(b"x-REQUEST-count", b"5")])[2] == {"X-Request-Count": 5}


@pytest.mark.parametrize(
    "text", ["1_0", " 1", "1 ", "+1", "٣", "0x1", "1.5", "1e-1", "1.", "01", "", "-", "--1", "1,0", "null"]
)
def test_integers_are_strict(text: str) -> None:
    """Only the JSON way of writing an integer is one; everything else stays text for the schema to refuse."""
    assert value(parameter("path", INTEGER), quote(text)) == text


@pytest.mark.parametrize("text", ["0", "-0", "7", "-1", "9223372036854775808", "1" + "0" * 300])
def test_integers_of_any_size_keep_their_digits(text: str) -> None:
    """Integers beyond 64 bits are exact."""
    assert value(parameter("path", INTEGER), text) == int(text)


def test_an_endless_integer_stays_text() -> None:
    """An integer of more digits than Python converts is refused by its schema, not by a crash."""
    assert value(parameter("path", INTEGER), "9" * 5000) == "9" * 5000


@pytest.mark.parametrize(
    ("schema", "text", "expected"),
    [
        ({"type": "number"}, "1.50", 1.5),
        ({"type": "integer"}, "1000000.0", 1_000_000),
        ({"type": "integer"}, "1e3", 1000),
        ({"type": "integer"}, "1e999", "1e999"),
        ({"type": "number"}, "1e3", 1000.0),
        ({"type": "number"}, "5", 5),
        ({"type": "number"}, "1e999", "1e999"),
        ({"type": "number"}, "NaN", "NaN"),
        ({"type": "number"}, ".5", ".5"),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "True", "True"),
        ({"type": "boolean"}, "1", "1"),
        ({"type": ["integer", "null"]}, "null", None),
        ({"type": ["integer", "null"]}, "4", 4),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "null", None),
        ({"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, "true", True),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, "abc", "abc"),
        ({"allOf": [{"type": "integer"}, {"minimum": 1}]}, "4", 4),
        ({"enum": [1, 2, 3]}, "2", 2),
        ({"const": True}, "true", True),
        ({"minimum": 3}, "4", 4),
        ({}, "4", "4"),
        (True, "4", "4"),
        ({"type": ["string", "null"]}, "null", "null"),
    ],
)
def test_types_come_from_anywhere_in_the_schema(schema: Any, text: str, expected: Any) -> None:
    """Type arrays, combinators, enum, const and untyped schemas all say how a text is read."""
    assert value(parameter("query", schema), f"c={text}") == expected


def test_references_are_followed() -> None:
    """A schema behind `$ref`, itself recursive, types its value."""
    document = {
        "components": {
            "schemas": {
                "Id": INTEGER,
                "Tree": {
                    "type": "object",
                    "properties": {
                        "id": {"$ref": "#/components/schemas/Id"},
                        "below": {"$ref": "#/components/schemas/Tree"},
                    },
                },
                "Ring": {"anyOf": [{"$ref": "#/components/schemas/Ring"}, {"$ref": "#/components/schemas/Id"}]},
            }
        }
    }
    tree = parameter("query", {"$ref": "#/components/schemas/Tree"}, "deepObject", True)
    ring = parameter("query", {"$ref": "#/components/schemas/Ring"})
    nowhere = parameter("query", {"$ref": "#/components/schemas/Missing"})

    assert value(tree, "c[below][below][id]=5", document=document) == {"below": {"below": {"id": 5}}}
    assert value(ring, "c=5", document=document) == 5
    assert value(nowhere, "c=5", document=document) == "5"


def test_where_a_text_has_several_meanings_the_schema_decides() -> None:
    """`5` under anyOf(integer from 10, string) is text; the pointer given is that of the schema."""
    asked: list[str] = []

    def accepts(pointer: str, found: Any) -> bool:
        asked.append(pointer)
        return not isinstance(found, int) or found >= 10

    declared = parameter("query", {"type": ["integer", "string"]}, pointer="/somewhere/schema")

    assert value(declared, "c=5", accepts=accepts) == "5"
    assert value(declared, "c=15", accepts=accepts) == 15
    assert set(asked) == {"/somewhere/schema"}


@pytest.mark.parametrize(("sent", "expected"), [("c=a", "a"), ("c=a&c=b", ["a", "b"]), ("c=", "")])
def test_a_scalar_or_a_list(sent: str, expected: Any) -> None:
    """Under anyOf(string, array of strings) one value is a string and several are a list."""
    assert value(parameter("query", {"anyOf": [STRING, WORDS]}), sent) == expected


@pytest.mark.parametrize(("sent", "expected"), [("c=a%2Cb", ["a", "b"]), ("c=x%2Cy", ["x,y"])])
def test_an_encoded_delimiter_parts_where_only_that_is_valid(sent: str, expected: Any) -> None:
    """Clients that encode the comma are understood when the schema refuses the whole text."""

    def accepts(_pointer: str, found: Any) -> bool:
        return all(item in ("a", "b", "x,y") for item in found)

    assert value(parameter("query", WORDS, "form", False), sent, accepts=accepts) == expected


def test_objects_beside_other_parameters() -> None:
    """A form object takes the names that nobody else declares; nested parts come in brackets, under its name too."""
    both = [parameter("query", FILTER, name="f"), parameter("query", INTEGER, name="limit")]
    decode = compile_parameters(both)

    query, violations = decode({}, b"active=true&limit=5&extra=x&price[gte]=1", [])[1::3]
    assert query == {"f": {"active": True, "extra": "x", "price": {"gte": 1}}, "limit": 5}
    assert violations == ()
    assert decode({}, b"f[active]=true", [])[1] == {"f": {"active": True}}


def test_two_form_objects_take_only_their_own_names() -> None:
    """With two exploded objects, a name that neither declares belongs to none."""
    both = [
        parameter("query", {"type": "object", "properties": {"a": INTEGER}}, name="x"),
        parameter("query", {"type": "object", "properties": {"b": INTEGER}}, name="y"),
    ]

    assert compile_parameters(both)({}, b"a=1&b=2&c=3", [])[1] == {"x": {"a": 1}, "y": {"b": 2}}


@pytest.mark.parametrize(("sent", "expected"), [("c=%7B%22a%22:[1]%7D", {"a": [1]}), ("c=null", None), ("c=5", 5)])
def test_json_parameters(sent: str, expected: Any) -> None:
    """A parameter declared by `content: application/json` is a JSON text."""
    assert value(parameter("query", {}, media="application/json; charset=utf-8"), sent) == expected


@pytest.mark.parametrize("location", ["query", "header", "cookie", "path"])
def test_broken_json_parameters_are_violations(location: str) -> None:
    """A JSON parameter that is no JSON says so."""
    sent = {"query": "c={", "cookie": "c={"}.get(location, "{")

    (detail,) = details(parameter(location, {}, media="application/json"), sent)
    assert "c is not JSON" in detail


def test_other_content_is_text() -> None:
    """A parameter declared by another media type is its text."""
    assert value(parameter("query", {}, media="text/plain"), "c=%7B") == "{"


@pytest.mark.parametrize("location", ["query", "header", "cookie"])
def test_a_missing_required_parameter_is_a_violation(location: str) -> None:
    """A required parameter that was not sent is named, with its part and pointer."""
    (violation,) = decoded(parameter(location, INTEGER, name="a/b", required=True))[4]

    assert (violation.part, violation.pointer) == (location, "/a~1b")
    assert violation.detail == "a/b is required"


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        (parameter("query", INTEGER), "c=1&c=2"),
        (parameter("query", NUMBERS, "form", False), "c=1,2&c=3"),
        (parameter("header", INTEGER), "1\n2"),
        (parameter("path", NUMBERS, "matrix", False), ";c=1;c=2"),
        (parameter("query", {}, media="application/json"), "c=1&c=2"),
    ],
)
def test_a_repeated_scalar_is_a_violation(declared: Parameter, sent: str) -> None:
    """A parameter that holds one value may be given once."""
    assert details(declared, sent) == ["c is given 2 times"]


@pytest.mark.parametrize(
    ("declared", "sent", "fault"),
    [
        (parameter("path", STRING), "%zz", "broken percent escape: '%zz'"),
        (parameter("path", STRING), "a%", "broken percent escape"),
        (parameter("path", STRING), "%ff", "not UTF-8"),
        (parameter("query", STRING), "c=%e4", "not UTF-8"),
        (parameter("query", STRING), "c=\xe4", "not UTF-8"),
        (parameter("query", COLOUR, "deepObject"), "c[R]=%zz", "broken percent escape"),
        (parameter("path", INTEGER, "label"), "5", "must start with a dot"),
        (parameter("path", INTEGER, "matrix"), "c=5", "must start with ;c="),
        (parameter("path", INTEGER, "matrix"), ";d=5", "must start with ;c="),
        (parameter("path", COLOUR), "R,1,G", "not an object written as name,value"),
        (parameter("path", COLOUR, explode=True), "R=1,G", "not an object written as name=value"),
        (parameter("path", COLOUR), "R,1,R,2", "not an object"),
        (parameter("query", COLOUR, "form", False), "c=,5", "not an object"),
    ],
)
def test_malformed_texts_are_violations(declared: Parameter, sent: str, fault: str) -> None:
    """Broken escapes, bytes that are no UTF-8 and parts that do not pair up are named."""
    (detail,) = details(declared, sent)

    assert detail.startswith("c ")
    assert fault in detail


def test_an_undeclared_parameter_is_nobodys_business() -> None:
    """What the operation does not declare is passed over, however broken."""
    assert decoded(parameter("query", INTEGER), "%zz=%ff&other=1&c=1&&=&c[=2")[1::3] == ({"c": 1}, ())


def test_kebab_names_and_reserved_characters() -> None:
    """Names with dashes, dots and brackets are kept as they are; reserved characters may come unencoded."""
    declared = [parameter("query", STRING, name="sort-by.x"), parameter("query", INTEGER, name="page[size]")]

    assert compile_parameters(declared)({}, b"sort-by.x=a/b?c:d@e&page[size]=5", [])[1] == {
        "sort-by.x": "a/b?c:d@e",
        "page[size]": 5,
    }


def test_an_empty_value_may_count_as_not_sent() -> None:
    """With allowEmptyValue, `?c=` and `?c` of a number count as if they had not been sent."""
    document = {"p": [{"allowEmptyValue": True, "schema": INTEGER}, {"schema": INTEGER}]}

    for sent in ("c=", "c"):
        assert value(parameter("query", INTEGER, pointer="/p/0/schema"), sent, document=document) == "absent"
        assert value(parameter("query", INTEGER, pointer="/p/1/schema"), sent, document=document) == ""


def test_latin_1_headers_are_read() -> None:
    """Header bytes that are no UTF-8 are taken as Latin-1, so nothing is lost."""
    decode = compile_parameters([parameter("header", STRING)])

    assert decode({}, b"", [(b"c", b"\xe4")])[2] == {"c": "ä"}
    assert decode({}, b"", [(b"c", "ä".encode())])[2] == {"c": "ä"}


# -- what is encoded by a style is decoded to the same ---------------------------------------------------------------

texts = st.text(st.characters(codec="utf-8"), max_size=8)
solid = texts.filter(bool)
names = st.text("abcdefgh-_", min_size=1, max_size=4)
ARRAY_STYLES = [
    ("path", "simple", False),
    ("path", "label", False),
    ("path", "matrix", False),
    ("path", "matrix", True),
    ("query", "form", True),
    ("query", "form", False),
    ("query", "pipeDelimited", False),
]


def written(items: list[str], location: str, style: str, explode: bool) -> str:
    """A list as its style writes it, each item percent-encoded."""
    encoded = [quote(item, safe="") for item in items]
    if style == "matrix":
        return ";c=" + (";c=" if explode else ",").join(encoded)
    if location == "query":
        if explode:
            return "&".join(f"c={item}" for item in encoded)
        return "c=" + ("|" if style == "pipeDelimited" else ",").join(encoded)
    return ("." if style == "label" else "") + ",".join(encoded)


@pytest.mark.parametrize(("location", "style", "explode"), ARRAY_STYLES)
@given(items=st.lists(solid, min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_any_list_comes_back(location: str, style: str, explode: bool, items: list[str]) -> None:
    """Any texts, written as a list in any style, are read back as they were."""
    sent = written(items, location, style, explode)

    assert value(parameter(location, WORDS, style, explode), sent) == items


@given(items=st.lists(st.integers(), min_size=1, max_size=5), style=st.sampled_from(ARRAY_STYLES))
@settings(max_examples=60, deadline=None)
def test_any_integers_come_back(items: list[int], style: tuple[str, str, bool]) -> None:
    """Integers of any size, in any style, are read back exactly."""
    sent = written([str(item) for item in items], *style)

    assert value(parameter(style[0], NUMBERS, *style[1:]), sent) == items


@given(st.dictionaries(names, texts, min_size=1, max_size=4))
@example({"a": ","})
@example({"a": ",b=c"})
@settings(max_examples=60, deadline=None)
def test_any_flat_object_comes_back(found: dict[str, str]) -> None:
    """Any object of texts is read back from the styles form, deepObject and simple."""
    schema = {"type": "object", "additionalProperties": STRING}
    encoded = {key: quote(text, safe="") for key, text in found.items()}
    deep = "&".join(f"c[{key}]={text}" for key, text in encoded.items())
    commas = ",".join(f"{key},{text}" for key, text in encoded.items())
    equals = ",".join(f"{key}={text}" for key, text in encoded.items())

    assert value(parameter("query", schema, "deepObject", True), deep) == found
    assert value(parameter("query", schema, "form", False), "c=" + commas) == found
    assert value(parameter("path", schema, "simple", True), equals) == found


trees = st.recursive(
    solid.filter(lambda text: text[0] not in "{["),
    lambda below: st.dictionaries(st.text("abc", min_size=1, max_size=3), below, min_size=1, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), trees, min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_any_nested_object_comes_back(found: dict[str, Any]) -> None:
    """Objects in objects survive deepObject's brackets."""
    schema: dict[str, Any] = {"type": ["object", "string"]}
    schema["additionalProperties"] = {"$ref": "#/s"}

    def flat(node: Any, prefix: str) -> list[str]:
        if isinstance(node, dict):
            return [piece for key, below in node.items() for piece in flat(below, f"{prefix}[{key}]")]
        return [f"{prefix}={quote(node, safe='')}"]

    sent = "&".join(flat(found, "c"))
    assert value(parameter("query", schema, "deepObject", True), sent, document={"s": schema}) == found


@given(
    st.sampled_from([INTEGER, STRING, NUMBERS, COLOUR, FILTER, {"anyOf": [INTEGER, NUMBERS, COLOUR]}, {}]),
    st.sampled_from(["form", "spaceDelimited", "pipeDelimited", "deepObject"]),
    st.booleans(),
    st.one_of(st.text('c[]=&,|%+{}":;.0aR', max_size=30), st.binary(max_size=20).map(lambda b: b.decode("latin-1"))),
)
@settings(max_examples=300, deadline=None)
def test_no_query_string_breaks_the_decoder(schema: Any, style: str, explode: bool, sent: str) -> None:
    """Whatever stands in a query string, the answer is values that are JSON, or violations."""
    _, query, _, _, violations = decoded(parameter("query", schema, style, explode), sent)

    assert len(violations) <= 1
    json.dumps(query)


@given(
    st.sampled_from([INTEGER, NUMBERS, COLOUR, {"anyOf": [INTEGER, NUMBERS, COLOUR]}]),
    st.sampled_from(["simple", "label", "matrix"]),
    st.booleans(),
    st.text(";.,=%c5R", max_size=20),
)
@settings(max_examples=300, deadline=None)
def test_no_path_value_breaks_the_decoder(schema: Any, style: str, explode: bool, sent: str) -> None:
    """Whatever stands in a path segment, the answer is a value that is JSON, or violations."""
    path, _, _, _, violations = decoded(parameter("path", schema, style, explode), sent)

    assert bool(path) != bool(violations)
    json.dumps(path)
