"""The headers by which a mail program ends news with one click (RFC 2369, RFC 8058)."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from ringfence.accounts.ports import LetterToSend

KIND = "notice-news"


def headers(letter: LetterToSend) -> dict[str, str]:
    """Return them for a letter with news that can be ended, and none for any other."""
    token = str(letter.facts.get("token") or "")
    if letter.kind != KIND or not token:
        return {}
    with translation.override(letter.language):
        where = f"{settings.PUBLIC_ORIGIN}{reverse('storefront:news', args=[token])}"
    return {"List-Unsubscribe": f"<{where}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
