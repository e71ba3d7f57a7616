"""The pytest plugin: the `mockserver` fixture gives client code a mock whose state is fresh in every test."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockserver.server import MockServer


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the plugin; each has an ini setting's place in the `mockserver_settings` fixture."""
    group = parser.getgroup("mockserver", "mock of the Aiwyn API, or of any OpenAPI bundle")
    group.addoption("--mockserver-scenario", default=None, help="Scenario that every test starts from.")
    group.addoption("--mockserver-seed", default=None, type=int, help="Seed of the mock's data.")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "mockserver(**settings): run this test against a mock with other settings (scenario, seed, auth, ...).",
    )


@pytest.fixture(scope="session")
def mockserver_settings(pytestconfig: pytest.Config) -> Mapping[str, Any]:
    """Settings of the mock; override this fixture in a conftest.py to change them for all tests."""
    chosen = {
        "scenario": pytestconfig.getoption("--mockserver-scenario"),
        "seed": pytestconfig.getoption("--mockserver-seed"),
    }
    return {name: value for name, value in chosen.items() if value is not None}


@pytest.fixture(scope="session")
def make_mockserver(mockserver_settings: Mapping[str, Any]) -> Iterator[Callable[..., MockServer]]:
    """A running mock for given settings; one server is shared by all tests that ask for the same."""
    from mockserver.server import MockServer

    running: dict[str, MockServer] = {}

    def make(**settings: Any) -> MockServer:
        wanted = {**mockserver_settings, **settings}
        key = repr(sorted(wanted.items()))
        if key not in running:
            running[key] = MockServer(**wanted).start()
        return running[key]

    yield make
    for server in running.values():
        server.stop()


@pytest.fixture
def mockserver(request: pytest.FixtureRequest, make_mockserver: Callable[..., MockServer]) -> MockServer:
    """A mock with fresh state: `.url`, `.token`, `.reset()`, `.requests()`."""
    marker = request.node.get_closest_marker("mockserver")
    if marker is not None and marker.args:
        raise pytest.UsageError(f"@pytest.mark.mockserver takes settings by name, as scenario={marker.args[0]!r}.")
    server = make_mockserver(**(marker.kwargs if marker is not None else {}))
    server.reset()
    return server


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """On a failure, show what the test asked of the mock, so that nobody has to look elsewhere."""
    report = yield
    server = getattr(item, "funcargs", {}).get("mockserver")
    if call.when == "call" and report.failed and server is not None:
        lines = [f"{e.method:<6} {e.path}  {e.status}  {e.code} {e.because}".rstrip() for e in server.requests()]
        if lines:
            report.sections.append((f"mockserver: {len(lines)} requests in this test", "\n".join(lines)))
    return report
