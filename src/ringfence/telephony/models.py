"""Tables of telephony: numbers, where they ring, and the calls they had."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

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
from ringfence.telephony.call_models import CallRecord, DeletedCall, MissedNotice, SpoolOffset, Tenure
from ringfence.telephony.declarations import of_use
from ringfence.telephony.message_models import (
    Message,
    MessageCount,
    MessageDelivery,
    MessageForwarding,
    MessageSeen,
)
from ringfence.telephony.node_models import EdgeNode, RouteChange
from ringfence.telephony.phone_models import Phone
from ringfence.telephony.route_models import ForwardCountry, NumberRouting, RouteStep
from ringfence.telephony.rules import NumberState
from ringfence.telephony.stock_models import Import, ImportPart, ImportRejection, NumberCount

__all__ = (
    "CallRecord",
    "DeletedCall",
    "EdgeNode",
    "ForwardCountry",
    "Import",
    "ImportPart",
    "ImportRejection",
    "Like",
    "Message",
    "MessageCount",
    "MessageDelivery",
    "MessageForwarding",
    "MessageSeen",
    "MissedNotice",
    "Number",
    "NumberCount",
    "NumberRouting",
    "Phone",
    "RouteChange",
    "RouteStep",
    "SpoolOffset",
    "Tenure",
)


def _held(plain: str, label: str) -> Personal:
    return of_use(Category.CONTACT, RetentionClass.ACCOUNT, label, plain)


@models.CharField.register_lookup
class Like(models.Lookup):
    """SQL's LIKE with a pattern that the search has made of digits alone."""

    lookup_name = "like"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Write `column LIKE pattern`."""
        left, left_parameters = self.process_lhs(compiler, connection)
        right, right_parameters = self.process_rhs(compiler, connection)
        return f"{left} LIKE {right}", (*left_parameters, *right_parameters)


class Number(Guarded):
    """A number of the stock. `carrier` is empty for an own block, `unused_since` for a number never used.

    `suspended_for` are the codes of all that keeps it suspended, each once, oldest first; it rings when none is left.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    e164 = models.CharField(max_length=16, unique=True)
    national = models.CharField(max_length=15)
    country = models.CharField(max_length=2)
    area = models.CharField(max_length=80, blank=True)
    type = models.CharField(max_length=16)
    capabilities = ArrayField(models.CharField(max_length=8))
    carrier = models.CharField(max_length=16, blank=True, default="")
    documents = ArrayField(models.CharField(max_length=8), default=list)
    unused_since = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, default=NumberState.AVAILABLE)
    state_since = models.DateTimeField()
    held_until = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)
    holder = models.UUIDField(null=True, db_index=True)
    route_version = models.BigIntegerField(default=0)
    suspended_for = ArrayField(models.CharField(max_length=40), default=list, db_default=[])

    needed_by_the_group: ClassVar = frozenset({"e164"})
    holds = Holds(
        NOT_PERSONAL,
        "id",
        "country",
        "area",
        "type",
        "capabilities",
        "carrier",
        "documents",
        "unused_since",
        "held_until",
        "rests_until",
        "route_version",
        national=_held(
            "the same digits without the calling code, for the search", gettext_noop("Number, national")
        ),
        e164=_held(
            "stock is searched and routed by its digits; only `holder` says whose it is",
            gettext_noop("Number"),
        ),
        state=_held("the switch and the shop are driven by it", gettext_noop("State")),
        state_since=_held("the life of the number is timed by it", gettext_noop("Since")),
        suspended_for=_held(
            "a few fixed words; what lifts one of them must leave the others",
            gettext_noop("Suspended because"),
        ),
        holder=link("finds the numbers of a customer"),
        subject_path="holder",
        of_number="pk",
        says_what_is=True,
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[NumberState.IN_SERVICE, NumberState.SUSPENDED], holder__isnull=False)
                | Q(state=NumberState.HELD)
                | Q(
                    state__in=[NumberState.AVAILABLE, NumberState.QUARANTINE, NumberState.RETIRED],
                    holder=None,
                ),
                name="a_number_in_use_has_a_holder_and_no_other_one",
            ),
            models.CheckConstraint(
                condition=Q(state=NumberState.HELD, held_until__isnull=False) | ~Q(state=NumberState.HELD),
                name="a_hold_ends",
            ),
            models.CheckConstraint(
                condition=Q(state=NumberState.SUSPENDED, suspended_for__len__gt=0)
                | (~Q(state=NumberState.SUSPENDED) & Q(suspended_for__len=0)),
                name="a_number_is_suspended_for_a_reason",
            ),
        )
        indexes = (
            models.Index(
                fields=["state", "e164"], condition=~Q(state="available"), name="numbers_not_for_sale"
            ),
            models.Index(fields=["carrier", "e164"], condition=~Q(carrier=""), name="numbers_of_a_carrier"),
            models.Index(fields=["held_until"], condition=Q(state="held"), name="holds_by_end"),
            models.Index(fields=["rests_until"], condition=Q(state="quarantine"), name="rests_by_end"),
        )

    @property
    def public_id(self) -> str:
        """Return the id that pages and addresses use."""
        return public_id("num", self.id)
