"""`make compare`: a mock as sandbox that has drifted in six ways, compared with a mock as staging, over HTTP."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from mockserver.cli import run
from tests.drifts.corpus import DRIFTS, serve_pair

SIX = ("enum-new", "number-exponent", "error-no-details", "property-renamed", "refuses-larger-page", "status-gone")
LOOKED_AT = ("*/industries/search", "*/contacts", "*/jobs", "*/services", "*/offices*", "*/office/*", "GET */client/*")
PAGE = Path(".mockserver", "compare.html").resolve()


@contextmanager
def environments(staging: str, sandbox: str) -> Iterator[None]:
    """A folder whose pyproject.toml names both servers; the working folder while it lasts."""
    home = Path.cwd()
    with TemporaryDirectory() as folder:
        lines = []
        for name, url in (("staging", staging), ("sandbox", sandbox)):
            lines += [f"[tool.mockserver.environments.{name}]", f'url = "{url}"', "rate = 0"]
            lines += [f'actors.default.token-variable = "{name.upper()}_TOKEN"', ""]
        Path(folder, "pyproject.toml").write_text("\n".join(lines), "utf-8")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(home)


def main(arguments: Sequence[str]) -> int:
    """Compare the two, print the report, write the page; 0 where each of the six was seen."""
    six = [drift for drift in DRIFTS if drift.name in SIX]
    print("The sandbox has drifted from staging in six ways:")
    for drift in six:
        print(f"  {drift.severity:<9} {drift.description}")
    print()
    with serve_pair(1, 2, *six) as (staging, sandbox):
        os.environ |= {"STAGING_TOKEN": staging.token, "SANDBOX_TOKEN": sandbox.token}
        with environments(staging.url, sandbox.url):
            asked = [word for glob in LOOKED_AT for word in ("--operation", glob)]
            reports = ["--report", "text", "--report", f"html={PAGE}"]
            code = run(["compare", "staging", "sandbox", *asked, *reports, *arguments])
    return 0 if code == 1 else code or 1


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    sys.exit(main(sys.argv[1:]))
