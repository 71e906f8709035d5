"""The ledger in the customer's words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.accounts.rules import PURPOSES
from ringfence.interfaces.access import ROLE_LABELS
from ringfence.kernel.actor import Role

WORDS: Final[dict[str, str | Promise]] = {
    "accounts.register": gettext_lazy("Your account was made"),
    "accounts.add": gettext_lazy("Your account was made"),
    "accounts.add_staff": gettext_lazy("Your roles were set"),
    "accounts.enter_from_outside": gettext_lazy("You came in through the sign-in provider"),
    "accounts.answer_caller": gettext_lazy(
        "Somebody gave your address when registering or asking for a new password"
    ),
    "accounts.reset_password": gettext_lazy("A new password was set by the link in a letter"),
    "accounts.set_password": gettext_lazy("The password was changed"),
    "accounts.sign_in": gettext_lazy("Signed in"),
    "accounts.refuse_entrance": gettext_lazy("Somebody tried to sign in with a wrong password"),
    "accounts.use_entry_link": gettext_lazy("Came in by the entry link"),
    "accounts.prove_again": gettext_lazy("Proved again who you are"),
    "accounts.sign_out": gettext_lazy("A session ended"),
    "accounts.sign_out_others": gettext_lazy("All other sessions ended"),
    "accounts.sign_out_everywhere": gettext_lazy("All sessions ended"),
    "accounts.add_passkey": gettext_lazy("A passkey was added"),
    "accounts.rename_passkey": gettext_lazy("A passkey got another name"),
    "accounts.remove_passkey": gettext_lazy("A passkey was removed"),
    "accounts.use_passkey": gettext_lazy("A passkey was used"),
    "accounts.begin_code_app": gettext_lazy("A code app was being set up"),
    "accounts.confirm_code_app": gettext_lazy("A code app was set up"),
    "accounts.remove_code_app": gettext_lazy("The code app was removed"),
    "accounts.use_code": gettext_lazy("A code of the app was used"),
    "accounts.forget_second_step": gettext_lazy("All second steps were removed"),
    "accounts.make_recovery_codes": gettext_lazy("Recovery codes were made"),
    "accounts.use_recovery_code": gettext_lazy("A recovery code was used"),
    "accounts.ask_address_change": gettext_lazy("Another e-mail address was asked for"),
    "accounts.answer_address_change": gettext_lazy("We wrote to the old and the new e-mail address"),
    "accounts.confirm_address_change": gettext_lazy("A change of the e-mail address was confirmed"),
    "accounts.connect_outside": gettext_lazy("The sign-in provider was connected"),
    "accounts.disconnect_outside": gettext_lazy("The sign-in provider was disconnected"),
    "accounts.set_profile": gettext_lazy("Your details were changed"),
    "accounts.letter_sent": gettext_lazy("We sent you a letter"),
    "accounts.find_customer": gettext_lazy("Your account was looked up"),
    "accounts.look_at_customer": gettext_lazy("Your account was looked at"),
    "support.hand_out_attachment": gettext_lazy("A file that came with a letter of yours was opened"),
    "accounts.close": gettext_lazy("Your account was closed"),
    "number.hold": gettext_lazy("A number was kept for you"),
    "number.put_into_service": gettext_lazy("A number was put into service for you"),
    "number.release": gettext_lazy("A number of yours was let go"),
    "number.rest": gettext_lazy("A number of yours was taken out of service"),
    "number.suspend": gettext_lazy("A number of yours was suspended"),
    "number.resume": gettext_lazy("A number of yours works again"),
    "number.end_suspension_for": gettext_lazy("One reason for which a number of yours is suspended is gone"),
    "route.set_destination": gettext_lazy("A number was pointed to where it rings"),
    "route.clear_destination": gettext_lazy("A number was pointed nowhere"),
    "route.published": gettext_lazy("The switch took over where a number rings"),
    "calls.take_in": gettext_lazy("A call to a number of yours was noted"),
    "calls.delete": gettext_lazy("Your call records were deleted"),
    "privacy.erasure_release": gettext_lazy("Your deletion: the services were stopped"),
    "privacy.erasure_keys": gettext_lazy("Your deletion: the keys to your data are destroyed next"),
    "keys.destroy": gettext_lazy("Keys to your data were destroyed"),
    "support.receive_letter": gettext_lazy("A letter of yours came in"),
}
"""What each action of the ledger is called. Other rooms' page modules add theirs with `add_words`."""

LOOKED_AT: Final[dict[str, str | Promise]] = {
    "profile": gettext_lazy("your details"),
    "numbers": gettext_lazy("your numbers"),
    "orders": gettext_lazy("your orders"),
    "calls": gettext_lazy("your calls"),
}
LETTERS: Final[dict[str, str | Promise]] = {
    "already-registered": gettext_lazy("your address has an account already"),
    "reset-password": gettext_lazy("a link for a new password"),
    "password-changed": gettext_lazy("your password was changed"),
    "passkey-added": gettext_lazy("a passkey was added"),
    "passkey-removed": gettext_lazy("a passkey was removed"),
    "code-app-added": gettext_lazy("a code app was set up"),
    "code-app-removed": gettext_lazy("the code app was removed"),
    "second-step-removed": gettext_lazy("your second steps were removed"),
    "recovery-codes-made": gettext_lazy("recovery codes were made"),
    "recovery-code-used": gettext_lazy("a recovery code was used"),
    "address-change-from": gettext_lazy("confirm the change of your address, at the old one"),
    "address-change-to": gettext_lazy("confirm the change of your address, at the new one"),
    "address-changed": gettext_lazy("your address was changed"),
    "provider-connected": gettext_lazy("the sign-in provider was connected"),
}


ECHOES: Final[dict[str, frozenset[str]]] = {
    "accounts.find_customer": frozenset({"accounts.look_at_customer"}),
    "number.hold": frozenset({"order.place", "order.check_out", "number.hold"}),
}
"""Lines that say the same as the line after them, and are told as one."""

ECHO_WITHIN: Final = timedelta(minutes=2)


def add_words(words: dict[str, str | Promise], letters: dict[str, str | Promise] | None = None) -> None:
    """Enter what the actions and letters of another room are called."""
    WORDS.update(words)
    LETTERS.update(letters or {})


class Line(Protocol):
    """What is read of a line of the ledger."""

    id: int
    at: datetime
    action: str
    actor: str
    purpose: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Event:
    """One line of the ledger, told to the person it is about. `by_staff` marks staff; `line` leads to its proof."""

    at: datetime
    what: str
    detail: str
    who: str
    purpose: str
    by_staff: bool
    line: int


def without_echoes(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield lines, newest first, without those that another one right beside them tells better.

    Being looked up goes before being looked at, and keeping a number before ordering it.
    """
    newer: Line | None = None
    for line in lines:
        told_by = ECHOES.get(line.action, frozenset())
        is_echo = newer is not None and newer.action in told_by and newer.at - line.at <= ECHO_WITHIN
        if not is_echo:
            yield line
        newer = line


def told(line: Line) -> Event:
    """Return a line in words."""
    kind, _colon, name = line.actor.partition(":")
    return Event(
        at=line.at,
        what=str(WORDS.get(line.action) or _("An entry of kind %(action)s") % {"action": line.action}),
        detail=_detail(line),
        who=_who(kind, name),
        purpose=_(PURPOSES[line.purpose]) if line.purpose in PURPOSES else line.purpose,
        by_staff=kind == "staff",
        line=line.id,
    )


def who(actor: str) -> str:
    """Return in words who did something, as the ledger names them."""
    kind, _colon, name = actor.partition(":")
    return _who(kind, name)


def _detail(line: Line) -> str:
    if line.action == "accounts.look_at_customer":
        return str(LOOKED_AT.get(str(line.facts.get("what")), ""))
    if line.action == "accounts.letter_sent":
        return str(LETTERS.get(str(line.facts.get("kind")), ""))
    if line.facts.get("elsewhere") is True:
        return _("It came from another address than yours.")
    return ""


def _who(kind: str, name: str) -> str:
    if kind == "staff":
        roles = [str(ROLE_LABELS[Role(role)]) for role in name.split() if role in set(Role)]
        return _("Our staff: %(roles)s") % {"roles": ", ".join(roles)} if roles else _("Our staff")
    known = {
        "customer": _("You"),
        "system": _("Our system"),
        "carrier": _("A carrier or payment provider"),
        "stranger": _("Somebody not signed in"),
    }
    return known.get(kind, kind)
