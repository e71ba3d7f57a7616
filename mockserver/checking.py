"""What `check` does: an environment or a recording checked, its findings held against the baseline, and reported."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from mockserver import __version__, paths
from mockserver.environments.client import Client, Limits
from mockserver.environments.config import environment_of
from mockserver.environments.environment import Environment
from mockserver.problems import UsageError
from mockserver.redaction import Redactor, redaction_key
from mockserver.reporting import (
    BASELINES,
    HOME,
    baseline_of,
    judged,
    now,
    progress,
    redacted,
    report,
    verdict,
    with_baseline,
)
from mockserver.runs import Run, Target

if TYPE_CHECKING:
    from mockserver.checks.gate import Excuse
    from mockserver.checks.runner import Checked, Options

_BUDGET = re.compile(r"(\d+)\s*(s|m|h|requests?)\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_CLOCK = "2026-01-31T09:00:00Z"  # the mock in process stands still here, so that a seed repeats a run byte by byte
UNSEEN = BASELINES / "unseen.toml"


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes clients of one environment, here or in a worker's process: plain data, so that it can be sent there."""

    environment: Environment
    bundle: str | None = None
    overlays: tuple[str, ...] = ()
    allow_writes: bool = False
    limits: Limits = field(default_factory=Limits)

    def __call__(self) -> Client:
        """A client with its own connections; the mock in process is made anew, so that its state is fresh."""
        from mockserver.inspection import load

        if self.environment.url:
            bundle = load(self.bundle, self.overlays)
            return Client(self.environment, bundle, allow_writes=self.allow_writes, limits=self.limits)
        app = self._mock()
        environment = replace(self.environment, writable=True)
        return Client(environment, app.bundle, app=app, tokens=tokens_of(app), allow_writes=True, limits=self.limits)

    def _mock(self) -> Any:
        from mockserver.app import create_app
        from mockserver.settings import load_settings

        flags = {
            "bundle": self.bundle,
            "overlays": self.overlays or None,
            "access_log": False,
            "clock": _CLOCK,
            "scenario": self.environment.scenario or None,
        }
        return create_app(load_settings(flags)[0])


def check_command(*, environment: str, reports: Sequence[str], verbose: bool, fail_on: str, **flags: Any) -> int:
    """`mockserver check`: clean up, judge recordings, or check an environment; the exit code."""
    from mockserver.inspection import load

    target = environment_of(environment)
    maker = Maker(target, flags["bundle"], tuple(flags["overlays"]), flags["allow_writes"], budget(flags["budget"]))
    if flags["cleanup"]:
        return _clean_up_left(maker)
    options = _options(flags, target)
    baseline_of("check", [target.name], load(maker.bundle, maker.overlays).title, flags)
    click.echo(f"seed {options.seed}", err=True)
    recordings = [Path(file) for file in (*flags["hars"], *flags["cassettes"])]
    began = time.monotonic()
    started = now()
    with progress() as on_progress:
        checked = (
            _recorded(maker, options, recordings)
            if recordings
            else _asked(maker, options, flags["against"], on_progress)
        )
    run = _run(target, options, checked, started, round(time.monotonic() - began, 3))
    run = with_baseline(run, flags)
    run = replace(run, exit_code=verdict(run, fail_on), options={**run.options, "fail-on": fail_on})
    file = HOME / "runs" / f"check-{target.name}.json"
    run.save(file)
    report(run, reports, verbose=verbose)
    click.echo(f"Saved {file}; `mockserver report {file} --to html=check.html` makes any report of it.", err=True)
    return run.exit_code


def budget(text: str) -> Limits:
    """The limits that `300s`, `5m`, `2000 requests` or both (`300s,2000 requests`) mean."""
    limits = Limits()
    for part in (part.strip() for part in text.split(",") if part.strip()):
        match = _BUDGET.match(part)
        if match is None:
            raise UsageError(f"A budget reads 300s, 5m or `2000 requests`, not {part!r}.")
        if match[2].startswith("request"):
            limits = replace(limits, requests=int(match[1]))
        else:
            limits = replace(limits, seconds=float(int(match[1]) * _SECONDS[match[2]]))
    return limits


def _options(flags: Mapping[str, Any], target: Environment) -> Options:
    import os

    from mockserver.checks.runner import Options

    phases = tuple(p.strip() for p in flags["phases"].split(",")) if flags["phases"] else Options().phases
    return Options(
        flags["seed"],
        flags["max_examples"],
        phases,
        only=flags["only"],
        skip=flags["skip"],
        operations=flags["operations"],
        tags=flags["tags"],
        workers=flags["workers"] or (1 if target.url else os.cpu_count() or 1),
        excuses=_excuses(flags["bundle"], tuple(flags["overlays"])),
    )


def _excuses(bundle: str | None, overlays: tuple[str, ...]) -> tuple[Excuse, ...]:
    """The documented statuses that need not be seen: of the project one stands in, and ours of our own bundle."""
    from mockserver.checks.gate import load_excuses
    from mockserver.inspection import load

    files = {UNSEEN.resolve(): UNSEEN}
    if load(bundle, overlays).source.resolve() == paths.BUNDLE.resolve():
        ours = paths.FIXTURES / "baselines" / UNSEEN.name
        files[ours.resolve()] = ours
    return tuple(excuse for file in files.values() for excuse in load_excuses(file))


def _asked(
    maker: Maker, options: Options, against: str | None, on_progress: Callable[[str, int], None] | None
) -> Checked:
    """The environment checked; a live one's findings are tried on the mock too, the mock's where `against` says."""
    from mockserver.checks.runner import run_checks
    from mockserver.environments.ledger import Ledger

    target = maker.environment
    ledger = Ledger(_ledger_file(target)) if target.url else None
    voice = replace(maker, environment=environment_of(against or "mock"), limits=Limits())
    asked = None if not target.url and not against else (voice, not voice.environment.url)
    return run_checks(maker, options, ledger=ledger, against=asked, on_progress=on_progress)


def _recorded(maker: Maker, options: Options, recordings: Sequence[Path]) -> Checked:
    from mockserver.checks.recorded import check_recorded
    from mockserver.inspection import load

    return check_recorded(load(maker.bundle, maker.overlays), options, recordings)


def _run(target: Environment, options: Options, checked: Checked, started: str, seconds: float) -> Run:
    redactor = Redactor(checked.secrets, redaction_key(HOME), personal=bool(target.url))
    return Run(
        "check",
        options.seed,
        judged(checked.bundle),
        (Target(target.name, target.url, target.writable),),
        started,
        seconds,
        {"": "clean", "interrupted": "interrupted"}.get(checked.stopped, "stopped"),  # type: ignore[arg-type]  # three of its words
        options={**options.shown(), "command": _command(target, options)},
        operations=checked.operations,
        checks=checked.checks,
        observations=tuple(redacted(observation, redactor) for observation in checked.observations),
        gate=checked.gate,
        dropped=checked.dropped,
        notes=tuple(redactor.text(note) for note in (*checked.notes, *([checked.stopped] if checked.stopped else []))),
        tool=f"mockserver {__version__}",
    )


def _command(target: Environment, options: Options) -> str:
    """The command that repeats the run, as far as its requests go."""
    from mockserver.checks.runner import Options

    asked = [*(("--operation", glob) for glob in options.operations), *(("--tag", tag) for tag in options.tags)]
    asked += [*(("--only", name) for name in options.only), *(("--skip", name) for name in options.skip)]
    asked += [("--max-examples", str(options.max_examples))] if options.max_examples != Options().max_examples else []
    more = [word for pair in asked for word in pair]
    name = target.url if urlsplit(target.url).netloc == target.name else target.name
    return shlex.join(["mockserver", "check", name, "--seed", str(options.seed), *more])


def _clean_up_left(maker: Maker) -> int:
    """Remove what earlier runs left on the environment; 1 where something stays."""
    from mockserver.environments.ledger import Ledger, clean_up

    if not maker.environment.url:
        raise UsageError("The mock in process keeps nothing that could be left over.", "Name an environment.")
    with maker() as client:
        client.preflight()
        left = clean_up(client, Ledger(_ledger_file(maker.environment)), client.bundle)
    for what in left:
        click.echo(f"left over: {what}")
    click.echo(f"{len(left)} left over." if left else "Nothing is left over.", err=True)
    return int(bool(left))


def _ledger_file(environment: Environment) -> Path:
    return HOME / "ledger" / f"{environment.name.replace(':', '-')}.jsonl"


def tokens_of(app: Any) -> dict[str, str]:
    """A credential for each kind of actor of the mock in process; `default` cannot be lost by revoking keys."""
    from mockserver.entities import tokens
    from mockserver.entities.rights import ROLES

    schemes = [
        app.bundle.resolve(s)[0] for s in app.bundle.document.get("components", {}).get("securitySchemes", {}).values()
    ]
    world = app.pipeline.worlds.main
    if schemes and all(s.get("type") == "apiKey" or s.get("scheme", "").lower() == "basic" for s in schemes):
        return {"default": tokens.first_key(world)}
    tenant, *others = world.tenants()
    everything = sorted(ROLES)

    def mint(tenant: str, roles: Sequence[str], lifetime: int = 86_400) -> str:
        return tokens.mint({"tenant": tenant, "roles": list(roles)}, world.clock, lifetime=lifetime)[0]

    made = {
        "default": mint(tenant, everything),
        "reader": mint(tenant, [role for role in everything if role.endswith("_R")]),
        "expired": mint(tenant, everything, -3600),
        "powerless": mint(tenant, []),
    }
    return {**made, "other-tenant": mint(others[0], everything)} if others else made
