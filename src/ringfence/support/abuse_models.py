"""Cases of abuse: reports with their evidence, what was decided and why, and what came of an appeal."""

from django.db import models
from django.db.models import F, Q

from ringfence.kernel.public_ids import new_id, public_id
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
from ringfence.privacy.sealed import SealedBytes, SealedText
from ringfence.support.abuse.rules import UNDECIDED, AbuseState, Decision

_DECIDED = sorted({state.value for state in AbuseState} - {state.value for state in UNDECIDED})
_A_MOMENT = "a moment without anything else"


def _held(category: Category, label: str, plain: str = "", common: str = "") -> Personal:
    return Personal(
        category,
        Source.SUPPORT,
        Purpose.SERVICE,
        Basis.LEGITIMATE_INTEREST,
        RetentionClass.SUPPORT,
        plain=plain,
        label=label,
        common=common,
    )


class AbuseCase(Guarded):
    """What was reported of one number while one customer had it; `subject` is that customer, or an id of its own.

    `told_at` is when the reason went out to them, `unreached_at` when that letter came back instead.

    `decided_by`, `confirmed_by` and `answered_by` are keyed digests by which members of staff are told apart: who
    decides, or asks to close an account; who confirms the closing; who answers the appeal.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(db_index=True)
    number = models.UUIDField(null=True)
    kind = models.CharField(max_length=12)
    state = models.CharField(max_length=12, choices=[(one.value, one.value) for one in AbuseState])
    reported_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=16, blank=True, default="")
    clause = models.CharField(max_length=4, blank=True, default="")
    reason = SealedText(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.BinaryField(max_length=32, null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.BinaryField(max_length=32, null=True)
    told_at = models.DateTimeField(null=True)
    unreached_at = models.DateTimeField(null=True)
    appeal_until = models.DateTimeField(null=True)
    appeal = SealedText(null=True)
    appealed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True, default="")
    answer = SealedText(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.BinaryField(max_length=32, null=True)
    closed_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "number",
        "looked_at",
        "decided_by",
        "confirmed_at",
        "confirmed_by",
        "told_at",
        "unreached_at",
        "answered_by",
        subject=link("the cases of a person are found by it", RetentionClass.SUPPORT),
        kind=_held(Category.CONTENT, gettext_noop("What was reported"), "one of a few fixed words"),
        state=_held(Category.CHOICE, gettext_noop("Where it stands"), "cases that wait are found by it"),
        reported_at=_held(Category.CHOICE, gettext_noop("Reported"), "the oldest are looked at first"),
        decision=_held(Category.CHOICE, gettext_noop("What was decided"), "one of a few fixed words"),
        clause=_held(Category.CHOICE, gettext_noop("By which clause"), "one of two numbers"),
        reason=_held(Category.CONTENT, gettext_noop("Reason of the decision")),
        decided_at=_held(Category.CHOICE, gettext_noop("Decided"), _A_MOMENT),
        appeal_until=_held(Category.CHOICE, gettext_noop("To be appealed by"), "cases are closed by it"),
        appeal=_held(Category.CONTENT, gettext_noop("Your appeal")),
        appealed_at=_held(Category.CHOICE, gettext_noop("Appealed"), "the oldest are answered first"),
        outcome=_held(Category.CHOICE, gettext_noop("What came of the appeal"), "one of two words"),
        answer=_held(Category.CONTENT, gettext_noop("Reply to your appeal")),
        answered_at=_held(Category.CHOICE, gettext_noop("Answered"), _A_MOMENT),
        closed_at=_held(Category.CHOICE, gettext_noop("Closed"), "cases are deleted by it"),
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(state__in=_DECIDED) | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="a_decided_case_says_since_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_DECIDED)
                | Q(decision=Decision.NOTHING)
                | Q(reason__isnull=False, clause__gt="", appeal_until__isnull=False),
                name="a_decision_has_a_reason_and_can_be_appealed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_DECIDED, decision=Decision.CLOSING)
                | (
                    Q(confirmed_at__isnull=False, confirmed_by__isnull=False)
                    & ~Q(confirmed_by=F("decided_by"))
                ),
                name="an_account_is_closed_by_two",
            ),
            models.CheckConstraint(
                condition=Q(answered_by=None)
                | (
                    ~Q(answered_by=F("decided_by"))
                    & (Q(confirmed_by=None) | ~Q(answered_by=F("confirmed_by")))
                ),
                name="an_appeal_is_answered_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(state=AbuseState.CLOSED, closed_at__isnull=False)
                | (~Q(state=AbuseState.CLOSED) & Q(closed_at=None)),
                name="a_closed_case_says_since_when",
            ),
        )
        indexes = (
            models.Index(fields=["state", "reported_at"], name="cases_that_wait"),
            models.Index(fields=["number"], name="cases_of_a_number"),
            models.Index(fields=["closed_at"], name="cases_by_their_end"),
        )

    @property
    def public_id(self) -> str:
        """Return the id that pages and letters use."""
        return public_id("abu", self.id)


class AbuseReport(Guarded):
    """What one person reported. `digest` is that of their address, by which a deletion finds what came before.

    `letter` is the one it came as, which goes before the report does.
    `told_at` is when they were written what came of it, `unreached_at` when their address did not take that letter.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(AbuseCase, on_delete=models.CASCADE, related_name="+")
    subject = models.UUIDField(db_index=True)
    received_at = models.DateTimeField()
    kind = models.CharField(max_length=12)
    language = models.CharField(max_length=2)
    digest = models.BinaryField(max_length=32, default=b"", db_index=True)
    named = SealedText()
    happened = SealedText(null=True)
    said = SealedText()
    letter = models.UUIDField(null=True, db_index=True)
    address = SealedText(null=True)
    has_address = models.BooleanField(default=False)
    told_at = models.DateTimeField(null=True)
    unreached_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "case",
        "language",
        "letter",
        "has_address",
        "told_at",
        "unreached_at",
        subject=link("the reports of a person are found by it", RetentionClass.SUPPORT),
        received_at=_held(Category.CHOICE, gettext_noop("Received"), _A_MOMENT),
        kind=_held(Category.CONTENT, gettext_noop("What you reported"), "one of a few fixed words"),
        digest=_held(
            Category.LINK,
            gettext_noop("Digest of the address"),
            "a keyed digest by which a deletion finds the report; it cannot be read back",
        ),
        named=_held(Category.CONTENT, gettext_noop("The number that you reported")),
        happened=_held(Category.CONTENT, gettext_noop("When it happened")),
        said=_held(Category.CONTENT, gettext_noop("What you wrote")),
        address=_held(Category.CONTACT, gettext_noop("The address that you gave")),
        also_about="case__subject",
    )


class AbusePicture(Guarded):
    """A picture that came with a report, drawn anew; or the whole letter that a report came as, which `letter` names.

    `scan` is what is known of viruses in what is attached to that letter.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    report = models.ForeignKey(AbuseReport, on_delete=models.CASCADE, related_name="+")
    size = models.PositiveIntegerField()
    letter = models.UUIDField(null=True, db_index=True)
    scan = models.CharField(max_length=10, default="", db_default="")

    holds = Holds(NOT_PERSONAL, "id", "report", "size", "letter", "scan", subject_path="report__subject")


class AbusePiece(Guarded):
    """A piece of such a picture, sealed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    picture = models.ForeignKey(AbusePicture, on_delete=models.CASCADE, related_name="+")
    subject = models.UUIDField()
    place = models.PositiveSmallIntegerField()
    content = SealedBytes()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "picture",
        "place",
        subject=link("whose report the picture came with", RetentionClass.SUPPORT),
        content=_held(
            Category.CONTENT,
            gettext_noop("Picture with a report, or the letter it came as"),
            common="pieces of pictures and of whole letters, whose words stand in the report",
        ),
        also_about="picture__report__case__subject",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["picture", "place"], name="evidence_has_each_piece_once"),
        )


class AbuseSuspension(Guarded):
    """A number that a case suspended, and since when it does."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(AbuseCase, on_delete=models.CASCADE, related_name="+")
    number = models.UUIDField()
    suspended_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "case",
        "number",
        suspended_at=_held(Category.CHOICE, gettext_noop("Number suspended"), _A_MOMENT),
        ended_at=_held(Category.CHOICE, gettext_noop("Suspension ended"), _A_MOMENT),
        subject_path="case__subject",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["case", "number"], name="a_case_suspends_a_number_once"),
        )
        indexes = (models.Index(fields=["number"], condition=Q(ended_at=None), name="suspensions_in_force"),)
