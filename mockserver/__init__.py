"""A stateful, high-fidelity mock of the Aiwyn API, or of any OpenAPI bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.app import create_app as create_app
    from mockserver.server import MockServer as MockServer
    from mockserver.settings import Settings as Settings

__version__ = "0.1.0"
__all__ = ["MockServer", "Settings", "__version__", "create_app"]

_HOMES = {"MockServer": "server", "Settings": "settings", "create_app": "app"}


def __getattr__(name: str) -> Any:
    """Public names are imported when they are first used: `mockserver --help` and the plugin stay quick."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"mockserver.{home}"), name)
