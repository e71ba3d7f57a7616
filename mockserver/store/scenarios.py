"""Scenarios: which rows a store starts with, read from YAML, checked against the model, merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver import paths
from mockserver.problems import ScenarioError, did_you_mean
from mockserver.store.model import fits

if TYPE_CHECKING:
    from mockserver.store.model import Entity, Model

EVERY_OTHER = "*"  # in `counts`: the entities that are not named
SYSTEM = frozenset({"api_key", "event_subscription", "record_type", "system_ref"})  # never generated
_USUAL = 25
_KEYS = frozenset(
    {
        "about",
        "extends",
        "lenient",
        "seed",
        "today",
        "locale",
        "tenant",
        "tenants",
        "counts",
        "records",
        "partial",
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written; `lenient` files may speak of entities that a bundle lacks."""

    file: Path | None
    path: tuple[str | int, ...]
    lenient: bool = False

    def __str__(self) -> str:
        """`scenario.yaml:12: records.client[3].name`, the line being looked up only now."""
        words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return f"{self.file or '--count'}{_line(self.file, self.path)}: {words.lstrip('.')}"


@dataclass(frozen=True, slots=True)
class Record:
    """One row as a scenario writes it."""

    values: Mapping[str, Any]
    place: Place


@dataclass(frozen=True, slots=True)
class Tenant:
    """What another firm on the same server has: a scenario of its own, with its own counts."""

    scenario: str
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """The rows to start with, as a plan.

    `counts`: rows per entity, records included; "*" speaks for the others. `records`: rows exactly as they are
    written, absent fields stay absent. `partial`: rows of which a part is written, the seeder does the rest.
    `today` anchors every generated date. `tenant` is the firm the scenario is about, `tenants` the others.
    """

    name: str
    about: str = ""
    seed: int = 1
    today: date = date(2025, 6, 30)
    locale: str = "en_US"
    tenant: str = "aiwynsb"
    counts: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)  # of the counts
    records: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    partial: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    tenants: Mapping[str, Tenant] = field(default_factory=dict)
    file: Path | None = None

    @property
    def tenant_names(self) -> tuple[str, ...]:
        """Every tenant, the scenario's own first."""
        return (self.tenant, *(name for name in self.tenants if name != self.tenant))

    def rows_of(self, entity: str) -> tuple[Mapping[str, Any], ...]:
        """The rows written for an entity, exact ones before partial ones."""
        return tuple(r.values for r in (*self.records.get(entity, ()), *self.partial.get(entity, ())))

    def count(self, entity: str) -> int:
        """How many rows the entity gets."""
        written = len(self.records.get(entity, ())) + len(self.partial.get(entity, ()))
        if entity in self.counts:
            return self.counts[entity]
        return max(written, 0 if entity in SYSTEM else self.counts.get(EVERY_OTHER, _USUAL))

    def for_tenant(self, name: str) -> Scenario:
        """What a tenant starts with. API keys are shared out by their `tenant`."""
        other = self.tenants.get(name)
        found = self if other is None else override(load_scenario(other.scenario), counts=other.counts)
        keys = tuple(k for k in self.records.get("api_key", ()) if k.values.get("tenant", self.tenant) == name)
        return replace(found, tenant=name, seed=self.seed, today=self.today, tenants={},
                       records={**found.records, "api_key": keys})  # fmt: skip


def load_scenario(source: str | Path) -> Scenario:
    """A scenario by name (`default`) or by file, with what it extends merged in; ScenarioError says what is wrong."""
    return _load(_find(str(source), Path.cwd()), ())


def scenario_names() -> tuple[str, ...]:
    """The names that `load_scenario` knows."""
    return tuple(sorted(file.stem for file in paths.SCENARIOS.glob("*.yaml")))


def override(
    scenario: Scenario, *, counts: Mapping[str, int] | Iterable[str] | None = None, seed: int | None = None
) -> Scenario:
    """The scenario with counts (a mapping, or texts such as `client=500`) and the seed that were given by hand."""
    wished = dict(counts) if isinstance(counts, Mapping) else parse_counts(counts or ())
    if not wished and seed is None:
        return scenario
    given = {name: Place(None, (name,)) for name in wished}
    return replace(
        scenario,
        counts={**scenario.counts, **wished},
        places={**scenario.places, **given},
        seed=scenario.seed if seed is None else seed,
    )


def parse_counts(texts: Iterable[str]) -> dict[str, int]:
    """`client=500` -> {"client": 500}; ScenarioError for anything else."""
    counts = {}
    for text in texts:
        name, equals, number = text.partition("=")
        if not equals or not name.strip() or not number.strip().isdigit():
            raise ScenarioError(f"--count {text}: not understood.", "Write --count ENTITY=ROWS, as --count client=500.")
        counts[name.strip()] = int(number)
    return counts


def check_scenario(scenario: Scenario, model: Model) -> None:
    """Every entity and field of the scenario exists and the counts hold its rows, or ScenarioError."""
    known = [*model.entities, *model.aliases, *SYSTEM]
    for name, number in scenario.counts.items():
        place = scenario.places.get(name, Place(scenario.file, ("counts", name)))
        if name != EVERY_OTHER and name not in model and name not in SYSTEM and not place.lenient:
            raise ScenarioError(f"{place}: the bundle has no entity {name!r}.{did_you_mean(name, known)}",
                                "`mockserver bundle operations` lists the entities.")  # fmt: skip
        written = len(scenario.rows_of(name))
        if number < written:
            raise ScenarioError(f"{place}: {number} rows are fewer than the {written} that the scenario writes out.",
                                f"Ask for {written} or more, or take `--scenario empty`.")  # fmt: skip
    for rows in (scenario.records, scenario.partial):
        for entity, records in rows.items():
            for record in records:
                _check_record(entity, record, model, known)


def meant(record: Record, entity: Entity) -> bool:
    """Whether a row of a lenient file can be one of this entity: another API's `project` is another thing."""
    if not record.place.lenient or entity.name in SYSTEM:
        return True
    known = [(entity.fields.get(entity.spelled(name) or ""), value) for name, value in record.values.items()]
    unlike = sum(field is None or not (value is None or fits(field.type, value)) for field, value in known)
    key, given = entity.fields.get(entity.key), record.values.get(entity.key)
    return 2 * unlike < len(known) and (key is None or given is None or fits(key.type, given))


def _check_record(entity: str, record: Record, model: Model, known: list[str]) -> None:
    if record.place.lenient or entity in SYSTEM:
        return
    if entity not in model:
        raise ScenarioError(f"{record.place}: the bundle has no entity {entity!r}.{did_you_mean(entity, known)}",
                            "`mockserver bundle operations` lists the entities.")  # fmt: skip
    names = model[entity]
    for name, value in record.values.items():
        place = replace(record.place, path=(*record.place.path, name))
        if name != names.key and names.spelled(name) is None:
            near = did_you_mean(name, (*names.fields, *names.relations, *names.copies))
            raise ScenarioError(f"{place}: {entity} has no field {name!r}.{near}")
        field = names.fields.get(names.spelled(name) or name)
        if field is not None and value is not None and not fits(field.type, value):
            raise ScenarioError(f"{place}: {name} is of the type {field.type}, which {value!r} is not.")


def _find(source: str, folder: Path) -> Path:
    named = paths.SCENARIOS / f"{source}.yaml"
    if named.is_file():
        return named
    file = (folder / source).expanduser()
    if file.is_file():
        return file
    raise ScenarioError(f"There is no scenario {source!r}.{did_you_mean(source, scenario_names())}",
                        f"Give one of {', '.join(scenario_names())}, or the path of a YAML file.")  # fmt: skip


def _load(file: Path, below: tuple[Path, ...]) -> Scenario:
    if file in below:
        raise ScenarioError(f"{file}: extends itself by way of {' -> '.join(str(f.name) for f in (*below, file))}.")
    written = _read(file, file.stat().st_mtime_ns)
    try:
        return _build(file, written, (*below, file))
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"{file}: {error}") from error


@cache
def _read(file: Path, _changed: int) -> Mapping[str, Any]:
    import yaml

    try:
        written = yaml.load(file.read_text("utf-8"), Loader=_loader())  # noqa: S506  a safe loader, minus timestamps
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise ScenarioError(f"{file}: cannot be read: {error}") from error
    written = {} if written is None else written
    if not isinstance(written, dict):
        raise ScenarioError(f"{file}: holds {type(written).__name__} where a mapping belongs.")
    for key in written:
        if key not in _KEYS:
            place = Place(file, (key,))
            raise ScenarioError(f"{place}: is not a key of a scenario.{did_you_mean(str(key), _KEYS)}",
                                f"Legal: {', '.join(sorted(_KEYS))}.")  # fmt: skip
    return written


@cache
def _loader() -> Any:
    """A safe YAML loader that leaves dates as they are written."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    resolvers = {
        first: [(tag, pattern) for tag, pattern in pairs if not tag.endswith(":timestamp")]
        for first, pairs in base.yaml_implicit_resolvers.items()
    }
    return type("ScenarioLoader", (base,), {"yaml_implicit_resolvers": resolvers})


def _build(file: Path, written: Mapping[str, Any], chain: tuple[Path, ...]) -> Scenario:
    parent = _load(_find(str(written["extends"]), file.parent), chain) if "extends" in written else Scenario("")
    lenient = bool(written.get("lenient", False))
    counts = _section(file, written, "counts")
    for name, number in counts.items():
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise ScenarioError(f"{Place(file, ('counts', name))}: {number!r} is not a number of rows.")
    return Scenario(
        name=file.stem,
        about=str(written.get("about", parent.about)),
        seed=int(written.get("seed", parent.seed)),
        today=date.fromisoformat(str(written.get("today", parent.today))),
        locale=str(written.get("locale", parent.locale)),
        tenant=str(written.get("tenant", parent.tenant)),
        counts={**parent.counts, **counts},
        places={**parent.places, **{name: Place(file, ("counts", name), lenient) for name in counts}},
        records=_merge(parent.records, _records(file, written, "records", lenient)),
        partial=_merge(parent.partial, _records(file, written, "partial", lenient)),
        tenants={**parent.tenants, **_tenants(file, written)},
        file=file,
    )


def _section(file: Path, written: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = written.get(name) or {}
    if not isinstance(found, dict):
        raise ScenarioError(f"{Place(file, (name,))}: holds {type(found).__name__} where a mapping belongs.")
    return {str(key): value for key, value in found.items()}


def _records(file: Path, written: Mapping[str, Any], name: str, lenient: bool) -> dict[str, tuple[Record, ...]]:
    found = {}
    for entity, rows in _section(file, written, name).items():
        place = Place(file, (name, entity), lenient)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ScenarioError(f"{place}: is not a list of rows.", "Write `- {id: 1, name: ...}` per row.")
        found[entity] = tuple(
            Record(row, Place(file, (name, entity, position), lenient)) for position, row in enumerate(rows)
        )
    return found


def _tenants(file: Path, written: Mapping[str, Any]) -> dict[str, Tenant]:
    found = {}
    for name, setup in _section(file, written, "tenants").items():
        if not isinstance(setup, dict) or set(setup) - {"scenario", "counts"}:
            raise ScenarioError(f"{Place(file, ('tenants', name))}: has {{scenario, counts}} and nothing else.")
        found[name] = Tenant(str(setup.get("scenario", "empty")), dict(setup.get("counts") or {}))
    return found


def _merge(
    parent: Mapping[str, tuple[Record, ...]], own: Mapping[str, tuple[Record, ...]]
) -> dict[str, tuple[Record, ...]]:
    """Own rows beside the parent's; a row with the id of one of the parent's takes its place."""
    merged = dict(parent)
    for entity, records in own.items():
        ids = {r.values["id"] for r in records if "id" in r.values}
        merged[entity] = (*(r for r in parent.get(entity, ()) if r.values.get("id", r) not in ids), *records)
    return merged


def _line(file: Path | None, path: tuple[str | int, ...]) -> str:
    """`:12`, the line of a path in a YAML file; empty where it cannot be told."""
    import yaml

    if file is None:
        return ""
    try:
        node: Any = yaml.compose(file.read_text("utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, OSError):
        return ""
    line = 0
    for part in path:
        if isinstance(node, yaml.MappingNode):
            pairs = [(key, value) for key, value in node.value if key.value == str(part)]
            if not pairs:
                break
            key, node = pairs[0]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return f":{line}" if line else ""
