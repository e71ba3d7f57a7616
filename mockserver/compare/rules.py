"""Rules of noise: what may differ in value between answers, with reason, date and evidence, in a TOML file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path

from mockserver.compare.codes import UNUSED_RULE
from mockserver.compare.difference import Comparison, Difference
from mockserver.findings import Finding, Severity
from mockserver.problems import UsageError, did_you_mean

# What each treatment excuses. None of them excuses presence, type or format; only where an environment was seen to
# differ from itself in precision too is that excused.
TREATMENTS = {
    "form": frozenset({"value", "header value", "error text", "freshness", "referential", "length"}),
    "ignore-value": frozenset(
        {
            "value",
            "header value",
            "error text",
            "freshness",
            "referential",
            "length",
            "precision",
            "enum value",
            "default",
            "count",
            "number form",
            "key order",
            "encoding",
        }
    ),
    "set": frozenset({"order"}),
    "unsteady": frozenset({"latency", "order", "paging", "count"}),
}
_HEAD = "# What may differ between the answers of two environments. A rule never excuses presence, type or format.\n"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: where it holds, as globs, and how what differs there is treated (a name of TREATMENTS).

    `evidence` says how often it was seen, `date` (ISO) when, `reason` why it is no drift.
    """

    operation: str
    place: str
    pointer: str
    treat: str
    reason: str
    date: str = ""
    evidence: str = ""

    def excuses(self, difference: Difference) -> bool:
        """Whether a difference is what this rule is about."""
        return (
            difference.cls in TREATMENTS[self.treat]
            and fnmatchcase(difference.operation, _literal(self.operation))
            and fnmatchcase(difference.place, self.place)
            and fnmatchcase(difference.pointer, _literal(self.pointer))
        )


def _literal(glob: str) -> str:
    """Brackets are part of pointers (`/rows/[]/id`), not of globs."""
    return glob.replace("[", "[[]")


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a pair of environments, in the order of their file."""

    rules: tuple[Rule, ...] = ()
    source: str = ""

    def apply(self, differences: Sequence[Difference]) -> tuple[list[Difference], dict[int, int]]:
        """What is left, and how often each rule (by its index) was needed."""
        hits = dict.fromkeys(range(len(self.rules)), 0)
        left = []
        for difference in differences:
            found = next((index for index, rule in enumerate(self.rules) if rule.excuses(difference)), None)
            if found is None:
                left.append(difference)
            else:
                hits[found] += difference.count
        return left, hits

    def joined(self, other: Rules) -> Rules:
        """These rules and the other ones that are not among them."""
        known = {(r.operation, r.place, r.pointer, r.treat) for r in self.rules}
        more = tuple(r for r in other.rules if (r.operation, r.place, r.pointer, r.treat) not in known)
        return Rules(self.rules + more, self.source or other.source)

    def save(self, file: Path) -> None:
        """Write the file whole."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.to_toml(), "utf-8")

    def to_toml(self) -> str:
        """The text of the file."""
        blocks = []
        for rule in self.rules:
            lines = [f"{name} = {_quoted(value)}" for name, value in asdict(rule).items() if value]
            blocks.append("\n".join(["[[rule]]", *lines]))
        return _HEAD + "".join(f"\n{block}\n" for block in blocks)


NO_RULES = Rules()


def _quoted(text: str) -> str:
    """A basic string of TOML; JSON's escapes are legal there."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def load_rules(file: Path) -> Rules:
    """The rules of a file; none where there is no file. UsageError names what is wrong and where."""
    if not file.is_file():
        return Rules(source=str(file))
    try:
        data = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is not TOML: {error}.") from error
    found = data.get("rule", [])
    if not isinstance(found, list) or set(data) - {"rule"}:
        raise UsageError(f"{file} holds something else than [[rule]] tables.")
    return Rules(tuple(_rule(table, number, file) for number, table in enumerate(found, 1)), str(file))


def _rule(table: object, number: int, file: Path) -> Rule:
    names = {field.name for field in fields(Rule)}
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise UsageError(f"{file}: rule {number} is no table of texts.")
    strange = next((name for name in table if name not in names), None)
    if strange is not None:
        raise UsageError(f"{file}: rule {number} has no {strange!r}.{did_you_mean(strange, names)}")
    missing = [
        name
        for name in ("operation", "place", "pointer", "treat", "reason")
        if not table.get(name) and name != "pointer"
    ]
    if missing:
        raise UsageError(f"{file}: rule {number} lacks {', '.join(missing)}.", "A rule says where, how and why.")
    if table["treat"] not in TREATMENTS:
        raise UsageError(
            f"{file}: rule {number} treats as {table['treat']!r}.", f"It is one of {', '.join(TREATMENTS)}."
        )
    return Rule(**{"pointer": "", **table})


def stale(rules: Rules, comparison: Comparison) -> Iterator[Finding]:
    """Rules that were not needed."""
    for index, rule in enumerate(rules.rules):
        if not comparison.hits.get(index):
            message = f"the rule for {rule.place} {rule.pointer or '/'} ({rule.treat}) never hit"
            yield Finding(Severity.WARNING, UNUSED_RULE, message, rule.operation, rule.pointer, rules.source)
