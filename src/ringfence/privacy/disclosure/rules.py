"""What is decided about exits without looking at anything."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from ringfence.kernel.refusal import gettext_noop


class Cause(StrEnum):
    """What a recipient is told of."""

    CHANGE = gettext_noop("change")
    ERASURE = gettext_noop("deletion")


ANSWER_WITHIN: Final = timedelta(days=14)
"""How long a recipient has to say that it followed; the law says without undue delay (GDPR art. 12(3), 19)."""
