"""What goes wrong around a running store, as one sentence for the operator; nothing of Django is imported for it."""

_KINDS = {
    "ringfence.privacy.backups.doors.DoorsClosedError": (
        "The doors are closed: {}. Run `ringfence restore` to its end on the machine where it was begun."
    ),
    "django.db.utils.OperationalError": "The database does not answer: {}. See DATABASE_URL and KEYS_DATABASE_URL.",
    "psycopg.OperationalError": "The database does not answer: {}. See DATABASE_URL and KEYS_DATABASE_URL.",
    "psycopg_pool.PoolTimeout": "The database does not answer: {}. See DATABASE_URL and KEYS_DATABASE_URL.",
    "procrastinate.exceptions.ConnectorException": "The queue of background work cannot be reached: {}.",
    "ringfence.privacy.ports.KeyStoreUnavailable": "The key store cannot be used: {}.",
    "ringfence.privacy.ports.EpochGone": "A key is lost: {}; restore the key store.",
    "ringfence.privacy.keys.keyring.KeyLost": "A key is lost: {}.",
}


def sentence(problem: BaseException) -> str:
    """Return the sentence for a foreseen problem; empty for any other, which is a mistake of ours."""
    for kind in type(problem).__mro__:
        words = _KINDS.get(f"{kind.__module__}.{kind.__qualname__}")
        if words:
            said = str(problem).strip() or type(problem).__name__
            return words.format(said.splitlines()[0].rstrip("."))
    return ""
