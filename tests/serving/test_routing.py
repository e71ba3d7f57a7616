"""Routes find the operation that OpenAPI means."""

from __future__ import annotations

import pytest

from mockserver.serving.routing import Routes


def routes(*paths: str, **options: object) -> Routes[str]:
    made: Routes[str] = Routes(**options)  # type: ignore[arg-type]  options of the test
    for path in paths:
        made.add("GET", path, f"plan of {path}")
    return made


def found(made: Routes[str], path: str) -> tuple[str, dict[str, str]] | None:
    match = made.find(path)
    return (match.path, match.values("GET")) if match else None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/clients/search", ("/clients/search", {})),
        ("/clients/7", ("/clients/{id}", {"id": "7"})),
        ("/clients/7/notes/8", ("/clients/{id}/notes/{note}", {"id": "7", "note": "8"})),
        ("/clients", None),
        ("/clients/", None),
        ("/clients/7/", None),
        ("/clients/a%2Fb", ("/clients/{id}", {"id": "a%2Fb"})),
    ],
)
def test_concrete_segments_win_wherever_they_stand(path: str, expected: tuple[str, dict[str, str]] | None) -> None:
    """`/clients/search` is never taken for an id, although the template comes first in the bundle."""
    made = routes("/clients/{id}", "/clients/{id}/notes/{note}", "/clients/search")

    assert expected == found(made, path)


def test_a_dead_end_is_left_again() -> None:
    """A concrete segment that leads nowhere does not hide the template that does."""
    made = routes("/files/recent/first", "/files/{id}/content")

    assert found(made, "/files/recent/content") == ("/files/{id}/content", {"id": "recent"})


def test_templates_may_share_a_segment() -> None:
    """`{id}.json`, `{a}..{b}` and `name:verb` are parts of one segment."""
    made = routes("/x/{id}", "/x/{id}.json", "/compare/{base}...{head}", "/x:batch")

    assert found(made, "/x/7.json") == ("/x/{id}.json", {"id": "7"})
    assert found(made, "/x/7") == ("/x/{id}", {"id": "7"})
    assert found(made, "/compare/v1...v2") == ("/compare/{base}...{head}", {"base": "v1", "head": "v2"})
    assert found(made, "/x:batch") == ("/x:batch", {})


def test_each_method_has_the_names_of_its_own_template() -> None:
    """`/x/{id}` and `/x/{key}` are one path that answers the methods of both."""
    made: Routes[str] = Routes()
    made.add("GET", "/x/{id}/{part}", "one")
    made.add("GET", "/x/{other}/{part}", "never")
    made.add("DELETE", "/x/{part}/{id}", "two")

    match = made.find("/x/a/b")

    assert match is not None
    assert match.methods == {"GET": "one", "DELETE": "two"}
    assert match.values("GET") == {"id": "a", "part": "b"}
    assert match.values("DELETE") == {"part": "a", "id": "b"}


def test_a_newline_is_no_reason_to_fail() -> None:
    """Any character can stand in a segment."""
    assert found(routes("/x/{id}"), "/x/a\nb") == ("/x/{id}", {"id": "a\nb"})


def test_the_base_path_of_a_server_may_be_sent_or_left_out() -> None:
    """A bundle served at `/2.0` answers with and without it."""
    made = routes("/files/{id}", bases=["/2.0"])

    assert found(made, "/2.0/files/3") == found(made, "/files/3") == ("/files/{id}", {"id": "3"})


def test_aliases_answer_where_nothing_else_does() -> None:
    """`/v1/clients` reaches `/gql/v1/clients`, but never hides a real `/v1` path."""
    made = routes("/gql/v1/clients", "/api/v1/records", "/v1/token", aliases=True)

    assert found(made, "/v1/clients") == ("/gql/v1/clients", {})
    assert found(made, "/v1/records") == ("/api/v1/records", {})
    assert found(made, "/v1/token") == ("/v1/token", {})
    assert found(routes("/gql/v1/clients"), "/v1/clients") is None


def test_near_misses_are_named() -> None:
    """A misspelt path has neighbours to offer."""
    assert routes("/clients", "/contacts").nearest("/cleints")[0] == "/clients"
