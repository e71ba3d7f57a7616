"""Environments are found by name or URL; what is wrong with them is told with file and key, and no secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.environments.config import environment_of, load_environments
from mockserver.environments.environment import Credential
from mockserver.problems import UsageError


def project(folder: Path, text: str) -> Path:
    """A folder whose pyproject.toml has these environments."""
    (folder / "pyproject.toml").write_text(text, "utf-8")
    return folder


def given(folder: Path, text: str) -> Path:
    """A file of environments."""
    file = folder / "environments.toml"
    file.write_text(text, "utf-8")
    return file


def test_the_shipped_ones(tmp_path: Path) -> None:
    """The mock may be written to; sandbox and staging are the vendor's, read-only, each with its own key."""
    found = load_environments(tmp_path)

    assert list(found) == ["mock", "sandbox", "staging"]
    assert (found["mock"].url, found["mock"].writable, found["mock"].scenario) == ("", True, "default")
    assert found["sandbox"].url == "https://demo.api.aiwyn.ai"
    assert found["staging"].url == "https://staging.api.aiwyn.app"
    for name in ("sandbox", "staging"):
        assert not found[name].writable
        assert found[name].verify is True
        assert found[name].hosts == (found[name].url.removeprefix("https://"),)
        assert found[name].actors["default"] == Credential("key", f"AIWYN_{name.upper()}_JWT_API_KEY")


def test_a_project_overlays_them(tmp_path: Path) -> None:
    """Key by key and actor by actor, from the nearest folder above; new ones join."""
    project(
        tmp_path,
        """
        [tool.mockserver.environments.sandbox]
        url = "http://127.0.0.1:4021/"
        rate = 5
        [tool.mockserver.environments.sandbox.actors.reader]
        token-file = "secrets/reader"
        scheme = "BearerAuth"
        [tool.mockserver.environments.ours]
        url = "https://api.example.com/base"
        base-path = "/v2"
        writable = true
        verify = "ca.pem"
        certificate = "~/client.pem"
        proxy = "http://proxy.example:3128"
        timeout = 2.5
        hosts = ["api.example.com", "Other.example.com"]
        headers = { X-Client = "checks" }
        """,
    )
    (tmp_path / "deep").mkdir()

    found = load_environments(tmp_path / "deep")

    sandbox, ours = found["sandbox"], found["ours"]
    assert (sandbox.url, sandbox.rate, sandbox.hosts) == ("http://127.0.0.1:4021", 5.0, ("127.0.0.1",))
    assert sandbox.actors["default"].variable == "AIWYN_SANDBOX_JWT_API_KEY"
    assert sandbox.actors["reader"] == Credential("token", file=str(tmp_path / "secrets/reader"), scheme="BearerAuth")
    assert (ours.base_path, ours.writable, ours.timeout) == ("/v2", True, 2.5)
    assert (ours.verify, ours.certificate) == (str(tmp_path / "ca.pem"), str(Path("~/client.pem").expanduser()))
    assert ours.hosts == ("api.example.com", "other.example.com")
    assert ours.headers == {"X-Client": "checks"}


def test_any_url_is_an_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named by host and port, writable on this machine only; its credentials are two variables, the token first."""
    monkeypatch.delenv("MOCKSERVER_TOKEN", raising=False)
    monkeypatch.delenv("MOCKSERVER_KEY", raising=False)
    bare = environment_of("http://127.0.0.1:4020/api/", tmp_path)
    monkeypatch.setenv("MOCKSERVER_KEY", "k")
    keyed = environment_of("https://api.example.com", tmp_path)
    monkeypatch.setenv("MOCKSERVER_TOKEN", "t")
    ready = environment_of("https://api.example.com", tmp_path)

    assert (bare.name, bare.url, bare.hosts) == ("127.0.0.1:4020", "http://127.0.0.1:4020/api", ("127.0.0.1",))
    assert (bare.writable, bare.actors, keyed.writable) == (True, {}, False)
    assert keyed.actors == {"default": Credential("key", variable="MOCKSERVER_KEY")}
    assert ready.actors == {"default": Credential("token", variable="MOCKSERVER_TOKEN")}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("sandbx", "There is no environment 'sandbx'. Did you mean sandbox?"),
        ("ftp://x", "The URL is no http:// or https:// URL with a host."),
        ("http://", "The URL is no http:// or https:// URL with a host."),
        ("http://h:99999", "The URL is no URL."),
        ("http://h/?a=1", "has a query or a fragment"),
        ("https://me:pa55@h", "The URL of h has a user name or password in it"),
    ],
)
def test_what_is_no_environment(tmp_path: Path, name: str, told: str) -> None:
    """A misspelt name gets the nearest ones; a password in a URL is not repeated."""
    with pytest.raises(UsageError) as caught:
        environment_of(name, tmp_path)

    assert told in str(caught.value)
    assert "pa55" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[x]\nrul = 'http://h'", "x.rul is no setting of an environment. Did you mean url?"),
        ("[x]\nurl = 'h'", "x.url is no http:// or https:// URL with a host"),
        ("[x]\nurl = 3", "x.url is a text, not 3"),
        ("[x]\nurl = 'http://u:s3cret@h'", "x.url of h has a user name or password in it"),
        ("[x]\nproxy = 'http://u:s3cret@h'", "x.proxy of h has a user name or password in it"),
        ("[x]\nwritable = 'yes'", "x.writable is true or false, not 'yes'"),
        ("[x]\nrate = -1", "x.rate is a number from 0 on, not -1"),
        ("[x]\nrate = true", "x.rate is a number from 0 on, not True"),
        ("[x]\ntimeout = 0", "x.timeout is more than 0 seconds"),
        ("[x]\nverify = ''", "x.verify is true, false or a file"),
        ("[x]\nhosts = 'h'", "x.hosts is a list of host names"),
        ("[x]\nurl = 'http://h'\nhosts = ['other']", "the host of its url, h, is not among its hosts (other)"),
        ("[x]\nheaders = 'a'", "x.headers is a table"),
        ("[x]\nheaders = {Authorization = 's3cret'}", "x.headers.Authorization would be a secret"),
        ("[x]\nheaders = {X-Api-Key = 's3cret'}", "x.headers.X-Api-Key would be a secret"),
        ("[x]\ntoken = 's3cret'", "x.token would be a secret in a file that others read"),
        ("[x]\nactors = 's3cret'", "x.actors is a table of actors"),
        ("[x.actors]\ndefault = 's3cret'", "x.actors.default is a table that says where the secret is"),
        ("[x.actors.default]\njwtApiKey = 's3cret'", "x.actors.default.jwtApiKey would be a secret"),
        ("[x.actors.default]\nkey-variable = 's3cret-key.x'", "key-variable is the name of a variable"),
        ("[x.actors.default]\nkey-variabel = 'K'", "Did you mean key-variable"),
        ("[x.actors.default]\nscheme = 'b'", "x.actors.default names exactly one of key-file, key-variable"),
        ("[x.actors.default]\nkey-file = 'a'\ntoken-file = 'b'", "x.actors.default names exactly one of"),
        ("x = 1", "x is no environment: it is written as a table, [x]"),
        ("['a b']\nurl = 'http://h'", "'a b' is no name of an environment"),
        ("[x", "is not TOML"),
    ],
)
def test_what_is_wrong_in_a_file(tmp_path: Path, text: str, told: str) -> None:
    """The file and the key are named, literal secrets refused and never shown."""
    file = given(tmp_path, text)

    with pytest.raises(UsageError) as caught:
        load_environments(tmp_path, file)

    assert told in str(caught.value)
    assert "s3cret" not in str(caught.value) + caught.value.hint
    assert str(file) in str(caught.value) or "among its hosts" in told


def test_a_project_whose_environments_are_no_table(tmp_path: Path) -> None:
    """Told like any other mistake."""
    with pytest.raises(UsageError, match="environments is a table of environments"):
        load_environments(project(tmp_path, "[tool.mockserver]\nenvironments = 3"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Its name and the reason are told."""
    with pytest.raises(UsageError, match=r"missing\.toml cannot be read: No such file"):
        load_environments(tmp_path, tmp_path / "missing.toml")
