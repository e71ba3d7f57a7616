"""Answers hang together with their requests and with each other."""

from __future__ import annotations

from tests.compare.made import differences, made


def test_the_row_that_was_asked_for() -> None:
    """Another row than the one in the path is found, whatever data there is."""
    a, b = made(body={"id": 789, "name": "Acme"}), made(body={"id": 790, "name": "Bolt"})

    assert differences(a, b) == ["referential at body /id: the row asked for: that row -> another row"]


def test_location_names_the_row() -> None:
    """The Location of a new row leads to that row."""
    sent = {"name": "Ours", "url": "https://x.example", "entityType": "client", "operations": ["CREATE"]}
    sides = [
        made(
            "createEventSubscription", {"data": {"id": key, **sent}}, status=201, sent=sent, headers=(("Location", to),)
        )
        for key, to in ((7, "/api/v1/event-subscriptions/7"), (8, "/api/v1/event-subscriptions/9"))
    ]

    assert "referential at header:Location: the row that Location names: the one shown -> another one" in differences(
        *sides
    )


def test_what_is_written_is_shown_and_kept() -> None:
    """A value that comes back changed, at once or in a later read, differs from one that does not."""
    sent = {"name": "Ours", "url": "https://x.example", "entityType": "client", "operations": ["CREATE"]}
    sides = []
    for shown, kept in (("Ours", "Ours"), ("OURS!", "Other")):
        new = made("createEventSubscription", {"data": {"id": 789, **sent, "name": shown}}, status=201, sent=sent)
        read = made("getEventSubscriptionById", {"data": {"id": 789, **sent, "name": kept}}, number=2)
        sides.append([new, read])

    found = differences(*sides)
    assert "value at body /name: what was written: shown as sent -> changed" in found
    assert "value at body /name: what was written before: read back -> changed" in found


def test_names_agree_with_the_rows_they_name() -> None:
    """`clientName` is the name of the client that `clientId` points at, on either side's own data."""
    sides = []
    for name, said in (("Acme", "Acme"), ("Bolt", "Nuts")):
        client = made(body={"id": 789, "name": name})
        project = made("getProjectById", {"id": 789, "clientId": 789, "clientName": said}, number=2)
        sides.append([client, project])

    assert "referential at body /clientName: the name of the row pointed at: agrees -> disagrees" in differences(*sides)
