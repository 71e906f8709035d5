"""Models that can be written inside an action only."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models

from ringfence.kernel.action import WriteOutsideAction, in_action
from ringfence.privacy.keys import transaction as keys_transaction
from ringfence.privacy.keys.router import KEYS

M = TypeVar("M", bound=models.Model)


def require_action(what: object) -> None:
    """Raise WriteOutsideAction unless an action is running."""
    if not in_action():
        raise WriteOutsideAction(f"{what} was written outside an action; write an @action for it")


def _require_action(model: type[models.Model]) -> None:
    require_action(model.__name__)
    if model._meta.app_label == KEYS:
        keys_transaction.join()


class GuardedQuerySet(models.QuerySet[M]):
    """A QuerySet whose writes need an action, and whose sealed fields are only written by saving an object."""

    def update(self, **values: Any) -> int:
        """Update inside an action; a sealed field is refused, since each row is sealed on its own."""
        _require_action(self.model)
        sealed = [name for name in values if hasattr(self.model._meta.get_field(name), "seal")]
        if sealed:
            raise WriteOutsideAction(f"sealed fields are written by save(), not update(): {sealed}")
        return super().update(**values)

    def select_for_update(self, *args: Any, **kwargs: Any) -> "GuardedQuerySet[M]":
        """Lock rows inside an action."""
        _require_action(self.model)
        return super().select_for_update(*args, **kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete inside an action."""
        _require_action(self.model)
        return super().delete()

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        """Insert many inside an action."""
        _require_action(self.model)
        return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, objs: Iterable[M], fields: Iterable[str], batch_size: int | None = None) -> int:
        """Update many inside an action."""
        _require_action(self.model)
        return super().bulk_update(objs, fields, batch_size)


class Guarded(models.Model):
    """The base of every model of the house."""

    objects = GuardedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save inside an action."""
        _require_action(type(self))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete inside an action."""
        _require_action(type(self))
        return super().delete(*args, **kwargs)
