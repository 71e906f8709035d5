"""Notices to customers, and to whom each was sent (clause 2.2)."""

from functools import partial

from django.db import models
from django.db.models import Q

from ringfence.kernel.public_ids import new_id, public_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Basis, Holds, Purpose, RetentionClass, choice, link
from ringfence.support.notice_rules import (
    AT_WORK,
    NOT_REACHED,
    Audience,
    Delivery,
    Holding,
    NoticeKind,
    NoticeState,
)


class Notice(Guarded):
    """What is told to many at once, in both languages, and whom it is for. It says nothing about anybody.

    `send_at` is the moment from which it goes out. `meant` is how many it was for when it began, `sent` how many it was
    sent to so far, and `moved_at` when the last of them were.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=8)
    state = models.CharField(max_length=12, default=NoticeState.DRAFT)
    title = models.JSONField()
    text = models.JSONField()
    country = models.CharField(max_length=2, default="", blank=True)
    holding = models.CharField(max_length=8, default=Holding.ANY, blank=True)
    language = models.CharField(max_length=2, default="", blank=True)
    written_at = models.DateTimeField()
    state_since = models.DateTimeField()
    send_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField(null=True)
    meant = models.IntegerField(default=0)
    sent = models.IntegerField(default=0, db_default=0)
    moved_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "kind",
        "state",
        "title",
        "text",
        "country",
        "holding",
        "language",
        "written_at",
        "state_since",
        "send_at",
        "began_at",
        "meant",
        "sent",
        "moved_at",
    )

    class Meta:
        indexes = (
            models.Index(fields=["send_at"], condition=Q(state__in=[*AT_WORK]), name="notices_at_work"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[*NoticeState]), name="a_notice_is_in_a_known_state"
            ),
            models.CheckConstraint(condition=Q(kind__in=[*NoticeKind]), name="a_notice_is_service_or_news"),
        )

    @property
    def public_id(self) -> str:
        """Its id outside."""
        return public_id("ntc", self.pk)

    @property
    def audience(self) -> Audience:
        """Whom it is for."""
        return Audience(self.country, Holding(self.holding), self.language)


_told = partial(choice, purpose=Purpose.COMMUNICATION, basis=Basis.CONTRACT)


class NoticeRecord(Guarded):
    """A notice to a person: once each, and what became of it. `letter` is the letter, empty where none was written."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(db_index=True)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="+")
    letter = models.UUIDField(null=True)
    told_at = models.DateTimeField()
    delivery = models.CharField(max_length=12, default=Delivery.WAITING)
    settled_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "letter",
        subject=link("whom we wrote to; a random id", RetentionClass.CONSENT),
        notice=_told(gettext_noop("Notice"), "the id of a text that many were sent"),
        told_at=_told(gettext_noop("Notice sent"), "a moment without anything else"),
        delivery=_told(gettext_noop("What became of the letter"), "one of a few fixed words"),
        settled_at=_told(gettext_noop("Since when that is known"), "a moment without anything else"),
    )

    class Meta:
        indexes = (
            models.Index(fields=["told_at"], name="notice_records_by_age"),
            models.Index(fields=["told_at"], condition=Q(settled_at=None), name="notice_records_open"),
            models.Index(fields=["notice", "delivery"], name="notice_records_by_delivery"),
            models.Index(fields=["notice", "settled_at"], name="notice_records_by_end"),
            models.Index(
                fields=["notice"],
                condition=Q(delivery__in=[*NOT_REACHED]),
                name="notice_records_not_reached",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=["notice", "subject"], name="a_notice_is_sent_to_each_once"),
            models.CheckConstraint(
                condition=Q(delivery__in=[*Delivery]), name="a_notice_record_has_a_known_end"
            ),
        )
