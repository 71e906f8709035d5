"""What people ask of us about their data, with a clock that cannot be edited (clause 4.3)."""

from django.db import models
from django.db.models import F, Func, Q

from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import (
    NOT_PERSONAL,
    Basis,
    Category,
    Holds,
    Personal,
    Purpose,
    RetentionClass,
    Source,
    link,
)
from ringfence.privacy.rules import OPEN_STATES, REQUEST_DAYS, Channel, RequestKind, RequestState


class Due(Func):
    """The earlier of 30 days and one calendar month after a moment, in UTC."""

    template = (
        f"(LEAST((%(expressions)s AT TIME ZONE 'UTC') + interval '{REQUEST_DAYS * 24} hours',"
        " (%(expressions)s AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC')"
    )


def _asked(label: str, plain: str) -> Personal:
    return Personal(
        Category.CHOICE,
        Source.USE,
        Purpose.LEGAL_DUTY,
        Basis.LEGAL_OBLIGATION,
        RetentionClass.CONSENT,
        plain=plain,
        label=label,
    )


class SubjectRequest(Guarded):
    """One request. `due_at` is computed by the database from `received_at`, which a trigger keeps as it is.

    After a deletion `subject` is empty: the row goes on counting for the promise and tells nothing about anybody.
    `notice_sent_at` is the moment the person was told the outcome.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(null=True, db_index=True)
    kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in RequestKind])
    channel = models.CharField(max_length=16, choices=[(channel, channel) for channel in Channel])
    state = models.CharField(max_length=24, choices=[(state, state) for state in RequestState])
    received_at = models.DateTimeField()
    due_at = models.GeneratedField(
        expression=Due(F("received_at")), output_field=models.DateTimeField(), db_persist=True
    )
    waiting_since = models.DateTimeField(null=True)
    carried_out_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "waiting_since",
        "closed_at",
        subject=link("whose request it is; emptied when the person is erased", RetentionClass.CONSENT),
        kind=_asked(gettext_noop("What you asked for"), "one of six fixed words"),
        channel=_asked(gettext_noop("How it reached us"), "one of four fixed words"),
        state=_asked(gettext_noop("Where it stands"), "one of six fixed words"),
        received_at=_asked(gettext_noop("Received"), "a moment; the time limit counts from it"),
        due_at=_asked(gettext_noop("To be done by"), "a moment; computed from the one before"),
        carried_out_at=_asked(gettext_noop("Done"), "a moment without anything else"),
    )

    class Meta:
        indexes = (
            models.Index(fields=["due_at"], condition=Q(carried_out_at=None), name="requests_still_due"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[*RequestState]), name="a_request_is_in_a_known_state"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[*RequestKind]), name="a_request_asks_for_a_known_thing"
            ),
            models.UniqueConstraint(
                fields=["subject", "kind"],
                condition=Q(state__in=sorted(OPEN_STATES)),
                name="one_open_request_per_person_and_kind",
            ),
        )
