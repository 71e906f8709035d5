"""The store as a WSGI application (PEP 3333)."""

import os
from collections.abc import Callable, Iterable
from multiprocessing.util import Finalize
from typing import Any

from django.core.wsgi import get_wsgi_application

from ringfence.config import program

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ringfence.config.settings")

_pages = get_wsgi_application()
program.require_declarations()


def _write_what_is_counted() -> None:
    """Write down the pages that were opened since the last time, before this process of the server goes."""
    from ringfence.interfaces.page_views import tally

    tally.write()


Finalize(None, _write_what_is_counted, exitpriority=0)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request; the answer does not name the server's software (clause 2.7)."""

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start_response(status, [*headers, ("Server", "web")], *rest)

    return _pages(environ, start)
