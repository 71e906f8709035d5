"""Page modules of an interface: found by their name, so that a new one changes no other file."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from django.urls import URLPattern

Part = tuple[str, dict[str, Any]]
"""A template, and what it is rendered with."""


@lru_cache(maxsize=8)
def modules_in(package: str) -> tuple[ModuleType, ...]:
    """Return the `*_pages` modules of a package, by `SECTION_ORDER` (50 when unsaid) and name."""
    root = import_module(package)
    names = [found.name for found in iter_modules(root.__path__) if found.name.endswith("_pages")]
    modules = [import_module(f"{package}.{name}") for name in names]
    return tuple(sorted(modules, key=lambda module: (getattr(module, "SECTION_ORDER", 50), module.__name__)))


def addresses_in(package: str) -> list[URLPattern]:
    """Return the addresses that the page modules of a package enter."""
    return [pattern for module in modules_in(package) for pattern in getattr(module, "urlpatterns", [])]


def parts_in(package: str, name: str, *arguments: object) -> Iterator[Part]:
    """Yield what each page module adds to a shared page by a function called `name`."""
    for module in modules_in(package):
        make: Callable[..., Part | None] | None = getattr(module, name, None)
        part = make(*arguments) if make is not None else None
        if part is not None:
            yield part
