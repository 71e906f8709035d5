"""Sends each model to its database: keys to `keys`, all else to `default`."""

from typing import Any

KEYS = "keys"


class KeysRouter:
    """Keeps keys and the data they open in different databases (clause 2.3)."""

    def db_for_read(self, model: Any, **_hints: Any) -> str:
        """Return the alias the model is read from."""
        return KEYS if model._meta.app_label == KEYS else "default"

    db_for_write = db_for_read

    def allow_relation(self, obj1: Any, obj2: Any, **_hints: Any) -> bool:
        """Allow relations inside one database only."""
        return self.db_for_read(type(obj1)) == self.db_for_read(type(obj2))

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        """Migrate keys in `keys` alone and everything else in `default` alone."""
        return (app_label == KEYS) == (db == KEYS)
