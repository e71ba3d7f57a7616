"""What `serve`, `token` and `explain` do and print: stdout has the result, stderr the rest."""

from __future__ import annotations

import asyncio
import gc
import re
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockserver import paths
from mockserver.problems import MockServerError, UsageError, did_you_mean
from mockserver.settings import Settings

if TYPE_CHECKING:
    from mockserver.bundle.operations import Operation

_TIME = re.compile(r"(-?)(\d+)(s|m|h|d)\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def serve_forever(settings: Settings, *, reload: bool) -> int:
    """Serve until Ctrl-C; with `reload`, start anew when a file changes, keeping the old state of a broken one."""
    from mockserver.app import create_app
    from mockserver.server import address, bind, uvicorn_server

    began = time.perf_counter()
    listening = bind(settings.host, settings.port)
    try:
        app = create_app(settings)
    except MockServerError:
        listening.close()
        raise
    url = address(listening, settings.host)
    if settings.access_log:
        app.pipeline.on_entry = _log_line

    def started() -> None:
        gc.freeze()  # bundle and model live as long as the server: no collection need look at them again
        click.echo(_banner(app, url, time.perf_counter() - began))
        sys.stdout.flush()

    if reload:
        threading.Thread(target=_watch, args=(app, settings), daemon=True).start()
    server = uvicorn_server(app, started)
    server.run([listening])
    return 0


def answer_once(settings: Settings, path: str) -> int:
    """Answer one GET without a socket: body on stdout, status on stderr; 1 where the answer is an error."""
    from urllib.parse import urlencode

    from mockserver.app import create_app
    from mockserver.serving.auth import credentials

    app = create_app(settings)
    path, _, query = (path if path.startswith("/") else f"/{path}").partition("?")
    match = app.pipeline.routes.find(path)
    operation = match.methods.get("GET") if match is not None else None
    sent_along = credentials(operation, app.bundle, app.pipeline.worlds.main) if operation is not None else {}
    query = "&".join(part for part in (query, urlencode(sent_along.get("query", {}))) if part)
    headers = {"host": "mock", "accept": "*/*", **sent_along.get("header", {})}
    if "cookie" in sent_along:
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in sent_along["cookie"].items())
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http", "method": "GET", "scheme": "http", "path": path, "raw_path": path.encode(),
        "query_string": query.encode(), "client": ("127.0.0.1", 0), "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    status = sent[0]["status"]
    click.echo(f"{status}", err=True)
    sys.stdout.buffer.write(b"".join(m.get("body", b"") for m in sent[1:]) + b"\n")
    return 1 if status >= 400 else 0


def mint_token(
    *,
    key: str | None,
    roles: tuple[str, ...],
    tenant: str | None,
    expires_in: str,
    scenario: str | None,
    claims: bool,
) -> str:
    """A token signed as the server signs; its lifetime counts from the real time."""
    import json

    from mockserver.clock import Clock
    from mockserver.entities import tokens
    from mockserver.settings import load_settings
    from mockserver.store.scenarios import load_scenario

    settings, _ = load_settings({"scenario": scenario})
    rows = [dict(row) for row in load_scenario(settings.scenario).rows_of("api_key")]
    if tenant is not None:
        tenants = sorted({row["tenant"] for row in rows})
        rows = [row for row in rows if row["tenant"] == tenant]
        if not rows:
            raise UsageError(f"No key belongs to the tenant {tenant!r}; there are {', '.join(tenants)}.")
    row = rows[0] if key is None else next((r for r in rows if key in (r["name"], str(r["id"]), r["jwtApiKey"])), None)
    if row is None:
        names = [r["jwtApiKey"] for r in rows]
        raise UsageError(f"There is no key {key!r}.{did_you_mean(key or '', names)} Keys: {', '.join(names)}.")
    if roles:
        row["roles"] = [role.removeprefix(f"{row['tenant']}_") for role in roles]  # as the claims spell them, or bare
    text, content = tokens.mint(row, Clock(), lifetime=int(_lifetime(expires_in).total_seconds()))
    return json.dumps(content, indent=2) if claims else text


def explained(what: str | None, bundle: str | None) -> str:
    """The text of a code, or what is known of an operation; all codes when nothing is named."""
    from mockserver.explanations import CODES

    if what is None:
        return "\n".join(f"{code}  {entry.title}" for code, entry in sorted(CODES.items()))
    entry = CODES.get(what.upper())
    if entry is not None:
        return f"{what.upper()}  {entry.title}\n\n  Why   {entry.why}\n  Fix   {entry.fix}"
    if re.fullmatch(r"(?i)(MS|ST)\d+", what):
        raise UsageError(f"There is no code {what.upper()}.{did_you_mean(what.upper(), CODES)}")
    from mockserver.inspection import describe, site_of

    site = site_of(bundle, ())
    wanted = what.strip().lower()
    for operation in site.bundle.operations:
        if wanted in (operation.id.lower(), operation.label.lower()):
            return describe(operation, site)
    meant = [operation for operation in site.bundle.operations if _is_at(operation, what.strip())]
    if meant:
        concrete = min(operation.path.count("{") for operation in meant)
        return "\n\n".join(describe(one, site) for one in meant if one.path.count("{") == concrete)
    names = [operation.id for operation in site.bundle.operations]
    raise UsageError(f"There is neither a code nor an operation {what!r}.{did_you_mean(what, names)}")


def _is_at(operation: Operation, what: str) -> bool:
    """Whether `GET /gql/v1/client/789`, or a path alone, is answered by the operation."""
    method, _, path = what.rpartition(" ")
    pattern = re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(operation.path))
    same_method = method.strip().upper() in ("", operation.method)
    return same_method and re.fullmatch(pattern, path.partition("?")[0]) is not None


def _banner(app: Any, url: str, seconds: float) -> str:
    bundle, scenario = app.bundle, app.scenario
    plan = f'scenario "{scenario.name}", seed {scenario.seed}'
    overlays = f", {len(bundle.overlays)} overlays" if bundle.overlays else ""
    counts = [scenario.count(entity) for entity in app.model.entities]
    rows, kinds = sum(counts), sum(count > 0 for count in counts)
    lines = [
        f"Mock of {bundle.title} {bundle.release} ({_shown(bundle.source)}{overlays})",
        "",
        f"  Operations   {len(bundle.operations)} (mockserver bundle operations)",
        f"  Data         {rows:,} rows of {kinds} entities, {plan}",
        f"  Contract     {_contract(bundle)}",
        "",
        f"  API          {url}",
    ]
    if app.admin is not None:
        lines += [f"  Control      {url}/__admin/health", f"  Docs         {url}/__admin/ui/"]
    lines.append(f"  Try          {_try_line(app, url)}")
    lines += ["", f"Ready in {seconds:.2f} s. Press Ctrl-C to stop."]
    return "\n".join(lines)


def _contract(bundle: Any) -> str:
    found = bundle.findings
    if not found:
        return "no findings (mockserver bundle lint looks closer)"
    counts: dict[str, int] = {}
    for finding in found:
        counts[finding.code] = counts.get(finding.code, 0) + 1
    text = ", ".join(f"{code} ({n})" for code, n in sorted(counts.items()))
    return f"{len(found)} findings: {text} (mockserver bundle lint)"


def _try_line(app: Any, url: str) -> str:
    """A curl line that works as pasted: a row that exists where there is one, with what lets the caller in."""
    from urllib.parse import quote, urlencode

    from mockserver.bundle.operations import Role
    from mockserver.serving.auth import credentials
    from mockserver.store.model import fits

    reads = [o for o in app.bundle.operations if o.method == "GET" and o.path.count("{") <= 1]
    reads.sort(key=lambda o: (o.role is not Role.READ, o.path.count("{")))
    path, chosen = "", None
    for operation in reads:
        if operation.role is Role.READ and operation.entity in app.model:
            entity = app.model[operation.entity]
            written = app.scenario.rows_of(operation.entity)
            key = written[0].get(entity.key) if written else None
            if key is not None and fits(entity.fields[entity.key].type, key):  # else it is some other vendor's row
                path, chosen = re.sub(r"\{[^}]+\}", str(key), operation.path), operation
                break
    if chosen is None:
        chosen = next((o for o in reads if "{" not in o.path), None)
        path = chosen.path if chosen is not None else "/"
    known = credentials(chosen, app.bundle, app.pipeline.worlds.main) if chosen is not None else {}
    query = f"?{urlencode(known['query'])}" if "query" in known else ""
    options = [f" -H '{name}: {value}'" for name, value in known.get("header", {}).items()]
    options += [f" -b '{name}={value}'" for name, value in known.get("cookie", {}).items()]
    target = f"'{url}{quote(path)}{query}'" if query else f"{url}{quote(path)}"
    return f"curl {target}{''.join(options)}"


def _log_line(entry: Any) -> None:
    query = f"?{entry.query}" if entry.query else ""
    target = entry.path + query
    code = f"  {entry.code} {entry.because}" if entry.code else ""
    took = f"{entry.status}  {entry.took / 1000:5.1f} ms"
    line = f"{entry.time.astimezone():%H:%M:%S}  {entry.method:<6} {target:<42} {took}"
    click.echo(f"{line}  {entry.operation or '-'}{code}")


def _watch(app: Any, settings: Settings) -> None:
    """Start anew when a file the app was made of changes; a broken one is reported and the old state goes on."""
    from mockserver.app import create_app

    seen = _stamps(app)
    while True:
        time.sleep(0.5)
        now = _stamps(app)
        if now == seen:
            continue
        seen = now
        try:
            app.replace(create_app(settings))
        except MockServerError as error:
            click.echo(f"Not reloaded: {error}", err=True)
        else:
            click.echo(
                f"Reloaded at {datetime.now(UTC).astimezone():%H:%M:%S}; the data is the scenario's again.",
                err=True,
            )


def _stamps(app: Any) -> dict[Path, int]:
    found = {}
    scenario = app.scenario.file
    files = [app.bundle.source, *(Path(a.file) for a in app.bundle.overlays), *paths.SCENARIOS.glob("*.yaml")]
    for file in (*files, *([scenario] if scenario else [])):
        try:
            found[file] = file.stat().st_mtime_ns
        except OSError:
            found[file] = 0
    return found


def _lifetime(text: str) -> timedelta:
    match = _TIME.match(text)
    if match is None:
        raise UsageError(f"A time reads 90s, 15m, 8h or 7d, not {text!r}.")
    seconds = int(match[2]) * _SECONDS[match[3]]
    return timedelta(seconds=-seconds if match[1] else seconds)


def _shown(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
