"""What load balancers and the supervisor ask: is this process alive, and is the store ready for customers?"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

import structlog
from django.apps import apps
from django.db import Error, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from ringfence.interfaces import clock, language
from ringfence.privacy.ports import EpochGone, KeyStoreUnavailable, key_store

WORKER_SILENCE: Final = timedelta(seconds=30)
ALIASES: Final = ("default", "keys")

log = structlog.get_logger(__name__)
_migrated: set[tuple[str, frozenset[tuple[str, str]]]] = set()


@require_safe
@vary_on_headers("Accept-Language")
def front_door(request: HttpRequest) -> HttpResponse:
    """Lead from `/` to the front page in the language the browser asks for."""
    return HttpResponseRedirect(f"/{language.of(request)}/")


@require_safe
@never_cache
def alive(_request: HttpRequest) -> HttpResponse:
    """Say that this process answers; nothing else is looked at."""
    return JsonResponse({"alive": True})


@require_safe
@never_cache
def ready(_request: HttpRequest) -> HttpResponse:
    """Say what works of what customers need; 503 unless all of it does."""
    states = {name: _works(name, check) for name, check in CHECKS.items()}
    everything = all(states.values())
    return JsonResponse({"ready": everything, **states}, status=200 if everything else 503)


def _works(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (Error, KeyStoreUnavailable, EpochGone, OSError) as problem:
        log.warning("health.not_ready", check=name, problem=type(problem).__name__)
        return False


def _answers(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _is_migrated() -> bool:
    """Whether both databases have the tables of this version, no fewer and no newer ones; a yes is remembered."""
    for alias in ALIASES:
        applied = frozenset(MigrationRecorder(connections[alias]).applied_migrations())
        if (alias, applied) not in _migrated:
            executor = MigrationExecutor(connections[alias])
            lacking = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if lacking or unknown_migrations(executor.loader):
                return False
            _migrated.add((alias, applied))
    return True


def unknown_migrations(loader: MigrationLoader) -> list[str]:
    """Return the migrations that a database has seen and this version does not know."""
    ours = {app.label for app in apps.get_app_configs()}
    replaced = {one for migration in loader.disk_migrations.values() for one in migration.replaces}
    return sorted(
        f"{label}.{name}"
        for label, name in loader.applied_migrations
        if label in ours and (label, name) not in loader.disk_migrations and (label, name) not in replaced
    )


def _worker_works() -> bool:
    """Whether a background worker gave a sign of life lately."""
    workers = apps.get_model("procrastinate", "ProcrastinateWorker")
    return bool(workers.objects.filter(last_heartbeat__gt=clock.now() - WORKER_SILENCE).exists())


def _key_store_answers() -> bool:
    """Whether the keys in use are there: index, signature, and the newest epoch."""
    newest = sorted(key_store().epochs())[-1:]
    use_keys(newest)
    return bool(newest)


def use_keys(epochs: Iterable[str]) -> None:
    """Use each key of the key store once. Raises KeyStoreUnavailable or EpochGone."""
    store = key_store()
    store.public_key()
    store.mac("health", b"health")
    for epoch in epochs:
        wrapped = store.wrap_many(epoch, [(bytes(32), b"health")])
        store.unwrap_many(epoch, [(wrapped[0], b"health")])


CHECKS: Final[dict[str, Callable[[], bool]]] = {
    "data": lambda: _answers("default"),
    "keys": lambda: _answers("keys"),
    "tables": _is_migrated,
    "worker": _worker_works,
    "key_store": _key_store_answers,
}
