"""Runs schemathesis in process on a bundle: every check, every phase; prints failures and what was never reached.

A process of its own, because one run imports much, leaves hooks behind and must not learn from another.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from typing import Any

import schemathesis
import schemathesis.openapi
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import NonFatalError, ScenarioFinished

from mockserver import paths
from mockserver.app import create_app
from mockserver.calls import Actor
from mockserver.clock import Clock
from mockserver.entities import tokens
from mockserver.entities.rights import ROLES
from mockserver.settings import Settings

CONFIG = """
seed = {seed}
base-url = "http://mock"
continue-on-failure = true
[auth.openapi.{scheme}]
bearer = "{token}"
[generation]
max-examples = {examples}
database = "none"
[cache]
enabled = false
"""
# Here a request that keeps the schema can still be refused by what is stored or by two fields together: a name that
# is taken (the vendor documents no 409), an entity type that does not exist. Such a refusal must say so in its code.
STATEFUL = {
    "POST /api/v1/records/custom": {"INVALID_RECORD_TYPE"},
    "PUT /api/v1/records/custom/{name}": {"INVALID_RECORD_TYPE"},
    "POST /api/v1/event-subscriptions": {"INVALID_SUBSCRIPTION"},
    "PUT /api/v1/event-subscriptions/{id}": {"INVALID_SUBSCRIPTION"},
}
# A cursor is the server's to give, as an id is, and no schema says which there are.
UNKNOWN_CURSOR = "MS118"
ALLOWED = """
[[operations]]
include-name = "{label}"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "401", "403", "404"]
"""


def main() -> int:
    """Run, report, and give 1 where a check failed or an operation was never reached."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--seed", default="1")
    asked.add_argument("--max-examples", default="20")
    asked.add_argument("--bundle", default=str(paths.BUNDLE))
    asked.add_argument("--scheme", default="BearerAuth")
    asked.add_argument("--scenario", default="small")
    asked.add_argument("--open", action="store_true", help="nobody needs to say who they are, whatever is declared")
    asked.add_argument("--operation", default="", help="only operations whose label contains this")
    options = asked.parse_args()
    bundle = "" if options.bundle == str(paths.BUNDLE) else options.bundle
    auth = "off" if options.open else "strict"
    settings = Settings(bundle=bundle, scenario=options.scenario, auth=auth, check_replies="fail", access_log=False)
    app = create_app(settings)
    token = _token(app.scenario.tenant)
    text = CONFIG.format(seed=options.seed, scheme=options.scheme, token=token, examples=options.max_examples)
    text += "[checks]\nignored_auth.enabled = false\n" if options.open else ""
    text += "".join(ALLOWED.format(label=label) for label in STATEFUL)
    schema: Any = schemathesis.openapi.from_path(options.bundle, config=SchemathesisConfig.from_str(text))
    schema.app = app
    if options.operation:
        schema = schema.include(path_regex=options.operation)
    failures, reached, cases = _run(schema)
    never = sorted(label for label, statuses in reached.items() if not any(200 <= s < 400 for s in statuses))
    for (label, title), (count, message) in sorted(failures.items()):
        print(f"FAILED {label}: {title} (x{count})\n{message}\n")
    print(f"seed {options.seed}, {len(reached)} operations, {cases} cases, {len(failures)} failures")
    print(f"never answered a documented 2xx: {len(never)} {' '.join(never)}")
    return int(bool(failures or never or not cases))


def _token(tenant: str) -> str:
    """A token with every right that no revocation of a key can reach: the fuzzer revokes the keys it finds."""
    actor = Actor(tenant, frozenset(ROLES))
    return tokens.mint({"tenant": tenant, "roles": sorted(actor.roles)}, Clock(), lifetime=86_400)[0]


def _run(schema: Any) -> tuple[dict[tuple[str, str], tuple[int, str]], dict[str, set[int]], int]:
    failures: dict[tuple[str, str], tuple[int, str]] = {}
    counts: Counter[tuple[str, str]] = Counter()
    reached: dict[str, set[int]] = defaultdict(set)
    cases = 0
    for event in from_schema(schema).execute():
        if isinstance(event, NonFatalError):
            failures["", f"error in {event.label}"] = (1, str(event.value)[:2000])
        if not isinstance(event, ScenarioFinished):
            continue
        recorder = event.recorder
        for identity, node in recorder.cases.items():
            interaction = recorder.interactions.get(identity)
            if interaction is None or interaction.response is None:
                continue
            cases += 1
            operation = node.value.operation
            if node.value.method.upper() == operation.method.upper():
                reached[operation.label].add(interaction.response.status_code)
            if interaction.response.status_code == 400 and operation.label in STATEFUL and _positive(node.value):
                code = interaction.response.json()["error"]["code"]
                if code not in STATEFUL[operation.label]:
                    failures[operation.label, f"refused with {code}"] = (1, interaction.response.text[:500])
        for identity, checks in recorder.checks.items():
            for check in checks:
                if check.failure_info is None or _made_up_cursor(check.name, recorder.interactions[identity].response):
                    continue
                key = (recorder.cases[identity].value.operation.label, check.failure_info.failure.title)
                counts[key] += 1
                shown = f"{check.failure_info.failure.message}\n{check.failure_info.code_sample}"
                body = recorder.interactions[identity].response
                answered = body.content[:500].decode("utf-8", "replace") if body is not None else ""
                failures.setdefault(key, (0, f"{shown[:1500]}\n-> {answered}"))
    return {key: (counts[key] or 1, message) for key, (_, message) in failures.items()}, reached, cases


def _made_up_cursor(check: str, response: Any) -> bool:
    """Whether a request was refused for its cursor alone, which was none of the list's."""
    if check != "positive_data_acceptance" or response is None:
        return False
    return response.status_code == 400 and UNKNOWN_CURSOR in response.headers.get("mock-code", [])


def _positive(case: Any) -> bool:
    """Whether schemathesis meant the case to be valid."""
    return case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE


if __name__ == "__main__":
    sys.exit(main())
