"""Models that can be written inside an action only, and from which nothing goes that a law keeps.

Whoever deletes rows, or writes over a sealed value, comes through here, whatever for. Before it happens, what a legal
hold covers is set aside by whoever was installed (clause 2.8). What goes past the models, such as a day that is dropped
whole, is announced by `rows_go`.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

from django.db import models

from ringfence.kernel.action import WriteOutsideAction, in_action
from ringfence.privacy.keys import transaction as keys_transaction
from ringfence.privacy.keys.router import KEYS

M = TypeVar("M", bound=models.Model)
RowsGo = Callable[[models.QuerySet[Any]], object]
ValuesGo = Callable[[models.Model, Collection[str] | None], object]
_keepers: list[tuple[RowsGo, ValuesGo]] = []


def install_keeper(rows: RowsGo, values: ValuesGo) -> None:
    """Set what is called before rows go, and before fields of a row are written over: those named, or all (None)."""
    _keepers[:] = [(rows, values)]


def rows_go(rows: models.QuerySet[Any]) -> None:
    """Have what a law keeps of some rows set aside, inside the action in which they go."""
    for keep, _values in _keepers:
        keep(rows)


def _values_go(row: models.Model, fields: Collection[str] | None) -> None:
    for _rows, keep in _keepers:
        keep(row, fields)


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
        rows_go(self)
        return super().delete()

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        """Insert many inside an action."""
        _require_action(self.model)
        return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, objs: Iterable[M], fields: Iterable[str], batch_size: int | None = None) -> int:
        """Update many inside an action."""
        _require_action(self.model)
        rows, names = list(objs), list(fields)
        for row in rows:
            _values_go(row, names)
        return super().bulk_update(rows, names, batch_size)


class Guarded(models.Model):
    """The base of every model of the house."""

    objects = GuardedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save inside an action."""
        _require_action(type(self))
        if not self._state.adding:
            _values_go(self, kwargs.get("update_fields"))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete inside an action."""
        _require_action(type(self))
        rows_go(type(self)._default_manager.filter(pk=self.pk))
        return super().delete(*args, **kwargs)
