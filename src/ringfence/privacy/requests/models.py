"""What people ask of us about their data, with a clock that cannot be edited (clause 4.3)."""

from django.db import models
from django.db.models import F, Func, Q

from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds, RetentionClass, choice
from ringfence.privacy.inventory import link as by_id
from ringfence.privacy.rules import (
    ENDED,
    OPEN_STATES,
    REQUEST_DAYS,
    Channel,
    Ground,
    RequestKind,
    RequestState,
)
from ringfence.privacy.sealed import SealedText


class Due(Func):
    """The earlier of 30 days and one calendar month after a moment, in UTC."""

    template = (
        f"(LEAST((%(expressions)s AT TIME ZONE 'UTC') + interval '{REQUEST_DAYS * 24} hours',"
        " (%(expressions)s AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC')"
    )


class SubjectRequest(Guarded):
    """One request. `due_at` is computed by the database from `received_at`, which a trigger keeps as it is.

    After a deletion `subject` is empty: the row goes on counting for the promise and tells nothing about anybody.
    `waiting_since` is set while the next step is the person's; the clock goes on. `notice` is the letter that refuses,
    `notice_sent_at` the moment the post took it: before that nothing is refused. `warned_day` is the day of the last
    warning to staff.
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
    asked = SealedText(null=True)
    repeats = models.PositiveIntegerField(default=0)
    confirmed_by = models.CharField(max_length=12, default="")
    warned_day = models.PositiveSmallIntegerField(default=0)
    refusal_article = models.CharField(max_length=12, default="")
    refusal_reason = SealedText(null=True)
    notice = models.UUIDField(null=True)
    notice_sent_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "waiting_since",
        "closed_at",
        "repeats",
        "warned_day",
        "notice",
        subject=by_id("whose request it is; emptied when the person is erased", RetentionClass.CONSENT),
        kind=choice(gettext_noop("What you asked for"), "one of six fixed words"),
        channel=choice(gettext_noop("How it reached us"), "one of four fixed words"),
        state=choice(gettext_noop("Where it stands"), "one of seven fixed words"),
        received_at=choice(gettext_noop("Received"), "a moment; the time limit counts from it"),
        due_at=choice(gettext_noop("To be done by"), "a moment; computed from the one before"),
        carried_out_at=choice(gettext_noop("Done"), "a moment without anything else"),
        asked=choice(gettext_noop("What you wrote")),
        confirmed_by=choice(gettext_noop("How it was shown that it was you"), "one of four fixed words"),
        refusal_article=choice(gettext_noop("Refused under"), "an article of the law"),
        refusal_reason=choice(gettext_noop("Why it was refused")),
        notice_sent_at=choice(gettext_noop("You were told"), "a moment without anything else"),
    )

    class Meta:
        indexes = (
            models.Index(fields=["due_at"], condition=Q(carried_out_at=None), name="requests_still_due"),
            models.Index(
                fields=["warned_day", "received_at"], condition=Q(closed_at=None), name="requests_not_ended"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[*RequestState]), name="a_request_is_in_a_known_state"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[*RequestKind]), name="a_request_asks_for_a_known_thing"
            ),
            models.CheckConstraint(
                condition=~Q(state=RequestState.REFUSED)
                | Q(refusal_article__in=[*Ground], notice_sent_at__isnull=False)
                & (Q(refusal_reason__isnull=False) | Q(subject=None)),
                name="a_refusal_has_an_article_a_reason_and_a_sent_notice",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(ENDED)) | Q(closed_at__isnull=False),
                name="a_request_that_ended_says_when",
            ),
            models.UniqueConstraint(
                fields=["subject", "kind"],
                condition=Q(state__in=sorted(OPEN_STATES)),
                name="one_open_request_per_person_and_kind",
            ),
        )
