"""Tables of routes: where each number rings, in which order and when, and which countries may be forwarded to."""

from django.db import models

from ringfence.kernel.public_ids import new_id, public_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import (
    NOT_PERSONAL,
    Category,
    Holds,
    Personal,
    RetentionClass,
    link,
)
from ringfence.privacy.sealed import SealedJSON, SealedText
from ringfence.telephony.declarations import of_use
from ringfence.telephony.phone_models import Phone
from ringfence.telephony.route_rules import PlanName


def _chosen(label: str, plain: str = "", category: Category = Category.CONTACT) -> Personal:
    return of_use(category, RetentionClass.ACCOUNT, label, plain)


class RouteStep(Guarded):
    """One step of a number's chain: what rings, and for how long.

    `waits` while the target of a forward cools off (`effective_at`): the step it `replaces` rings until then, and stays
    as long as the letter's link may still undo the change. The table keeps the name it had when a number had one
    destination: what is sealed in it is bound to that name, and opens nowhere else.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    number = models.ForeignKey("telephony.Number", on_delete=models.CASCADE, related_name="+")
    subject = models.UUIDField(db_index=True)
    plan = models.CharField(max_length=6, default=PlanName.OPEN)
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=8)
    target = SealedText(db_column="sip_uri", null=True)
    phone = models.ForeignKey(
        Phone, on_delete=models.CASCADE, null=True, db_column="phone_id", related_name="+"
    )
    ring_seconds = models.PositiveSmallIntegerField()
    effective_at = models.DateTimeField()
    waits = models.BooleanField(default=False)
    replaces = models.OneToOneField("self", on_delete=models.SET_NULL, null=True, related_name="replacement")
    undo_digest = models.BinaryField(max_length=32, null=True, unique=True)
    undo_until = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "position",
        "ring_seconds",
        "replaces",
        "waits",
        "undo_digest",
        "undo_until",
        number=link("finds the steps of a number"),
        subject=link("finds the steps of a customer"),
        phone=link("names the registered phone that rings"),
        plan=_chosen(gettext_noop("When"), "the chain in force is picked by it"),
        kind=_chosen(gettext_noop("What rings"), "steps that wait or forward are found by it"),
        effective_at=_chosen(gettext_noop("From"), "a forward that waits is found by it"),
        changed_at=_chosen(gettext_noop("Changed"), "shown beside the step"),
        target=_chosen(gettext_noop("Where it rings")),
        says_what_is=True,
    )

    class Meta:
        db_table = "telephony_destination"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(plan__in=[plan.value for plan in PlanName]), name="a_step_is_of_a_plan"
            ),
        )
        indexes = (
            models.Index(fields=["number", "plan", "position"], name="steps_of_a_number"),
            models.Index(fields=["effective_at"], condition=models.Q(waits=True), name="steps_that_wait"),
        )

    @property
    def public_id(self) -> str:
        """Return the id that pages and addresses use."""
        return public_id("stp", self.id)


class NumberRouting(Guarded):
    """What is set for a number as a whole: busy, calls at once, and its opening hours, sealed as one.

    `hours` is what `timetable.Hours` writes. `computed_from` is the day the switch-over times are counted from, so that
    a route is the same whenever it is put together. `before` is how the number stood before the last change.
    """

    number = models.OneToOneField(
        "telephony.Number", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    subject = models.UUIDField(db_index=True)
    stop_when_busy = models.BooleanField(default=False)
    calls_at_once = models.PositiveSmallIntegerField(null=True)
    hours = SealedJSON(null=True)
    computed_from = models.DateTimeField(null=True)
    before = SealedJSON(null=True)
    changed_at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "computed_from",
        number=link("one set of settings per number"),
        subject=link("finds the settings of a customer"),
        stop_when_busy=_chosen(
            gettext_noop("Stop when busy"), "the switch is driven by it", category=Category.CHOICE
        ),
        calls_at_once=_chosen(
            gettext_noop("Calls at once"), "the switch is driven by it", category=Category.CHOICE
        ),
        changed_at=_chosen(gettext_noop("Changed"), "the last change can be undone for an hour"),
        hours=_chosen(gettext_noop("Opening hours")),
        before=_chosen(gettext_noop("Before the last change")),
        says_what_is=True,
    )

    class Meta:
        indexes = (
            models.Index(
                fields=["computed_from"],
                condition=models.Q(computed_from__isnull=False),
                name="timetables_by_their_day",
            ),
        )


class ForwardCountry(Guarded):
    """A country that a customer has allowed calls to be forwarded to; none is, until they do."""

    id = models.UUIDField(primary_key=True, default=new_id)
    subject = models.UUIDField(db_index=True)
    country = models.CharField(max_length=2)
    allowed_at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        subject=link("finds the countries a customer forwards to"),
        country=_chosen(
            gettext_noop("Calls may be forwarded to"), "each forward is held against it", Category.CHOICE
        ),
        allowed_at=_chosen(gettext_noop("Since"), "shown beside the country", Category.CHOICE),
        says_what_is=True,
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["subject", "country"], name="a_country_is_allowed_once"),
        )
