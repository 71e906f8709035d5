"""Requests on their way in: by a form of somebody we do not know yet, and confirmed by a link."""

from django.db import models
from django.db.models import Q

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
    choice,
    link,
)
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import Channel, RequestKind
from ringfence.privacy.sealed import SealedText


class RequestForm(Guarded):
    """A form or a letter of somebody who is not signed in. Handled alike whether or not the address has an account.

    `subject` is a fresh id; its keys are destroyed once the form is answered, and the row is gone. `kind` has commas
    between its words where a letter asks for several things. `message_id` is that of the letter, which ours answers.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(unique=True)
    kind = models.CharField(max_length=60)
    channel = models.CharField(max_length=16, default=Channel.FORM, db_default=Channel.FORM)
    language = models.CharField(max_length=2)
    asked_at = models.DateTimeField()
    email = SealedText()
    asked = SealedText(null=True)
    message_id = SealedText(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "kind",
        "channel",
        "language",
        "asked_at",
        subject=link("a fresh random id", RetentionClass.CONSENT),
        email=Personal(
            Category.CONTACT,
            Source.SUPPORT,
            Purpose.LEGAL_DUTY,
            Basis.LEGAL_OBLIGATION,
            RetentionClass.CONSENT,
            label=gettext_noop("E-mail address"),
        ),
        asked=choice(gettext_noop("What you wrote")),
        message_id=choice(gettext_noop("Id of your letter")),
    )

    class Meta:
        indexes = (models.Index(fields=["asked_at"], name="request_forms_by_time"),)

    @property
    def kinds(self) -> tuple[RequestKind, ...]:
        """What it asks for: as it was written, but for a deletion, which ends everything else and stands last."""
        kinds = tuple(map(RequestKind, self.kind.split(",")))
        return tuple(sorted(kinds, key=lambda kind: kind is RequestKind.DELETE))


class RequestLink(Guarded):
    """The link by which a person shows that it was they who asked. Only a keyed digest of its token is stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="+")
    subject = models.UUIDField(db_index=True)
    digest = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "request",
        "made_at",
        "expires_at",
        subject=link("whose request it confirms; a random id", RetentionClass.CONSENT),
        digest=Personal(
            Category.CREDENTIAL,
            Source.USE,
            Purpose.LEGAL_DUTY,
            Basis.LEGAL_OBLIGATION,
            RetentionClass.CONSENT,
            plain="a keyed digest of a random token, by which the link is found; it cannot be read back",
            label=gettext_noop("Link sent by mail, as a digest"),
        ),
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("made_at")), name="a_request_link_holds_for_a_while"
            ),
        )
