"""MockServer: a mock in a thread, for tests and scripts."""

from __future__ import annotations

import concurrent.futures
import threading

import httpx
import pytest

from mockserver import MockServer
from mockserver.problems import UsageError


def auth(mock: MockServer) -> dict[str, str]:
    return {"Authorization": f"Bearer {mock.token}"}


def test_it_serves_inside_the_block_and_not_after() -> None:
    """The URL answers within the block; afterwards nobody listens and no thread is left."""
    before = threading.active_count()
    with MockServer(scenario="small") as mock:
        assert httpx.get(f"{mock.url}/gql/v1/client/789", headers=auth(mock)).json()["id"] == 789
        url = mock.url

    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    assert threading.active_count() <= before + 1  # a worker of the standard library may outlive its loop


def test_several_run_side_by_side() -> None:
    """Two mocks have ports and rows of their own."""
    with MockServer(scenario="small") as one, MockServer(scenario="empty") as two:
        assert one.url != two.url
        assert httpx.get(f"{one.url}/gql/v1/client/789", headers=auth(one)).status_code == 200
        assert httpx.get(f"{two.url}/gql/v1/client/789", headers=auth(two)).status_code == 404


def test_settings_are_checked() -> None:
    """A misspelt keyword is refused with the right one."""
    with pytest.raises(UsageError, match="scenario"):
        MockServer(scenaro="small")


def test_parallel_requests_are_each_answered_whole() -> None:
    """Many writers at once lose nothing and mix nothing up."""
    with MockServer(scenario="empty") as mock:
        headers = auth(mock)

        def write(number: int) -> int:
            record = {"type": "client", "systemRef": {"id": f"c{number}"}, "attributes": {"name": f"Client {number}"}}
            reply = httpx.post(f"{mock.url}/api/v1/records", json={"records": [record]}, headers=headers)
            return int(reply.json()["data"]["records"][0]["id"])

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            keys = list(pool.map(write, range(40)))
        found = httpx.post(f"{mock.url}/gql/v1/clients", json={"pageSize": 1000}, headers=headers).json()

        assert len(set(keys)) == 40
        assert {row["name"] for row in found["clients"]} == {f"Client {n}" for n in range(40)}
        assert len(mock.requests()) == 41
        mock.reset()
        assert mock.requests() == []
        assert httpx.post(f"{mock.url}/gql/v1/clients", headers=headers).json()["total"]["aggregate"]["count"] == 0
