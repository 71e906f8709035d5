"""What people prove themselves with, besides a password."""

from django.db import models

from ringfence.accounts.models.people import Person, profile
from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Category, Holds, Personal, Source, link
from ringfence.privacy.sealed import SealedBytes, SealedJSON, SealedText

WHOSE = "whose it is; a random id"


def _means(label: str, common: str = "") -> Personal:
    """Declare a means of signing in."""
    return profile(Category.CREDENTIAL, Source.USE, label=label, common=common)


class Passkey(Guarded):
    """A passkey (W3C WebAuthn level 3). `used_at` is None until the first sign-in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    label = SealedText()
    credential = SealedBytes()
    public_key = SealedBytes()
    transports = SealedJSON()
    sign_count = models.BigIntegerField()
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "sign_count",
        "made_at",
        "used_at",
        person=link(WHOSE),
        label=_means(gettext_noop("Name of the passkey"), common="a word such as laptop"),
        credential=_means(gettext_noop("Passkey, its id")),
        public_key=_means(gettext_noop("Passkey, its public half")),
        transports=_means(gettext_noop("How the passkey is reached"), common="one of five words"),
        subject_path="person_id",
    )


class Authenticator(Guarded):
    """An app that shows one-time codes (RFC 6238). `last_step` is the last time step used, so no code works twice.

    It counts once `confirmed_at` says that a first code was right.
    """

    person = models.OneToOneField(
        Person, on_delete=models.CASCADE, primary_key=True, related_name="authenticator"
    )
    secret = SealedText()
    last_step = models.BigIntegerField()
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "last_step",
        "made_at",
        "confirmed_at",
        person=link(WHOSE),
        secret=_means(gettext_noop("Secret of the code app")),
        subject_path="person_id",
    )


class RecoveryCodes(Guarded):
    """The recovery codes still unused, as keyed digests in hex."""

    person = models.OneToOneField(
        Person, on_delete=models.CASCADE, primary_key=True, related_name="recovery_codes"
    )
    digests = SealedJSON()
    made_at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "made_at",
        person=link(WHOSE),
        digests=_means(gettext_noop("Recovery codes, as digests")),
        subject_path="person_id",
    )


class OutsideIdentity(Guarded):
    """A person as an OpenID Connect provider knows them. Nothing else of what it sends is kept (clause 1.3)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=300)
    key = SealedText()
    email = SealedText(null=True)
    made_at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "issuer",
        "made_at",
        person=link(WHOSE),
        key=profile(
            Category.CREDENTIAL, Source.THIRD_PARTY, label=gettext_noop("Your id at the sign-in provider")
        ),
        email=profile(
            Category.CONTACT,
            Source.THIRD_PARTY,
            label=gettext_noop("E-mail address from the sign-in provider"),
        ),
        subject_path="person_id",
        says_what_is=True,
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["person", "issuer"], name="one_identity_per_person_and_provider"),
        )
