"""What happens at the door: who asked to come in, links sent out, sessions, tries counted."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection, models

from ringfence.accounts.models.people import Person, profile
from ringfence.accounts.rules import LinkKind
from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded, require_action
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
from ringfence.privacy.sealed import SealedText


def _access(label: str, plain: str = "", common: str = "") -> Personal:
    return Personal(
        Category.DEVICE,
        Source.LOGIN,
        Purpose.SERVICE,
        Basis.LEGITIMATE_INTEREST,
        RetentionClass.ACCESS,
        plain=plain,
        label=label,
        common=common,
    )


class Caller(Guarded):
    """Somebody who gave an address at the door. Handled alike whether or not the address has an account.

    `subject` is a fresh id; it becomes the person's when a registration is confirmed, and its keys are destroyed
    otherwise.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(unique=True)
    errand = models.CharField(max_length=8)
    language = models.CharField(max_length=2)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    email = SealedText()
    password = SealedText(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "errand",
        "language",
        "asked_at",
        "answered_at",
        subject=link("a fresh random id"),
        email=profile(Category.CONTACT, Source.REGISTRATION, label=gettext_noop("E-mail address")),
        password=profile(
            Category.CREDENTIAL, Source.REGISTRATION, label=gettext_noop("Password, as a digest")
        ),
    )


class OneTimeLink(Guarded):
    """A link in a letter that works once. Only a keyed digest of its token is stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in LinkKind])
    digest = models.BinaryField(max_length=32, unique=True)
    target = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "kind",
        "target",
        "made_at",
        "expires_at",
        subject=link("whose link it is; a random id"),
        digest=profile(
            Category.CREDENTIAL,
            Source.USE,
            label=gettext_noop("Link sent by mail, as a digest"),
            plain="a keyed digest of a random token, by which the link is found; it cannot be read back",
        ),
    )


class AddressChange(Guarded):
    """An e-mail address about to be replaced, once both the old and the new one have been confirmed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="address_change")
    email = SealedText()
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    old_confirmed_at = models.DateTimeField(null=True)
    new_confirmed_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "asked_at",
        "answered_at",
        "old_confirmed_at",
        "new_confirmed_at",
        person=link("whose it is; a random id"),
        email=profile(Category.CONTACT, Source.USE, label=gettext_noop("New e-mail address")),
        subject_path="person_id",
    )


def make_week(moment: datetime) -> None:
    """Make the part of the sign-ins of a week, inside an action; one that is there stays as it is."""
    require_action("a week of sign-ins")
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_make_sign_in_week(%s)", [moment.astimezone(UTC).date()])


def drop_weeks(before: datetime) -> int:
    """Drop the parts of the sign-ins of the weeks that ended before a moment, inside an action; return how many."""
    require_action("a week of sign-ins")
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_drop_sign_in_weeks(%s)", [before.astimezone(UTC).date()])
        return int(cursor.fetchone()[0])


class SignIn(Guarded):
    """One session: where and how somebody signed in. Without a row here a session cookie opens nothing.

    Sign-ins are kept in one part per week (UTC), so that a week that is over is dropped whole (clause 2.8); a session
    ends with its sign-in. The person is no foreign key in the database, whose parts could not be dropped so lightly.

    `strong` is True once a passkey or a one-time code was shown; `fresh_at` is the last proof of who it is.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    means = models.CharField(max_length=8)
    strong = models.BooleanField()
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    fresh_at = models.DateTimeField()
    network_address = SealedText()
    device = SealedText()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "means",
        "strong",
        "fresh_at",
        person=link("whose it is; a random id"),
        made_at=_access(gettext_noop("Signed in"), plain="a moment; sessions are swept by it"),
        seen_at=_access(gettext_noop("Last seen"), plain="a moment; sessions are swept by it"),
        network_address=_access(gettext_noop("Network address")),
        device=_access(gettext_noop("Browser and system"), common="shared by millions of people"),
        subject_path="person_id",
    )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with a place to save it in."""
        if self._state.adding:
            make_week(self.made_at)
        super().save(*args, **kwargs)


class TryCount(Guarded):
    """How often something was tried in one stretch of time, per network address or account, as a keyed digest."""

    digest = models.BinaryField(max_length=32)
    began_at = models.DateTimeField()
    count = models.IntegerField()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "began_at",
        "count",
        digest=_access(
            gettext_noop("Network address, as a digest"),
            plain="a keyed digest of at most an hour's use; it cannot be read back and is gone within a day",
        ),
        subject_path="",
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=["digest", "began_at"], name="tries_are_counted_once"),)
        indexes = (models.Index(fields=["began_at"], name="tries_by_age"),)
