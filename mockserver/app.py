"""create_app: the one place where all parts meet; read it top to bottom to see how a request travels."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from mockserver import paths
from mockserver.admin.api import PREFIX, Admin
from mockserver.bundle.compiled import no_gc
from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.calls import Site
from mockserver.clock import Clock
from mockserver.entities import complete
from mockserver.problems import UsageError
from mockserver.serving.pipeline import Pipeline
from mockserver.serving.routing import Asgi, Receive, Scope, Send, connexion_app
from mockserver.serving.world import Worlds
from mockserver.settings import Settings
from mockserver.store.memory import Store
from mockserver.store.model import Model
from mockserver.store.relations import infer_model
from mockserver.store.scenarios import Scenario, check_scenario, load_scenario, override, parse_counts
from mockserver.store.seeding import Seeder


@no_gc()
def create_app(settings: Settings | None = None) -> App:
    """The mock as an ASGI application. BundleError or ScenarioError say what cannot be used, and why."""
    settings = settings or Settings()

    # What the vendor promises, corrected by overlays, and what it says about rows.
    bundle = load_bundle(bundle_file(settings), overlay_files(settings))
    model = infer_model(bundle)
    complete(model)

    # The state: each tenant's rows are seeded when an entity is first touched, and forked per world.
    scenario = override(load_scenario(settings.scenario), counts=parse_counts(settings.count), seed=settings.seed)
    check_scenario(scenario, model)
    seed = scenario.seed

    def make_store(tenant: str) -> Store:
        return Store(model, Seeder(model, scenario, seed=seed, tenant=tenant, bundle=bundle))

    worlds = Worlds(make_store, scenario.tenant_names, seed, _clock(settings))

    # A request: route -> plan (auth, decode, validate, handler) -> reply, and into the journal.
    site = Site(bundle, model, {"page": settings.page, "unknown_fields": settings.unknown_fields})
    pipeline = Pipeline(bundle, site, worlds, settings)
    return App(settings, bundle, model, scenario, pipeline)


class App:
    """The ASGI application: plans answer the bundle's paths, `/__admin` controls, connexion has the rest."""

    def __init__(
        self, settings: Settings, bundle: Bundle, model: Model, scenario: Scenario, pipeline: Pipeline
    ) -> None:
        self.settings = settings
        self.bundle = bundle
        self.model = model
        self.scenario = scenario
        self.pipeline = pipeline
        self.admin = Admin(pipeline, settings) if settings.admin else None
        self._connexion: Asgi | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI connection."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        path = _raw_path(scope)
        match = self.pipeline.routes.find(path)
        if match is not None:
            await self.pipeline.serve(match, scope, receive, send)
        elif self.admin is not None and path.startswith(PREFIX) and not path.startswith(f"{PREFIX}/ui"):
            await self.admin(scope, receive, send)
        else:
            if self._connexion is None:  # its import alone costs half a second, so only who needs it pays
                self._connexion = await asyncio.to_thread(self.connexion)
            await self._connexion(scope, receive, send)

    def connexion(self) -> Asgi:
        """Connexion's own application over the bundle's routing skeleton, answering through the same plans."""
        from mockserver.bundle.skeleton import routing_skeleton

        skeleton = routing_skeleton(self.bundle.operations, self.bundle.document)

        async def serve(operation_id: str | None, scope: Scope, receive: Receive, send: Send) -> None:
            match = self.pipeline.routes.find(_raw_path(scope))
            if match is None or (operation_id is None and scope["method"] in match.methods):
                await self.pipeline.unknown(scope, send)
            else:
                await self.pipeline.serve(match, scope, receive, send)

        return connexion_app(skeleton, serve)

    def replace(self, other: App) -> None:
        """Go on as another application (a reload): bundle, data and plans are the other's from the next request."""
        other.pipeline.journal = self.pipeline.journal
        other.pipeline.on_entry = self.pipeline.on_entry
        self.bundle, self.model, self.scenario = other.bundle, other.model, other.scenario
        self.pipeline, self.admin, self._connexion = other.pipeline, other.admin, None


def bundle_file(settings: Settings) -> Path:
    """The bundle that these settings mean."""
    return Path(settings.bundle) if settings.bundle else paths.BUNDLE


def overlay_files(settings: Settings) -> tuple[Path, ...]:
    """The overlays that these settings mean: those of spec/ belong to the bundle in spec/ only."""
    if settings.overlays is not None:
        return tuple(Path(o) for o in settings.overlays)
    if bundle_file(settings).resolve() == paths.BUNDLE.resolve() and paths.OVERLAYS.is_dir():
        return tuple(sorted(paths.OVERLAYS.glob("*.overlay.yaml")))
    return ()


def _clock(settings: Settings) -> Clock:
    if settings.clock == "real":
        return Clock()
    try:
        at = datetime.fromisoformat(settings.clock)
    except ValueError:
        raise UsageError(f"clock is `real` or a time such as 2026-01-31T09:00:00Z, not {settings.clock!r}.") from None
    return Clock(at.astimezone())


def _raw_path(scope: Scope) -> str:
    raw: bytes = scope.get("raw_path") or b""
    return raw.decode("latin-1").partition("?")[0] or str(scope["path"])


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return
