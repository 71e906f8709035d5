"""Asks the store as anybody could: at its public address, so that what a reverse proxy adds is seen too.

Where that address cannot be reached from this machine, `RINGFENCE_READING_ORIGIN` names another one, and at last the
store is asked at the address it listens on.
"""

import ssl
from http.client import HTTPException, HTTPResponse
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from ringfence.adapters import door
from ringfence.privacy.disclosure.door import Exit
from ringfence.privacy.secrecy.ports import Said

EXIT: Final = Exit("stranger")
PATIENCE: Final = 5.0
MOST_BYTES: Final = 1024 * 1024
UNANSWERED: Final = Said(0, {}, "")


class Stranger:
    """A visitor without cookies."""

    def ask(self, method: str, path: str) -> Said:
        """See the port."""
        found = self._ask(self._public(), method, path)
        own = settings.ENVIRONMENT
        if found.status:
            return found
        return self._ask(door.HTTP(EXIT, own.web_address, own.web_port, patience=PATIENCE), method, path)

    @staticmethod
    def _public() -> door.HTTP:
        parts = urlsplit(settings.READING_ORIGIN)
        if parts.scheme == "https":
            secure = ssl.create_default_context()
            return door.HTTP(EXIT, parts.hostname or "", parts.port, patience=PATIENCE, secure=secure)
        return door.HTTP(EXIT, parts.hostname or "", parts.port, patience=PATIENCE)

    @staticmethod
    def _ask(connection: door.HTTP, method: str, path: str) -> Said:
        headers = {"Host": urlsplit(settings.PUBLIC_ORIGIN).netloc, "Accept": "text/html,*/*"}
        try:
            connection.request(method, path, headers=headers)
            return _said(connection.getresponse())
        except (OSError, HTTPException, ValueError):
            return UNANSWERED
        finally:
            connection.close()


def _said(answer: HTTPResponse) -> Said:
    body = answer.read(MOST_BYTES).decode("utf-8", "replace")
    return Said(answer.status, dict(answer.getheaders()), body)
