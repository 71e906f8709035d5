"""What people were asked, and what they said: a record per choice, never rewritten (clauses 1.4 and 3.2)."""

from django.db import models
from django.db.models import Q

from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.consent.rules import Extra, Means, Said
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds, RetentionClass, choice, link
from ringfence.privacy.policy.models import PolicyVersion


class ConsentNotice(Guarded):
    """What was shown when somebody was asked, in both languages, under the digest of its text; never changed."""

    digest = models.CharField(max_length=64, primary_key=True)
    text = models.JSONField()
    first_shown_at = models.DateTimeField()

    holds = Holds(NOT_PERSONAL, "digest", "text", "first_shown_at")


class ConsentRecord(Guarded):
    """One choice of one browser, with all that proves it (GDPR art. 7(1), in the shape of ISO/IEC TS 27560).

    `visitor` is a random id that the browser keeps; `subject` the person who signed in there later, if any. What is
    asked of a person rather than of a browser, as letters with news are, has the person in both. Neither
    network address nor kind of browser is known. A choice counts until `ends_at`, or until another one took its
    place at `replaced_at`. A trigger keeps everything else as it was.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    visitor = models.UUIDField()
    subject = models.UUIDField(null=True, db_index=True)
    purpose = models.CharField(max_length=64, choices=[(one, one) for one in Extra])
    state = models.CharField(max_length=16, choices=[(one, one) for one in Said])
    notice = models.ForeignKey(ConsentNotice, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, null=True, related_name="+")
    language = models.CharField(max_length=2)
    means = models.CharField(max_length=32, choices=[(one, one) for one in Means])
    signal = models.BooleanField(default=False)
    decided_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        visitor=link("a random id that one browser keeps; its choice is found by it", RetentionClass.CONSENT),
        subject=link("who signed in with that browser; a random id", RetentionClass.CONSENT),
        purpose=choice(gettext_noop("What you were asked for"), "one of a few fixed words"),
        state=choice(gettext_noop("What you said"), "one of three fixed words"),
        notice=choice(gettext_noop("The question, by its digest"), "the digest of a public text"),
        version=choice(gettext_noop("Version of the terms"), "the number of a public document"),
        language=choice(gettext_noop("Language of the question"), "one of two fixed words"),
        means=choice(gettext_noop("How you said it"), "one of a few fixed words"),
        signal=choice(gettext_noop("Your browser asked not to be followed"), "yes or no"),
        decided_at=choice(gettext_noop("When you said it"), "a moment without anything else"),
        ends_at=choice(gettext_noop("Counts until"), "a moment without anything else"),
        replaced_at=choice(gettext_noop("Changed by you"), "a moment without anything else"),
    )

    class Meta:
        indexes = (
            models.Index(fields=["ends_at"], name="consents_by_end"),
            models.Index(
                fields=["replaced_at"], condition=Q(replaced_at__isnull=False), name="consents_replaced"
            ),
            models.Index(fields=["visitor", "purpose", "-decided_at"], name="consents_of_a_browser"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["visitor", "purpose"],
                condition=Q(replaced_at=None),
                name="one_choice_counts_per_browser_and_purpose",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[*Said]), name="a_choice_is_given_refused_or_withdrawn"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("decided_at")), name="a_choice_ends_after_it_was_made"
            ),
            models.CheckConstraint(
                condition=~Q(state="given") | Q(signal=False), name="no_consent_against_the_browsers_signal"
            ),
        )
