"""Observing: a record and the rules of noise become the findings of a run, and whether it could compare at all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mockserver.bundle.loader import Bundle
from mockserver.compare.codes import TOO_LITTLE, UNCLEAN, UNSTABLE, UNSTEADY, UNUSED_RULE
from mockserver.compare.difference import Comparison, Difference, Share
from mockserver.compare.noise import rules_for
from mockserver.compare.record import Key, Record, Shown
from mockserver.compare.repeats import TIMES, needed
from mockserver.compare.rules import TREATMENTS, Rule, Rules
from mockserver.exchanges import Exchange
from mockserver.findings import Finding, Severity
from mockserver.runs import Observation, OperationTally

THRESHOLD = 0.1  # of an operation's requests may stay without an answer before the run proves too little
_STEADY = frozenset({"order", "paging", "count", "default", "enum value"})
_REASON = "why this is no drift, in words for the next reader"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a record says under its rules.

    `rules` are the committed and the learnt ones; `gate` says why the run proves too little, `unclean` why its sides
    cannot be held against each other. `compared` are the facts of both rounds by (operation, class).
    """

    rules: Rules
    learnt: Rules
    observations: tuple[Observation, ...]
    drift: tuple[Difference, ...]
    unsure: tuple[Difference, ...]
    compared: Mapping[tuple[str, str], Share]
    hits: Mapping[int, int]
    gate: tuple[str, ...] = ()
    unclean: tuple[str, ...] = ()
    dropped: tuple[Mapping[str, object], ...] = ()


def judged(
    record: Record, committed: Rules, bundle: Bundle, *, threshold: float = THRESHOLD, part: bool = False
) -> Judged:
    """Apply rules to a record: those committed, and those that it teaches itself.

    `part`: only some operations were asked, so that a rule that did not hit is no finding.
    """
    date = record.started[:10]
    learnt = Rules()
    for at, noise in enumerate(record.noise):
        learnt = learnt.joined(rules_for(noise, record.steps(("a1", "b1")[at]), date=date))
    rules = committed.joined(learnt)
    left, hits = _applied(record, rules)
    own = [rules.apply(noise) for noise in record.noise]
    for _, more in own:
        hits = {index: hits.get(index, 0) + times for index, times in more.items()}
    stable, unstable, dropped = _sorted(record, left)
    unclean = [(name, d) for name, (found, _) in zip(record.names, own, strict=True) for d in found]
    observations = [_observation(record, each, bundle) for each in stable]
    observations += [_unstable(record, each, bundle) for each in unstable]
    observations += [_unclean(name, each, bundle) for name, each in unclean]
    observations += list(_unsteady(record, committed, bundle))
    observations += [] if part else list(_unused(committed, hits))
    gate = tuple(_too_little(record, threshold, bundle))
    observations += [_plain(Finding(Severity.WARNING, TOO_LITTLE, text, operation), bundle) for operation, text in gate]
    return Judged(
        rules, learnt, tuple(observations), tuple(stable), tuple(unstable), _shares(record.rounds), hits,
        tuple(f"{operation}: {text}" for operation, text in gate),
        tuple(f"{name} differs from itself: {d.operation}: {d.message}" for name, d in unclean),
        tuple({"what": d.message, "why": "a time that did not stay", "count": d.count} for d in dropped),
    )  # fmt: skip


def _applied(record: Record, rules: Rules) -> tuple[list[Comparison], dict[int, int]]:
    hits: Counter[int] = Counter()
    left = []
    for comparison in record.rounds:
        differences, needed = rules.apply(comparison.differences)
        left.append(replace(comparison, differences=tuple(differences)))
        hits.update(needed)
    return left, dict(hits)


def _sorted(
    record: Record, rounds: Sequence[Comparison]
) -> tuple[list[Difference], list[Difference], list[Difference]]:
    """The differences that stay, those that come and go, and those in times that did not stay."""
    known: dict[Key, Difference] = {}
    seen: Counter[Key] = Counter()
    for comparison in rounds:
        for difference in comparison.differences:
            known.setdefault(difference.key, difference)
            seen[difference.key] += 1
    stable: list[Difference] = []
    unstable: list[Difference] = []
    dropped: list[Difference] = []
    for key, difference in known.items():
        votes, of = record.votes.get(key, (seen[key], len(rounds)))
        if votes >= min(of, needed(difference.cls)):
            stable.append(difference)
        else:
            (dropped if difference.cls in TIMES else unstable).append(difference)
    return stable, unstable, dropped


def _shares(rounds: Sequence[Comparison]) -> dict[tuple[str, str], Share]:
    found: dict[tuple[str, str], Share] = {}
    for comparison in rounds:
        for key, share in comparison.compared.items():
            known = found.get(key, Share(0, 0))
            found[key] = Share(known.compared + share.compared, known.agreed + share.agreed)
    return found


# -- findings --


def _plain(finding: Finding, bundle: Bundle) -> Observation:
    return Observation(_placed(finding, bundle), check="compare")


def _placed(finding: Finding, bundle: Bundle) -> Finding:
    """With file and line of what it is about in the bundle."""
    operation = next((o for o in bundle.operations if o.label == finding.operation), None)
    pointer = finding.pointer or (operation.pointer if operation is not None else "")
    line = bundle.line(pointer) if pointer else 0
    return replace(finding, pointer=pointer, file=str(bundle.source) if line else "", line=line or 0)


def _observation(record: Record, difference: Difference, bundle: Bundle) -> Observation:
    finding = Finding(
        difference.severity, difference.code, difference.message, difference.operation, difference.group,
        evidence=difference.detail,
    )  # fmt: skip
    shown = record.shown.get(difference.key) or Shown(exchanges=_exchanges(record, difference))
    told = {
        "class": difference.cls, "impact": difference.impact, "place": difference.place, "pointer": difference.pointer,
        "a": difference.a, "b": difference.b, "step": max(0, len(shown.exchanges) // 2 - 1),
        "asked": _about(record, difference.step), "owner": shown.about, "smallest request": shown.smallest,
        "boundary": shown.boundary, "rule": rule_for(difference, record.started[:10]),
    }  # fmt: skip
    return Observation(
        _placed(finding, bundle), check=difference.cls, count=difference.count, verdict=shown.verdict,
        exchanges=shown.exchanges, details={name: value for name, value in told.items() if value != ""},
    )  # fmt: skip


def _unstable(record: Record, difference: Difference, bundle: Bundle) -> Observation:
    votes, of = record.votes.get(difference.key, (1, len(record.rounds)))
    made = _observation(record, difference, bundle)
    message = f"comes and goes: {difference.message}"
    finding = replace(made.finding, severity=Severity.WARNING, code=UNSTABLE, message=message,
                      evidence=f"seen in {votes} of {of} rounds")  # fmt: skip
    details = {name: value for name, value in made.details.items() if name != "rule"}
    return replace(made, finding=finding, details={**details, "class": "unstable"})


def _unclean(name: str, difference: Difference, bundle: Bundle) -> Observation:
    message = f"{name} differs from itself: {difference.message}"
    seen = f"{difference.a} | {difference.b}"
    finding = Finding(Severity.ERROR, UNCLEAN, message, difference.operation, difference.group, evidence=seen)
    made = _plain(finding, bundle)
    return replace(made, details={"class": "unsteady", "place": difference.place, "pointer": difference.pointer})


def _unsteady(record: Record, committed: Rules, bundle: Bundle) -> Iterator[Observation]:
    """What only one side does otherwise when asked twice, in what two copies of one service would do alike."""
    sides = [
        {d.key: d for d in committed.apply(noise)[0] if d.cls in _STEADY and d.impact != "cosmetic"}
        for noise in record.noise
    ]
    for at, name in enumerate(record.names):
        for key, difference in sides[at].items():
            if key not in sides[1 - at]:
                message = f"only {name} differs from itself: {difference.message}"
                finding = Finding(Severity.WARNING, UNSTEADY, message, difference.operation, difference.group)
                told = {"class": "unsteady", "place": difference.place, "pointer": difference.pointer}
                yield replace(_plain(finding, bundle), details=told)


def _unused(committed: Rules, hits: Mapping[int, int]) -> Iterator[Observation]:
    for index, rule in enumerate(committed.rules):
        if not hits.get(index):
            message = f"the rule for {rule.place} {rule.pointer or '/'} ({rule.treat}) never hit"
            finding = Finding(Severity.INFO, UNUSED_RULE, message, rule.operation, rule.pointer, committed.source)
            yield Observation(finding, check="compare", details={"class": "unused rule"})


def rule_for(difference: Difference, date: str) -> str:
    """The rule that would excuse a difference, as text for the file of rules; "" where no rule may."""
    treat = next((name for name, classes in TREATMENTS.items() if difference.cls in classes), "")
    if not treat:
        return ""
    rule = Rule(difference.operation, difference.place, difference.pointer, treat, _REASON, date)
    text = Rules((rule,)).to_toml()
    return text[text.index("[[rule]]") :]


def _exchanges(record: Record, difference: Difference) -> tuple[Exchange, ...]:
    for names in (("a1", "b1"), ("a2", "b2")):
        found = [next((s for s in record.steps(n) if s.number == difference.step), None) for n in names]
        if found[0] is not None and found[1] is not None:
            return found[0].exchange, found[1].exchange
    return ()


def _about(record: Record, number: int) -> str:
    templates = record.program.templates
    return templates[number].about if 0 <= number < len(templates) else ""


# -- how much was compared --


def _too_little(record: Record, threshold: float, bundle: Bundle) -> Iterator[tuple[str, str]]:
    """Operations of whose requests too many got no answer that could be compared, or were never sent."""
    asked = Counter(step.label for step in record.steps("a1"))
    labels = {step.number: step.label for step in record.steps("a1")}
    lost: dict[str, list[str]] = defaultdict(list)
    for label in _cut_off(record, bundle):
        asked[label] += 1
        lost[label].append(record.stopped.rstrip("."))
    for number, why in record.rounds[0].not_compared if record.rounds else ():
        if number in labels:
            lost[labels[number]].append(why)
    for label, reasons in lost.items():
        silent = [why for why in reasons if "is there on one side only" not in why]
        if len(silent) > threshold * asked[label]:
            often = Counter(silent).most_common(1)[0][0]
            yield label, f"{len(silent)} of {asked[label]} requests could not be compared: {often}"


def _cut_off(record: Record, bundle: Bundle) -> Iterator[str]:
    """The operation of each step that was not asked because the run ended before."""
    if record.interrupted or not record.stopped:
        return
    labels = {operation.id: operation.label for operation in bundle.operations}
    known = {step.number for step in record.steps("a1")} | {number for number, _ in record.not_asked}
    for number, template in enumerate(record.program.templates):
        if number not in known:
            yield labels.get(template.operation, template.operation)


def tallies(record: Record, bundle: Bundle) -> tuple[OperationTally, ...]:
    """What became of each operation, over both sides and rounds."""
    cases: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    statuses: dict[str, Counter[str]] = defaultdict(Counter)
    for steps in record.sides.values():
        for step in steps:
            cases[step.label] += 1
            seconds[step.label] += step.exchange.took  # type: ignore[assignment]  # a Counter adds floats too
            if step.exchange.reply is not None:
                statuses[step.label][str(step.exchange.reply.status)] += 1
    asked = {number: template.operation for number, template in enumerate(record.program.templates)}
    why = {asked.get(number, ""): reason for number, reason in record.not_asked}
    made = []
    for operation in bundle.operations:
        label = operation.label
        reached = any(status.startswith("2") and operation.reply(int(status)) is not None for status in statuses[label])
        left = (
            ""
            if reached
            else why.get(label, why.get(operation.id, "" if cases[label] else "the program does not ask it"))
        )
        made.append(OperationTally(label, cases[label], dict(sorted(statuses[label].items())), round(seconds[label], 3),
                                   reached, left))  # fmt: skip
    return tuple(made)
