"""Plain connexion as a mock, the way `connexion run --mock=all -f async` does it: `peer_connexion.py BUNDLE30 PORT`."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")


def bearer(token: str) -> dict[str, str]:
    """Any token will do, as with the other peers."""
    return {"sub": token}


def main(bundle: str, port: str) -> None:
    """Serve until ended."""
    import connexion
    import uvicorn
    from connexion.mock import MockResolver

    app = connexion.AsyncApp(__name__)
    app.add_api(json.loads(Path(bundle).read_text("utf-8")), resolver=MockResolver(mock_all=True))
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
