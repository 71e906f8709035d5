"""Demands of authorities: what was asked, by whom it was judged, what was made for it, and whom it concerns.

A demand is sealed with keys of its own, `subject`, as a secret hold is: nothing leads from a person to it but a keyed
digest. What left the house is told by the entries of disclosure, and those are the person's own.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from ringfence.kernel.public_ids import new_id, public_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.authorities.rules import (
    BY_TWO,
    AuthoritySort,
    DemandKind,
    DemandState,
    Outcome,
    Question,
    Verdict,
)
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
from ringfence.privacy.sealed import SealedBytes, SealedJSON, SealedText

WHOSE = "the id of the case: nothing leads from a person to it"
_DECIDED = sorted({state.value for state in DemandState} - {DemandState.RECEIVED, DemandState.PROPOSED})


def _of_a_demand(label: str, category: Category = Category.CONTENT, common: str = "") -> Personal:
    return Personal(
        category,
        Source.THIRD_PARTY,
        Purpose.LEGAL_DUTY,
        Basis.LEGAL_OBLIGATION,
        RetentionClass.SUPPORT,
        label=label,
        common=common,
    )


class AuthorityDemand(Guarded):
    """One demand. What it may cover is `fields` and the time from `since` to `until`; what was granted lies within.

    `key` is the authority's public key, `key_checked` how we made sure that it is theirs. `quiet_until` is the day from
    which the customers are told, where a law forbids it before; `quiet_asked_until` another one that somebody has asked
    for, and somebody else has to confirm. `proposed_by` and `confirmed_by` are keyed digests by
    which two members of staff are told apart. `follows` is an earlier case that had something preserved, `keep_until`
    the end of what this one has preserved. A year after its end the key goes, and figures are left.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=12, choices=[(one.value, one.value) for one in DemandKind])
    sort = models.CharField(max_length=12, choices=[(one.value, one.value) for one in AuthoritySort])
    authority = SealedText(null=True)
    reference = SealedText(null=True)
    legal_basis = SealedText(null=True)
    named = SealedText(null=True)
    follows = models.CharField(max_length=40, blank=True, default="")
    key = models.CharField(max_length=200, blank=True, default="")
    key_checked = SealedText(null=True)
    fields = ArrayField(models.CharField(max_length=120))
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=[(one.value, one.value) for one in DemandState])
    received_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    deadline = models.DateTimeField()
    outcome = models.CharField(max_length=12, blank=True, default="")
    reason = SealedText(null=True)
    granted_fields = ArrayField(models.CharField(max_length=120), default=list)
    granted_since = models.DateTimeField(null=True)
    granted_until = models.DateTimeField(null=True)
    quiet_until = models.DateField(null=True)
    quiet_because = SealedText(null=True)
    quiet_asked_until = models.DateField(null=True)
    quiet_asked_because = SealedText(null=True)
    quiet_asked_by = models.BinaryField(max_length=32, null=True)
    keep_until = models.DateTimeField(null=True)
    proposed_at = models.DateTimeField(null=True)
    proposed_by = models.BinaryField(max_length=32, null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.BinaryField(max_length=32, null=True)
    making_since = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)
    fetches = models.IntegerField(default=0)
    handed_over_at = models.DateTimeField(null=True)
    people = models.IntegerField(default=0)
    told_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    emptied_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        *(
            "id",
            "kind",
            "sort",
            "follows",
            "key",
            "fields",
            "since",
            "until",
            "state",
            "received_at",
            "entered_at",
        ),
        *(
            "deadline",
            "outcome",
            "granted_fields",
            "granted_since",
            "granted_until",
            "quiet_until",
            "quiet_asked_until",
            "quiet_asked_by",
            "keep_until",
        ),
        *(
            "proposed_at",
            "proposed_by",
            "confirmed_at",
            "confirmed_by",
            "making_since",
            "ready_at",
            "gone_at",
        ),
        *("fetches", "handed_over_at", "people", "told_at", "closed_at", "emptied_at"),
        subject=link(WHOSE, RetentionClass.SUPPORT),
        authority=_of_a_demand(
            gettext_noop("Which authority"), common="one of the few authorities of a country"
        ),
        reference=_of_a_demand(gettext_noop("The authority's reference")),
        legal_basis=_of_a_demand(gettext_noop("By which law"), common="one of the few laws that oblige us"),
        named=_of_a_demand(gettext_noop("Whom the demand names")),
        key_checked=_of_a_demand(gettext_noop("How the authority's key was checked")),
        reason=_of_a_demand(gettext_noop("Reason of the decision")),
        quiet_because=_of_a_demand(gettext_noop("Why the customer may not be told yet")),
        quiet_asked_because=_of_a_demand(gettext_noop("Why the customer is to be told later")),
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(state__in=_DECIDED)
                | ~Q(outcome__in=sorted(BY_TWO))
                | (
                    Q(proposed_by__isnull=False, confirmed_by__isnull=False, confirmed_at__isnull=False)
                    & ~Q(confirmed_by=F("proposed_by"))
                ),
                name="a_demand_is_decided_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_DECIDED) | Q(outcome__in=sorted(one.value for one in Outcome)),
                name="a_decided_demand_says_what_came_of_it",
            ),
            models.CheckConstraint(
                condition=Q(granted_fields__contained_by=F("fields"))
                & (Q(granted_since=None) | Q(granted_since__gte=F("since")))
                & (Q(granted_until=None) | Q(granted_until__lte=F("until"))),
                name="no_more_is_granted_than_was_demanded",
            ),
            models.CheckConstraint(
                condition=Q(state=DemandState.CLOSED, closed_at__isnull=False)
                | (~Q(state=DemandState.CLOSED) & Q(closed_at=None)),
                name="a_closed_demand_says_since_when",
            ),
            models.CheckConstraint(
                condition=~Q(handed_over_at__isnull=False)
                | Q(outcome__in=(Outcome.FULL.value, Outcome.PARTIAL.value)),
                name="nothing_leaves_without_a_decision",
            ),
        )
        indexes = (
            models.Index(fields=["state", "deadline"], name="demands_by_deadline"),
            models.Index(fields=["closed_at"], name="demands_by_their_end"),
        )

    @property
    def public_id(self) -> str:
        """Return the id that pages and letters use."""
        return public_id("dmd", self.id)


class DemandTarget(Guarded):
    """A person whom a demand concerns, and the number by which it names them, if it does. `covers` is a keyed digest.

    `has_left` says that there was no account any more to write to when they were to be told.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    demand = models.ForeignKey(AuthorityDemand, on_delete=models.CASCADE, related_name="+")
    subject = models.UUIDField(db_index=True)
    covers = models.BinaryField(max_length=32)
    who = SealedJSON()
    is_granted = models.BooleanField(default=True)
    told_at = models.DateTimeField(null=True)
    has_left = models.BooleanField(default=False)

    holds = Holds(
        NOT_PERSONAL,
        *("id", "demand", "covers", "is_granted", "told_at", "has_left"),
        subject=link(WHOSE, RetentionClass.SUPPORT),
        who=_of_a_demand(gettext_noop("Whom the demand concerns"), Category.LINK),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["demand", "covers"], name="a_demand_concerns_somebody_once"),
        )


class DemandJudgement(Guarded):
    """What one member of staff wrote about one of the three questions. It is not changed afterwards."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    demand = models.ForeignKey(AuthorityDemand, on_delete=models.CASCADE, related_name="+")
    subject = models.UUIDField(db_index=True)
    question = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Question])
    verdict = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Verdict])
    reason = SealedText(null=True)
    judged_at = models.DateTimeField()
    judged_by = models.BinaryField(max_length=32)

    holds = Holds(
        NOT_PERSONAL,
        *("id", "demand", "question", "verdict", "judged_at", "judged_by"),
        subject=link(WHOSE, RetentionClass.SUPPORT),
        reason=_of_a_demand(gettext_noop("What was written about the demand")),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["demand", "question", "judged_by"], name="a_question_is_judged_once_by_each"
            ),
        )


class DemandPiece(Guarded):
    """A piece of the paper that came in, or of the package that goes out, which only the authority can open."""

    PAPER = "paper"
    PACKAGE = "package"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    demand = models.ForeignKey(AuthorityDemand, on_delete=models.CASCADE, related_name="+")
    subject = models.UUIDField(db_index=True)
    what = models.CharField(max_length=8, choices=[(PAPER, PAPER), (PACKAGE, PACKAGE)])
    number = models.IntegerField()
    content = SealedBytes()

    holds = Holds(
        NOT_PERSONAL,
        *("id", "demand", "what", "number"),
        subject=link(WHOSE, RetentionClass.SUPPORT),
        content=_of_a_demand(gettext_noop("The paper of a demand, or the package for it")),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["demand", "what", "number"], name="a_piece_of_a_demand_is_there_once"
            ),
        )
