"""What a button has done, said on the next page: that it worked, or why not."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import HttpRequest

from ringfence.interfaces import errors
from ringfence.kernel.refusal import Refusal


@contextmanager
def told(request: HttpRequest, said: str) -> Iterator[None]:
    """Say `said` once what is done inside has worked, nothing when it is empty; or why it was refused."""
    try:
        yield
    except Refusal as refusal:
        messages.error(request, errors.sentence(refusal))
    else:
        if said:
            messages.success(request, said)
