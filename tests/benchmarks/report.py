"""The figures as one table, what was wanted, and whether it was reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FIGURES = ("cpu_us", "rps", "p50_ms", "p99_ms")
GET, SEARCH, NEW = "GET by id", "POST search", "POST search, never the same"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A figure that the project wants; `value` is None where it could not be measured."""

    name: str
    value: float | None
    limit: float
    form: str
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Whether the figure is as wanted."""
        if self.value is None:
            return False
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def line(self) -> str:
        """One line of the report."""
        bound = ("at least " if self.at_least else "at most ") + self.form.format(self.limit)
        if self.value is None:
            return f"  ?        {self.name}: not measured (wanted {bound})"
        verdict = "reached" if self.reached else "MISSED "
        return f"  {verdict}  {self.name}: {self.form.format(self.value)} (wanted {bound})"


def wanted(results: dict[str, Any], ours: str) -> list[Wanted]:
    """What issue and README promise, measured."""

    def ratio(workload: str, peer: str) -> float | None:
        mine, theirs = _figure(results, ours, workload, "cpu_us"), _figure(results, peer, workload, "cpu_us")
        return theirs / mine if mine and theirs else None

    start = results["start"]
    return [
        Wanted("GET, CPU of Prism to ours", ratio(GET, "prism"), 12, "{:.1f} times", at_least=True),
        Wanted("GET, CPU of Scalar to ours", ratio(GET, "scalar"), 1, "{:.1f} times", at_least=True),
        Wanted("search, CPU of Prism to ours", ratio(SEARCH, "prism"), 8, "{:.1f} times", at_least=True),
        Wanted("first answer, cache warm", start["warm"], 0.5, "{:.2f} s"),
        Wanted("first answer, cache cold", start["cold"], 1.0, "{:.2f} s"),
        Wanted("memory, default scenario, all entities read", start["memory_all"], 120, "{:.0f} MB"),
    ]


def text(results: dict[str, Any], ours: str) -> str:
    """The whole report."""
    settings = results["settings"]
    head = (
        f"{results['machine']}; {settings['rows']:,} rows, {settings['connections']} connections, "
        f"medians of {settings['rounds']} interleaved rounds of {settings['seconds']:g} s"
    )
    searches = results["searches"]
    work = (
        f"{searches['distinct']} searches in turn; of them the median finds {searches['total_median']:,.0f} rows, "
        f"the least {searches['total_min']:,}; {searches['page_mean']:.1f} rows a page"
    )
    start = results["start"]
    memory = (
        f"{ours}, default scenario: first answer {start['cold']:.2f} s cold, {start['warm']:.2f} s warm; "
        f"{start['memory_started']:.0f} MB then, {start['memory_all']:.0f} MB after reading every entity"
    )
    fresh, prism = _figure(results, ours, NEW, "cpu_us"), _figure(results, "prism", SEARCH, "cpu_us")
    never = (
        [f"where no search comes twice, ours takes {prism / fresh:.1f} times less than prism"]
        if fresh and prism
        else []
    )
    left = [f"left out: {name}: {reason}" for name, reason in results["left_out"].items()]
    lines = [head, work, "", *_table(results, ours), "", memory, *never, *left, "", "wanted"]
    return "\n".join([*lines, *(w.line() for w in wanted(results, ours))])


def _table(results: dict[str, Any], ours: str) -> list[str]:
    rows = [
        ["", "GET", "", "", "search", "", "", "first", "memory, MB", ""],
        ["", "CPU µs", "ours is", "req/s", "CPU µs", "ours is", "req/s", "answer s", "started", "loaded"],
    ]
    names = [ours, *(name for name in results["servers"] if name != ours)]
    for name in names:
        entry = results["servers"][name]
        cells = [name]
        for workload in (GET, SEARCH):
            cells += _cells(results, name, ours, workload)
        rows.append([*cells, f"{entry['start']:.2f}", *(f"{entry[k]:.0f}" for k in _MEMORY)])
    if (fresh := _figure(results, ours, NEW, "cpu_us")) is not None:
        rps = _figure(results, ours, NEW, "rps")
        rows.append([f"{ours}, no search twice", "", "", "", f"{fresh:.1f}", "", f"{rps:,.0f}", "", "", ""])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [_line(row, widths) for row in rows]


def _line(row: list[str], widths: list[int]) -> str:
    cells = [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
    return "  ".join(cells).rstrip()


_MEMORY = ("memory_started", "memory_after_load")


def _cells(results: dict[str, Any], name: str, ours: str, workload: str) -> list[str]:
    cpu, rps = (_figure(results, name, workload, key) for key in ("cpu_us", "rps"))
    mine = _figure(results, ours, workload, "cpu_us")
    if cpu is None or rps is None:
        return ["-", "-", "-"]
    ratio = "" if name == ours or not mine else f"{cpu / mine:.1f}x less"
    return [f"{cpu:.1f}", ratio, f"{rps:,.0f}"]


def _figure(results: dict[str, Any], name: str, workload: str, key: str) -> float | None:
    value = results["servers"].get(name, {}).get("workloads", {}).get(workload, {}).get(key)
    return None if value is None else float(value)
