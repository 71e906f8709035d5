"""The check of clause 4.2: a letter that plainly asks for something becomes a request, whose clock starts with it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.channels import check as channels
from ringfence.privacy.promises import BROKEN, DUE_SOON, KEPT, Finding, register
from ringfence.privacy.promises.registry import Figure
from ringfence.privacy.requests import forms
from ringfence.privacy.rules import RequestKind
from ringfence.support import queries
from ringfence.support.demands import demands_in
from ringfence.support.notices import check as notices

SENTENCE: Final = gettext_noop(
    "A letter that plainly asks for a copy, a change, a deletion or a cancellation becomes a request, and its time"
    " limit runs from the moment the letter came."
)
TEXT: Final = gettext_noop(
    "Letters to us in the last days: %(letters)s. That plainly asked for something: %(asked)s, without a request that"
    " began with them: %(lost)s. In which nothing was recognised: %(others)s. Not looked at within the hour:"
    " %(waiting)s. Not answered within the hour: %(unanswered)s. That may ask for something and wait for a person to"
    " begin it, as too many came of one sender or they came by a list: %(unheeded)s. Corrected by people who read"
    " them: missed %(missed)s, wrongly taken for a demand %(wrong)s. Sentences tried just now: %(tried)s,"
    " understood: %(understood)s."
)
ANSWERED_WITHIN: Final = timedelta(hours=1)
"""How long after a letter its request is there at the latest."""

SAMPLES: Final[Mapping[str, tuple[RequestKind, ...]]] = {
    "Kan dere sende meg en kopi av opplysningene dere har om meg?": (RequestKind.COPY,),
    "Jeg har flyttet. Vær så snill å endre adressen min.": (RequestKind.CHANGE,),
    "Slett kontoen min.": (RequestKind.DELETE,),
    "Jeg vil avbestille nummeret jeg kjøpte i går.": (RequestKind.CANCEL,),
    "Jeg ber om at bruken av opplysningene mine begrenses.": (RequestKind.RESTRICT,),
    "Jeg protesterer mot behandlingen av mine data.": (RequestKind.OBJECT,),
    "Ikke slett kontoen min, den er i bruk.": (),
    "Please send me a copy of my data.": (RequestKind.COPY,),
    "Could you correct my name?": (RequestKind.CHANGE,),
    "I want you to delete my account.": (RequestKind.DELETE,),
    "I would like to cancel my order.": (RequestKind.CANCEL,),
    "Please restrict the processing of my data.": (RequestKind.RESTRICT,),
    "I object to the use of my data for statistics.": (RequestKind.OBJECT,),
    "Thank you, my number works well.": (),
}
"""Sentences that are read anew at each check, with what they ask for."""

COUNTED: Final = """
SELECT count(*), count(*) FILTER (WHERE demands <> ''), count(*) FILTER (WHERE demands <> '' AND lost),
    count(*) FILTER (WHERE demands = '' AND unheeded = '')
FROM (
    SELECT demands, unheeded, received_at < %(before)s AND EXISTS (
        SELECT FROM unnest(string_to_array(demands, ',')) AS wanted
        WHERE EXISTS (SELECT FROM accounts_person AS person
                WHERE person.id = letter.subject AND person.kind = 'customer' AND person.state = 'active')
            AND NOT EXISTS (SELECT FROM privacy_erasure AS erasure WHERE erasure.subject = letter.subject)
            AND NOT EXISTS (SELECT FROM privacy_subjectrequest AS request
                WHERE request.subject = letter.subject AND request.kind = wanted
                    AND request.received_at <= letter.received_at
                    AND coalesce(request.closed_at, 'infinity') >= letter.received_at)
    ) AS lost
    FROM support_letter AS letter WHERE to_us
) AS letters
"""


def enter() -> None:
    """Enter the checks."""
    register("2.2", notices.SENTENCE, notices.notices_arrive)
    register("4.2", SENTENCE, letters_become_requests)


def letters_become_requests(at: datetime) -> Finding:
    """Clause 4.2: the mail port takes letters, sentences are understood, and each demand has its request."""
    before = at - ANSWERED_WITHIN
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, {"before": before})
        letters, asked, lost, others = cursor.fetchone()
    read = queries.corrections(before)
    understood = sum(demands_in(said).kinds == kinds for said, kinds in SAMPLES.items())
    works = channels.tried("mail", at)
    figures: dict[str, Figure] = {
        "letters": letters,
        "asked": asked,
        "others": others,
        "lost": lost,
        "waiting": read.waiting,
        "unanswered": forms.unanswered_letters(before),
        "unheeded": read.unheeded,
        "missed": read.missed,
        "wrong": read.wrong,
        "tried": len(SAMPLES),
        "understood": understood,
        "works_mail": int(works is not False),
    }
    if lost or read.waiting or understood < len(SAMPLES) or works is False:
        return Finding(BROKEN, TEXT, figures)
    is_due = works is None or figures["unanswered"] or read.unheeded
    return Finding(DUE_SOON if is_due else KEPT, TEXT, figures)
