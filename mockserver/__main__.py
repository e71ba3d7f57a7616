"""`python -m mockserver` and the `mockserver` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; every refusal is one clear sentence, never a traceback."""
    from mockserver.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
