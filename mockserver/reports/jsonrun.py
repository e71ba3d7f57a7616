"""run.json as text: the run itself, of which every other report can be made again."""

from __future__ import annotations

import json

from mockserver.runs import Run


def to_text(run: Run) -> str:
    """The content of run.json, as `spec/run.schema.json` describes it."""
    return json.dumps(run.to_json(), indent=1, ensure_ascii=False) + "\n"
