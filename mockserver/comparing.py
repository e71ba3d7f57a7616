"""What `compare` does: two environments compared, or a stored comparison judged again; findings, reports, exit code."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockserver import __version__
from mockserver.compare.difference import Difference
from mockserver.environments.client import Client
from mockserver.problems import UsageError
from mockserver.redaction import Redactor, redaction_key
from mockserver.reporting import BASELINES, HOME, baseline_of, judged, now, progress, redacted, report, with_baseline
from mockserver.runs import Observation, Run, Target
from mockserver.sides import Place, apart, place_of

if TYPE_CHECKING:
    from mockserver.bundle.loader import Bundle
    from mockserver.compare.rules import Rules
    from mockserver.compare.runner import Compared, Options
    from mockserver.probes.base import Contract

_SENT = 40  # percent of --max-requests that is a round; the rest finds rows, repeats and looks for small requests
_LOCAL = 6000  # steps between servers of this machine: for our bundle each class of question once for each operation
RUNS = HOME / "runs"
_IMPACTS = {
    "breaking": ("error",),
    "visible": ("error", "warning"),
    "cosmetic": ("error", "warning", "info"),
    "never": (),
}
_FAIL_ON = {"breaking": "error", "visible": "warning", "cosmetic": "info", "never": "never"}
_SILENT = frozenset({"MS340", "MS350", "MS351"})  # told, and no drift


def compare_command(*, a: str | None, b: str | None, **flags: Any) -> int:
    """`mockserver compare`: the exit code."""
    if flags["environment"]:
        return _bundles(a, b, flags)
    if flags["from_run"]:
        return _again(flags)
    if flags["show_bindings"] or (flags["show_program"] and not (a and b)):
        return _show(flags)
    if not a or not b:
        hint = "An environment's name, a URL, `mock`, or a recording such as sandbox@2026-11-21."
        raise UsageError("Say which two to compare, as `mockserver compare sandbox staging`.", hint)
    places = apart(place_of(a), place_of(b))
    if places[1].date:
        raise UsageError(f"{b} is a recording; a recording stands first, what is asked today second.")
    return _compare(places, flags, shlex.join(["mockserver", "compare", a, b, *_asking(flags)]))


def _asking(flags: Mapping[str, Any]) -> Iterator[str]:
    """The flags, as words, that change what is asked."""
    names = {"bundle": "bundle", "overlays": "overlay", "max_requests": "max-requests", "operations": "operation",
             "tags": "tag", "sources": "source", "scenarios": "scenario", "hars": "har", "keys": "key",
             "budget": "budget"}  # fmt: skip
    for name, word in names.items():
        given = flags[name] if isinstance(flags[name], tuple) else (flags[name],)
        yield from (part for value in given if value for part in (f"--{word}", str(value)))
    if flags["allow_writes"]:
        yield "--allow-writes"


def _compare(places: tuple[Place, Place], flags: Mapping[str, Any], command: str) -> int:
    from mockserver.compare.rules import load_rules
    from mockserver.compare.runner import program_of, run_compare

    options = _options(flags)
    if options.steps is None and all(place.local for place in places):
        options = replace(options, steps=_LOCAL)
    click.echo(f"seed {options.seed}", err=True)
    file = _rules_file(flags, (places[0].name, places[1].name))
    rules, began, started = load_rules(file), time.monotonic(), now()
    with progress() as tell, places[1].client(flags) as client_b:
        contract = _contract(client_b.bundle)
        baseline_of("compare", [place.name for place in places], contract.bundle.title, flags)
        if places[0].date:
            compared = _replayed(places, client_b, contract, options, rules, tell)
        else:
            with places[0].client(flags) as client_a:
                if flags["show_program"]:
                    return _print_program(program_of(contract, options, (client_a, client_b)))
                compared = run_compare(
                    client_a, client_b, contract, options, rules, ledgers=_ledgers(places), on_progress=tell
                )
    compared = replace(compared, record=replace(compared.record, started=started))
    redactor = Redactor(compared.secrets, redaction_key(HOME), personal=any(p.environment.url for p in places))
    targets = tuple(Target(p.name, p.environment.url, p.environment.writable) for p in places)
    return _finish(compared, contract, targets, flags, _Circumstances(
        redactor, round(time.monotonic() - began, 3), f"{command} --seed {options.seed}", options, file, keep=True,
        fidelity=not places[0].environment.url and places[1].named,
    ))  # fmt: skip


def _replayed(places: tuple[Place, Place], client: Client, contract: Contract, options: Options, rules: Rules,
              tell: Any) -> Compared:  # fmt: skip
    from mockserver.compare.replay import compare_recorded
    from mockserver.compare.storage import recorded

    record, side = recorded(RUNS, places[0].environment.name, places[0].date, contract.bundle)
    redactor = Redactor(client.secrets, redaction_key(HOME), personal=bool(client.environment.url))
    return compare_recorded((record, side, places[0].name), client, contract, options, rules, redactor, tell)


def _again(flags: Mapping[str, Any]) -> int:
    """Judge a stored comparison with the rules of now, without a request."""
    from mockserver.compare.observing import judged as judge
    from mockserver.compare.rules import load_rules
    from mockserver.compare.runner import Compared
    from mockserver.compare.storage import load
    from mockserver.inspection import load as load_bundle

    began = time.monotonic()
    bundle = load_bundle(flags["bundle"], flags["overlays"])
    record = load(Path(flags["from_run"]), bundle)
    options = _options({**flags, "seed": record.seed})
    file = _rules_file(flags, record.names)
    found = judge(record, load_rules(file), bundle, threshold=options.threshold)
    targets = tuple(Target(name, url) for name, url in zip(record.names, record.urls, strict=True))
    redactor = Redactor((), redaction_key(HOME), personal=False)
    command = shlex.join(["mockserver", "compare", "--from", str(flags["from_run"])])
    return _finish(Compared(record, found), _contract(bundle), targets, flags, _Circumstances(
        redactor, round(time.monotonic() - began, 3), command, options, file
    ))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Circumstances:
    """What a comparison was made with."""

    redactor: Redactor
    seconds: float
    command: str
    options: Options
    rules: Path
    keep: bool = False
    fidelity: bool = False


def _finish(
    compared: Compared, contract: Contract, targets: tuple[Target, ...], flags: Mapping[str, Any], of: _Circumstances
) -> int:
    """Keep, report, and say with the exit code how it ended."""
    from mockserver.compare import storage

    record = compared.record
    run = with_baseline(_run(compared, contract, targets, of), flags)
    fail_on = flags["fail_on"]
    run = replace(run, exit_code=_exit_code(run, fail_on), options={**run.options, "fail-on": _FAIL_ON[fail_on]})
    if flags["learn"]:
        rules = replace(compared.judged.rules, source=str(of.rules))
        rules.save(of.rules)
        click.echo(f"Wrote {of.rules}: {len(rules.rules)} rules.", err=True)
    folder = storage.save(record, compared.judged.rules, RUNS, of.redactor) if of.keep else None
    file = (folder or Path(flags["from_run"])) / storage.RUN
    file = file if file.parent.is_dir() else file.parent.parent / storage.RUN
    run.save(file)
    if of.fidelity and run.outcome != "interrupted":
        _keep_fidelity(compared)
    report(run, flags["reports"], verbose=flags["verbose"])
    if folder is not None:
        click.echo(f"Saved {folder}; `mockserver compare --from {folder}` judges it again without a request.", err=True)
    return run.exit_code


def _run(compared: Compared, contract: Contract, targets: tuple[Target, ...], of: _Circumstances) -> Run:
    from mockserver.compare.observing import tallies

    record, found = compared.record, compared.judged
    notes = [*record.notes, *([record.stopped] if record.stopped else []), *found.unclean]
    cut = bool(record.stopped) and not _budgeted(record.stopped)
    drift = any(o.finding.code not in _SILENT for o in found.observations)
    stopped = bool(found.unclean) or cut or (bool(found.gate) and not drift)
    asked = [why for _, why in record.not_asked]
    notes += [f"{len(asked)} of {len(record.program.templates)} steps could not be put to both sides"] if asked else []
    return Run(
        "compare",
        record.seed,
        judged(contract.bundle),
        targets,
        record.started,
        of.seconds,
        "interrupted" if record.interrupted else "stopped" if stopped else "clean",
        options={"seed": record.seed, "rules": str(of.rules), "command": of.command},
        operations=tuple(t for t in tallies(record, contract.bundle) if t.cases or not of.options.part),
        observations=tuple(_redacted(observation, of.redactor) for observation in _drafted(compared, contract, of)),
        gate=tuple(of.redactor.text(text) for text in (*found.gate, *found.unclean)),
        dropped=found.dropped,
        notes=tuple(of.redactor.text(note) for note in notes),
        details=_details(compared),
        tool=f"mockserver {__version__}",
    )


def _details(compared: Compared) -> dict[str, Any]:
    found, matrix = compared.judged, dict[str, dict[str, int]]()
    for difference in found.drift:
        row = matrix.setdefault(difference.operation, {})
        row[difference.cls] = row.get(difference.cls, 0) + difference.count
    rules = [
        {"operation": r.operation, "place": r.place, "pointer": r.pointer, "treat": r.treat, "reason": r.reason,
         "date": r.date, "evidence": r.evidence, "hits": found.hits.get(index, 0)}
        for index, r in enumerate(found.rules.rules)
    ]  # fmt: skip
    shares: dict[str, list[int]] = {}
    for (_, cls), share in found.compared.items():
        known = shares.setdefault(cls, [0, 0])
        known[0], known[1] = known[0] + share.agreed, known[1] + share.compared
    agreed = {cls: f"{one:,} of {of:,} facts agree" for cls, (one, of) in sorted(shares.items())}
    return {"matrix": matrix, **({"rules": rules} if rules else {}), "compared": agreed}


def _redacted(observation: Observation, redactor: Redactor) -> Observation:
    from mockserver.compare import storage

    details = dict(observation.details)
    if "a" in details and "b" in details:
        shown = storage.difference(_difference(details), redactor)
        details |= {"a": shown.a, "b": shown.b}
    for name in ("owner", "smallest request", "boundary"):
        if name in details:
            details[name] = redactor.text(details[name])
    return replace(redacted(observation, redactor), details=details)


def _drafted(compared: Compared, contract: Contract, of: _Circumstances) -> Sequence[Observation]:
    """The findings; where the mock is measured, each difference with the change that would close the gap."""
    found = compared.judged
    if not of.fidelity:
        return found.observations
    from mockserver.compare.fidelity import draft

    first = zip(found.observations, found.drift, strict=False)  # differences that stay are the first findings
    drafts = [replace(o, overlay=draft(difference, contract, o.verdict)) for o, difference in first]
    return [*drafts, *found.observations[len(drafts) :]]


def _difference(details: Mapping[str, Any]) -> Difference:
    return Difference(0, "", "value", "visible", details.get("place", ""), details.get("pointer", ""),
                      details["a"], details["b"], "")  # fmt: skip


def _exit_code(run: Run, fail_on: str) -> int:
    """0 same, 1 drift, 3 could not compare, 130 interrupted."""
    if run.outcome == "interrupted":
        return 130
    if run.outcome in ("stopped", "unreachable"):
        return 3
    drift = [o for o in run.observations if o.state == "new" and o.finding.code not in _SILENT]
    return int(any(o.finding.severity.value in _IMPACTS[fail_on] for o in drift))


# -- what the flags mean --


def _options(flags: Mapping[str, Any]) -> Options:
    from mockserver.compare.runner import Options

    keys: dict[str, str] = {}
    for text in flags["keys"]:
        entity, mark, name = text.partition("=")
        if not mark or not entity or not name:
            raise UsageError(f"--key is ENTITY=FIELD, as client=pmsRef, not {text!r}.")
        keys[entity] = name
    steps = max(10, flags["max_requests"] * _SENT // 100) if flags["max_requests"] else None
    return Options(
        flags["seed"],
        steps,
        operations=flags["operations"],
        tags=flags["tags"],
        scenarios=tuple(Path(file) for file in flags["scenarios"]),
        recordings=tuple(Path(file) for file in flags["hars"]),
        keys=keys,
        **({"sources": flags["sources"]} if flags["sources"] else {}),
    )


def _rules_file(flags: Mapping[str, Any], names: Sequence[str]) -> Path:
    if flags["rules"]:
        file = Path(flags["rules"])
        if not file.is_file() and not flags["learn"]:
            raise UsageError(f"There is no file of rules {file}.", "Write one with --learn, or leave --rules out.")
        return file
    return BASELINES / ("-".join(["compare", *(name.replace(":", "-") for name in names)]) + ".toml")


def _budgeted(reason: str) -> bool:
    return "budget" in reason.lower()


def _ledgers(places: tuple[Place, Place]) -> Any:
    from mockserver.environments.ledger import Ledger

    return tuple(Ledger(HOME / "ledger" / f"{place.name.replace(':', '-')}.jsonl") for place in places)


def _contract(bundle: Bundle) -> Contract:
    from mockserver.probes.base import Contract
    from mockserver.store.relations import infer_model

    return Contract(bundle, infer_model(bundle))


# -- beside comparing --


def _show(flags: Mapping[str, Any]) -> int:
    from mockserver.compare.bindings import bindings, render
    from mockserver.compare.runner import program_of
    from mockserver.inspection import load

    contract = _contract(load(flags["bundle"], flags["overlays"]))
    if flags["show_bindings"]:
        click.echo(render(bindings(contract)))
        return 0
    return _print_program(program_of(contract, _options(flags)))


def _print_program(program: Any) -> int:
    import json

    click.echo(json.dumps(program.to_json(), indent=1, ensure_ascii=False))
    return 0


def _keep_fidelity(compared: Compared) -> None:
    from mockserver import paths
    from mockserver.compare.fidelity import fidelity, keep

    checkout = Path("spec").resolve() == paths.SPEC.resolve()  # a package that is installed is not written to
    file = paths.SPEC / "fidelity.json" if checkout else HOME / "fidelity.json"
    keep(fidelity(compared.judged, compared.record), file)
    click.echo(f"Wrote {file}.{' `mockserver bundle coverage` shows it as level L4.' if checkout else ''}", err=True)


def _bundles(a: str | None, b: str | None, flags: Mapping[str, Any]) -> int:
    """`compare --bundle OLD NEW --environment E`: whether the contract or the service moved."""
    from mockserver.bundle.loader import load_bundle
    from mockserver.compare import bundles
    from mockserver.compare.program import Program
    from mockserver.compare.runner import program_of
    from mockserver.environments.recordings import attach, read_recording

    if not flags["bundle"] or not a or b:
        raise UsageError("Two bundles are compared by `mockserver compare --bundle OLD NEW --environment E`.")
    old, new = load_bundle(Path(flags["bundle"])), load_bundle(Path(a))
    began, started, options = time.monotonic(), now(), _options(flags)
    place = place_of(flags["environment"])
    click.echo(f"seed {options.seed}", err=True)
    with place.client(flags) as client:
        contract = _contract(old)
        programs = [program_of(_contract(bundle), replace(options, recordings=()), (client,)) for bundle in (old, new)]
        traffic = [] if options.recordings else list(bundles.ask(client, contract, Program(programs[0].templates)))
        if not options.recordings:
            known = {template.operation for template in programs[0].templates}
            more = Program(tuple(t for t in programs[1].templates if t.operation not in known))
            traffic += bundles.ask(client, _contract(new), more)
        secrets = client.secrets
    for file in options.recordings:
        traffic += attach(read_recording(file), new)
    found = bundles.compare_bundles(old, new, traffic)
    redactor = Redactor(secrets, redaction_key(HOME), personal=bool(place.environment.url))
    run = Run(
        "compare", options.seed, judged(new), (Target(place.name, place.environment.url),), started,
        round(time.monotonic() - began, 3), "clean",
        options={"command": shlex.join(["mockserver", "compare", "--bundle", str(flags["bundle"]), a, "--environment",
                                        flags["environment"], "--seed", str(options.seed)])},
        operations=bundles.tallies(found, traffic),
        observations=tuple(redacted(o, redactor) for o in bundles.observations(found, old, new)),
        notes=tuple(f"{moved.operation}: {bundles.WORDS[moved.verdict]}" for moved in found),
        tool=f"mockserver {__version__}",
    )  # fmt: skip
    run = with_baseline(run, flags)
    run = replace(run, exit_code=_exit_code(run, flags["fail_on"]))
    run.save(RUNS / f"compare-bundles-{place.name.replace(':', '-')}.json")
    report(run, flags["reports"], verbose=flags["verbose"])
    return run.exit_code
