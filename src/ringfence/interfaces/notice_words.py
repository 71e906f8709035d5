"""What notices, and what became of letters, are called on pages."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from ringfence.support.notice_rules import Delivery, NoticeKind, NoticeState

Text = str | Promise

KINDS: Final[dict[str, Text]] = {
    NoticeKind.SERVICE: gettext_lazy("About the service"),
    NoticeKind.NEWS: gettext_lazy("News"),
}
STATES: Final[dict[str, Text]] = {
    NoticeState.DRAFT: pgettext_lazy("notice", "Draft"),
    NoticeState.SCHEDULED: pgettext_lazy("notice", "Scheduled"),
    NoticeState.SENDING: pgettext_lazy("notice", "Being sent"),
    NoticeState.PAUSED: pgettext_lazy("notice", "Paused"),
    NoticeState.SENT: pgettext_lazy("notice", "Sent"),
    NoticeState.CANCELLED: pgettext_lazy("notice", "Stopped"),
}
TONES: Final[dict[str, str]] = {
    NoticeState.DRAFT: "plain",
    NoticeState.SCHEDULED: "due",
    NoticeState.SENDING: "due",
    NoticeState.PAUSED: "due",
    NoticeState.SENT: "kept",
    NoticeState.CANCELLED: "plain",
}
DELIVERIES: Final[dict[str, Text]] = {
    Delivery.WAITING: gettext_lazy("The letter is on its way"),
    Delivery.TAKEN: gettext_lazy("Sent to you by e-mail"),
    Delivery.GIVEN_UP: gettext_lazy("The letter did not reach you"),
    Delivery.RETURNED: gettext_lazy("The letter came back"),
    Delivery.UNWANTED: gettext_lazy("Reported as unwanted"),
    Delivery.NO_ADDRESS: gettext_lazy("Only here: letters to your address come back"),
    Delivery.WITHDRAWN: gettext_lazy("Not sent: you had stopped news by then"),
}
