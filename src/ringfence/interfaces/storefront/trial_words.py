"""What the messages of a trial call mean, and how it ended, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ringfence.telephony.rules import NumberState
from ringfence.telephony.trial import Kind, Party, Step, Trial

Text = str | Promise
CARRIER, SWITCH, PHONE = Party.CARRIER, Party.SWITCH, Party.PHONE
SECOND: Final = 1000.0
REFUSED: Final = 400
RINGS: Final = "180"
GIVEN_UP: Final = "487"

CHOICES: Final[Mapping[Kind, Text]] = MappingProxyType(
    {
        Kind.ANSWERED: _("Somebody answers"),
        Kind.BUSY: _("The phone is busy"),
        Kind.UNANSWERED: _("Nobody answers"),
        Kind.SUSPENDED: _("A number that is suspended"),
        Kind.UNKNOWN: _("A number nobody has"),
    }
)

_REQUESTS: Final[Mapping[tuple[str, Party], Text]] = MappingProxyType(
    {
        ("INVITE", CARRIER): _("A carrier asks for the number"),
        ("INVITE", SWITCH): _("The switch knows where it rings, and asks there"),
        ("ACK", CARRIER): _("The carrier has heard"),
        ("ACK", SWITCH): _("The phone is told so"),
        ("CANCEL", CARRIER): _("The caller gives up"),
        ("CANCEL", SWITCH): _("The phone may stop ringing"),
        ("BYE", CARRIER): _("The caller hangs up"),
        ("BYE", SWITCH): _("The phone is told so"),
        ("BYE", PHONE): _("The phone hangs up"),
    }
)
_ANSWERS: Final[Mapping[tuple[str, Party], Text]] = MappingProxyType(
    {
        ("100", SWITCH): _("The switch has it in hand"),
        ("100", PHONE): _("The phone has it in hand"),
        ("180", PHONE): _("The phone rings"),
        ("180", SWITCH): _("The caller hears it ring"),
        ("200", PHONE): _("Somebody picks up"),
        ("200", SWITCH): _("They can talk"),
        ("403", SWITCH): _("Suspended: nobody is disturbed"),
        ("404", SWITCH): _("Nobody has this number"),
        ("410", SWITCH): _("The number was given back and rests"),
        ("480", SWITCH): _("Nobody could be reached"),
        ("486", PHONE): _("The phone is busy"),
        ("486", SWITCH): _("The caller hears that it is busy"),
        ("487", PHONE): _("It stops ringing"),
        ("487", SWITCH): _("The call is given up"),
        ("503", SWITCH): _("The switch has too much to do"),
    }
)
_GOODBYE: Final = _("Agreed")

HEADINGS: Final[Mapping[int, tuple[Text, Text]]] = MappingProxyType(
    {
        0: (_("Silence"), _("The switch gave no answer. It may still be starting; try once more.")),
        200: (_("It rang"), _("Somebody answered, talked for two seconds, and hung up.")),
        403: (
            _("It does not ring"),
            _("The number is suspended. The carrier hears so at once, and no phone learns of the call."),
        ),
        404: (
            _("Nobody has this number"),
            _("The switch says so by itself: it asks neither the database nor the store during a call."),
        ),
        410: (_("The number rests"), _("It was given back, and rests before somebody else can have it.")),
        480: (_("Nobody was reached"), _("The caller hears that nobody is there now.")),
        486: (
            _("It is busy"),
            _("The caller hears the busy tone, in the switch’s words and not the phone’s."),
        ),
        487: (_("It rang, and nobody answered"), _("The caller gave up, and the phone stopped ringing.")),
    }
)
_RANG_IN_VAIN: Final = (
    _("It rang, and nobody answered"),
    _("After its time the switch stopped the ringing and told the caller."),
)
MOVED: Final = (
    _("It does not ring at this phone"),
    _("Its owner has changed where the number rings, so the call never came to the demonstration’s phone."),
)
BECAME: Final[Mapping[str, Text]] = MappingProxyType(
    {
        NumberState.IN_SERVICE: _("The message has arrived. Its owner finds it under Messages."),
        NumberState.SUSPENDED: _(
            "The carrier brought the message and the store dropped it: the number is suspended."
        ),
    }
)
NOBODYS: Final = _("The carrier brought the message and the store dropped it: nobody has the number now.")
"""What becomes of a message, by the state of the number."""
TROUBLES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "still": _(
            "The worker is not answering, so the call is not placed. Is the store running whole? Its log tells more."
        ),
        "lost": _(
            "The call was not brought to its end. The worker that placed it was stopped; try once more."
        ),
        "port": _(
            "The demonstration’s phone could not listen: its port is in use. RINGFENCE_TRIAL_PORT names another one."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the ladder: a message as the page shows it."""

    moment: str
    way: str
    said: str
    meaning: Text
    kind: str


def rung(step: Step) -> Rung:
    """Return a message as the page shows it."""
    code = step.said.partition(" ")[0]
    answer = code.isdigit()
    if not answer:
        meaning = _REQUESTS.get((step.said, step.sender), "")
    elif step.method in {"BYE", "CANCEL"}:
        meaning = _GOODBYE if int(code) < REFUSED else ""
    else:
        meaning = _ANSWERS.get((code, step.sender), "")
    return Rung(moment(step.at), f"{step.sender}-{step.receiver}", step.said, meaning, _kind(code))


def _kind(code: str) -> str:
    """Return how a message looks, by its code or method."""
    if not code.isdigit():
        return "asks"
    if code == RINGS:
        return "rings"
    return "refuses" if int(code) >= REFUSED and code != GIVEN_UP else "answers"


def moment(milliseconds: float) -> str:
    """Write how long after the first message something was: in milliseconds, and after a second in seconds."""
    if milliseconds < SECOND:
        return f"{number_format(milliseconds, 1)} ms"
    return f"{number_format(milliseconds / SECOND, 2)} s"


def ending(trial: Trial) -> tuple[Text, Text]:
    """Return how a trial ended: a heading, and a sentence."""
    if trial.trouble in TROUBLES:
        return _("It did not work"), TROUBLES[trial.trouble]
    if trial.has_no_phone:
        return MOVED
    if trial.rang and trial.status == 480:  # noqa: PLR2004 - a SIP code
        return _RANG_IN_VAIN
    return HEADINGS.get(trial.status, HEADINGS[480])
