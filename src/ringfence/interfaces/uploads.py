"""How files come in: pictures are held in memory until they are sealed, and never lie on a disk in plain."""

import re
from io import BytesIO
from typing import Any, Final

from django.core.files.uploadhandler import MemoryFileUploadHandler, SkipFile, StopFutureHandlers
from django.http import HttpRequest

from ringfence.interfaces.context import viewer_of

LARGEST_TOGETHER: Final = 20 * 1024 * 1024
"""Bytes of all pictures that are sent at once."""

LARGEST_ELSEWHERE: Final = 1024 * 1024
"""Bytes of a form with files, for whoever is neither staff nor a customer who sends papers."""

LARGEST_OF_STRANGERS: Final = 10 * 1024 * 1024
"""Bytes of a report of abuse with its pictures."""

OF_PAPERS: Final = re.compile(r"/account/orders/[^/]+/papers/$")
OF_A_DEMAND: Final = re.compile(r"/staff/authorities/new/$")
OF_A_REPORT: Final = re.compile(r"/report-abuse/$")


def is_too_large(request: HttpRequest) -> bool:
    """Tell whether a form with files is larger than its sender may send there, without reading any of it.

    A page of papers says by itself what is too much.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if request.content_type != "multipart/form-data" or not length.isdecimal():
        return False
    viewer = viewer_of(request)
    is_trusted = viewer.staff or (viewer.signed_in and OF_PAPERS.search(request.path))
    most = LARGEST_OF_STRANGERS if OF_A_REPORT.search(request.path) else LARGEST_ELSEWHERE
    return not is_trusted and int(length) > most


class PapersInMemory(MemoryFileUploadHandler):
    """Takes in what is sent to a page of papers, or with a report; more than it may hold is let go, never handed on."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django's name
        content_length: int,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Look where it is sent to, and how much it is."""
        self.is_ours = self.request is not None and bool(
            any(where.search(self.request.path) for where in (OF_PAPERS, OF_A_REPORT, OF_A_DEMAND))
        )
        self.activated = self.is_ours and content_length <= LARGEST_TOGETHER

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Keep other handlers away from a picture."""
        if not self.is_ours:
            return
        if not self.activated:
            raise SkipFile
        super(MemoryFileUploadHandler, self).new_file(*args, **kwargs)
        self.file = BytesIO()
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Hold a part of a picture."""
        if not self.is_ours:
            return raw_data
        self.file.write(raw_data)
        return None
