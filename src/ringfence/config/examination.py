"""What `ringfence doctor` looks at: each check gives an empty text, or a sentence that says what is wrong."""

from collections.abc import Callable, Iterator

from django.core.checks import WARNING, run_checks
from django.db import Error, connections

from ringfence.adapters.mail import dkim
from ringfence.config import environment, ground, migrating, parts, troubles
from ringfence.config.embedded import EmbeddedServer
from ringfence.interfaces import health
from ringfence.interfaces.commands import demo
from ringfence.privacy.keys.queries import epochs
from ringfence.privacy.ports import EpochGone, KeyStoreUnavailable, key_store

SERVER = "database server"
OF_THE_SERVER = frozenset(
    {"data database", "keys database", "rights", "key epochs", "demo customers", "worker"}
)
"""What can only be looked at while the database server runs; without it there is one finding, not five."""


def findings() -> Iterator[tuple[str, str]]:
    """Every check with its problem, in the order in which one would mend them."""
    server_runs = True
    for name, check in CHECKS.items():
        if name in OF_THE_SERVER and not server_runs:
            continue
        try:
            found = check()
        except (ground.GroundError, Error, OSError) as problem:
            found = str(problem).splitlines()[0]
        except (KeyStoreUnavailable, EpochGone) as problem:
            found = troubles.sentence(problem)
        server_runs = server_runs and not (name == SERVER and found)
        yield name, found


def _folder() -> str:
    ground.writable(environment.current().var_dir)
    return ""


def _disk() -> str:
    ground.room(environment.current().var_dir)
    return ""


def _server() -> str:
    settings = environment.current()
    if settings.embedded and not EmbeddedServer(settings.var_dir).answers():
        return "The embedded database does not run; `ringfence up` starts it."
    return ""


def _database(alias: str) -> Callable[[], str]:
    def check() -> str:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
        unknown = migrating.unknown_migrations(alias)
        if unknown:
            return f"It is newer than this version: {unknown[-1]} is unknown here."
        lacking = migrating.pending(alias)
        return f"{lacking} migrations are missing; run `ringfence migrate`." if lacking else ""

    return check


def _rights() -> str:
    """The running store must not own the tables it writes (clause 2.3)."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:
            return "The store speaks to the data database as a superuser; give it a role of its own."
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user"
        )
        owned = cursor.fetchone()[0]
    return "The store owns the tables it writes; use DATABASE_OWNER_URL for migrations." if owned else ""


def _declarations() -> str:
    problems = [problem for problem in run_checks() if problem.level >= WARNING]
    return f"{len(problems)} problems, the first: {problems[0].msg}" if problems else ""


def _key_store() -> str:
    """Each of its keys is used once: index, signature, and every epoch that wraps living keys."""
    if not key_store().epochs():
        return "The key store holds no key; `ringfence migrate` begins the first epoch of a new installation."
    health.use_keys(key_store().epochs())
    return ""


def _epochs() -> str:
    lost = {one.name for one in epochs() if one.state != "destroyed"} - key_store().epochs()
    return f"The key of epoch {min(lost)} is missing; restore the key store." if lost else ""


def _worker() -> str:
    return (
        "" if health.CHECKS["worker"]() else "No background worker runs; `ringfence up` or `ringfence work`."
    )


def _demo() -> str:
    return demo.open_to_everybody()


def _calls() -> str:
    return parts.absence("switch")


def _phones() -> str:
    return parts.absence("phones")


def _signature() -> str:
    try:
        dkim.signer()
    except dkim.NoKey as problem:
        return str(problem)
    return ""


CHECKS: dict[str, Callable[[], str]] = {
    "folder": _folder,
    "disk": _disk,
    "declarations": _declarations,
    SERVER: _server,
    "data database": _database("default"),
    "keys database": _database("keys"),
    "rights": _rights,
    "key store": _key_store,
    "key epochs": _epochs,
    "demo customers": _demo,
    "worker": _worker,
    "letters are signed": _signature,
    "calls": _calls,
    "phones": _phones,
}
