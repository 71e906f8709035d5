"""A field for what people write: nothing of a text that is too long is cut off, and the form says how long it is."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.interfaces import writing


class LongText(forms.CharField):
    """Text of at most so many characters. A browser is not told how many: it would cut off the rest without a word."""

    def __init__(self, *, most: int, **more: Any) -> None:
        """Ask for something where nothing is written."""
        errors = {"required": gettext_lazy("Write something first."), **more.pop("error_messages", {})}
        super().__init__(error_messages=errors, **more)
        self.most = most

    def validate(self, value: str) -> None:
        """Refuse what is too long. A new line counts as one character, as it is kept."""
        super().validate(value)
        count = len(value.replace("\r\n", "\n"))
        if count > self.most:
            raise ValidationError(
                _("At most %(most)s characters; you have %(count)s. Shorten it, and send it again.")
                % {"most": writing.whole(self.most), "count": writing.whole(count)},
                code="max_length",
            )
