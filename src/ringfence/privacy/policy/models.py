"""Versions of the policy, what is prepared for the next, who was shown and told of which, and what the pages say."""

from functools import partial

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now  # noqa: TID251 - the database dates a publication itself

from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Basis, Holds, Purpose, RetentionClass, choice, link
from ringfence.privacy.policy_rules import NOTICE, ChangeKind

CHANGE, WITHDRAWAL = "change", "withdrawal"
"""What a letter about a version told: that it is coming, and that it is not coming after all."""


class PolicyVersion(Guarded):
    """One version of the policy and terms, never changed once published (clause 5.2).

    `published_at` is written by the database. A constraint refuses an effect before the version has been public
    for its notice, and a trigger a second version while one is coming. The first version of an installation may count
    at once: there is nobody yet whose terms it changes. `text` holds both languages, section by section, the tables
    and the figures; `digest` is over its compact JSON. `summary` says in both languages what it changes.
    """

    number = models.IntegerField(primary_key=True)
    published_at = models.DateTimeField(db_default=Now())
    effective_at = models.DateTimeField()
    kind = models.CharField(max_length=16)
    notice_days = models.IntegerField()
    digest = models.BinaryField(max_length=32)
    text = models.JSONField()
    summary = models.JSONField(default=dict)

    holds = Holds(
        NOT_PERSONAL,
        "number",
        "published_at",
        "effective_at",
        "kind",
        "notice_days",
        "digest",
        "text",
        "summary",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(number=1, kind=ChangeKind.FIRST)
                | Q(number__gt=1, kind=ChangeKind.MATERIAL, notice_days__gte=NOTICE[ChangeKind.MATERIAL])
                | Q(number__gt=1, kind=ChangeKind.CORRECTION, notice_days__gte=NOTICE[ChangeKind.CORRECTION]),
                name="a_version_is_announced_as_long_as_its_kind_asks",
            ),
        )


class PolicyWithdrawal(Guarded):
    """A version that was taken back before it counted. It stays readable, and never counts. Dated by the database."""

    version = models.OneToOneField(
        PolicyVersion, primary_key=True, on_delete=models.PROTECT, related_name="withdrawal"
    )
    withdrawn_at = models.DateTimeField(db_default=Now())

    holds = Holds(NOT_PERSONAL, "version", "withdrawn_at")


class PolicyDraft(Guarded):
    """What is prepared for the next version: its kind, what it changes in words, and the text that was previewed."""

    id = models.IntegerField(primary_key=True, default=1)
    kind = models.CharField(max_length=16)
    summary = models.JSONField()
    digest = models.BinaryField(max_length=32)
    prepared_at = models.DateTimeField()

    holds = Holds(NOT_PERSONAL, "id", "kind", "summary", "digest", "prepared_at")

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="there_is_one_draft_of_the_policy"),)


_shown = partial(choice, purpose=Purpose.SERVICE, basis=Basis.LEGITIMATE_INTEREST)


class Acknowledgement(Guarded):
    """A person was shown the version in force at some moment. It is that and nothing more: never a consent."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(db_index=True)
    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    moment = models.CharField(max_length=16)
    acknowledged_at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        subject=link("whom it concerns; a random id", RetentionClass.CONSENT),
        version=_shown(gettext_noop("Version of the terms"), "the number of a public document"),
        moment=_shown(gettext_noop("Occasion"), "one of a few fixed words"),
        acknowledged_at=_shown(gettext_noop("Seen"), "a moment without anything else"),
    )

    class Meta:
        indexes = (models.Index(fields=["acknowledged_at"], name="acknowledgements_by_age"),)


class PolicyNotice(Guarded):
    """A letter to a person about a version: once each, that it is coming, or that it was taken back.

    `given_up_at` is when the post had not taken the letter and it was given up: the person was not told by it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField()
    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=16)
    told_at = models.DateTimeField()
    given_up_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "given_up_at",
        subject=link("whom we wrote to; a random id", RetentionClass.CONSENT),
        version=_shown(gettext_noop("Version of the terms"), "the number of a public document"),
        what=_shown(gettext_noop("What we wrote about"), "one of two fixed words"),
        told_at=_shown(gettext_noop("Letter written"), "a moment without anything else"),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["subject", "version", "what"], name="one_letter_to_each_about_a_version"
            ),
            models.CheckConstraint(
                condition=Q(what__in=[CHANGE, WITHDRAWAL]), name="a_letter_tells_of_a_change_or_a_withdrawal"
            ),
        )


class PageReading(Guarded):
    """What a public page said when it was last fetched as any visitor fetches it (clauses 5.2, 7.1, 7.4).

    `words` is the digest of the policy's words on the page, and `version` the version it says it shows. `faults` are
    codes with how often they were found. `failed_at` is since when it could not be fetched, and empty when it could;
    `looked_at` is when that was tried last.
    """

    path = models.CharField(max_length=200, primary_key=True)
    read_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    version = models.IntegerField(null=True)
    language = models.CharField(max_length=2)
    words = models.BinaryField(max_length=32, null=True)
    outbound = models.IntegerField(default=0)
    hosts = models.JSONField(default=list)
    faults = models.JSONField(default=dict)

    holds = Holds(
        NOT_PERSONAL,
        "path",
        "read_at",
        "failed_at",
        "looked_at",
        "version",
        "language",
        "words",
        "outbound",
        "hosts",
        "faults",
    )
