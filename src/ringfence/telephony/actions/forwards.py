"""Forwarding to phone numbers: countries allowed one by one, new targets that cool off, and the way back."""

from datetime import datetime
from uuid import UUID

from ringfence.accounts.actions.letters import queue_letter
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.telephony import forwarding
from ringfence.telephony.actions.route_ground import mine
from ringfence.telephony.actions.routes import route_changed, routes_changed
from ringfence.telephony.models import ForwardCountry, Number, NumberRouting, RouteStep
from ringfence.telephony.route_queries import step_of_link
from ringfence.telephony.route_rules import UNDO_FOR


@action("forward.allow_country")
def allow_country(*, subject: UUID, country: str, by: Actor, at: datetime) -> None:
    """Let a customer's calls be forwarded to a country; a letter says so. Raises Refusal when the operator does not."""
    if not forwarding.is_possible() or country not in forwarding.countries_to_choose():
        raise Refusal(
            "forward.country_closed",
            gettext_noop("Calls are not forwarded to that country. Choose one of the list."),
        )
    _row, is_new = ForwardCountry.objects.get_or_create(
        subject=subject, country=country, defaults={"allowed_at": at}
    )
    if not is_new:
        nothing_happened()
        return
    queue_letter(kind="forward-country", person=subject, facts={"country": country}, by=by, at=at)
    _all_changed(subject)
    about(subject, country=country)


@action("forward.forbid_country")
def forbid_country(*, subject: UUID, country: str, by: Actor, at: datetime) -> None:
    """Forward no more calls of a customer to a country, at once. Steps that lead there stay and are passed over."""
    removed, _by_model = ForwardCountry.objects.filter(subject=subject, country=country).delete()
    if not removed:
        nothing_happened()
        return
    _all_changed(subject)
    about(subject, country=country)


def _all_changed(subject: UUID) -> None:
    forwarding_numbers = RouteStep.objects.filter(subject=subject, kind="forward").values("number")
    numbers = list(
        Number.objects.filter(pk__in=forwarding_numbers).order_by("id").values_list("id", flat=True)
    )
    if numbers:
        routes_changed(numbers=numbers)


@action("forward.begin")
def begin(*, number: UUID, by: Actor, at: datetime) -> int:
    """Let forwards of a number ring whose time to cool off is over; return how many."""
    row = Number.objects.select_for_update().get(pk=number)
    due = RouteStep.objects.select_for_update().filter(number=row, waits=True, effective_at__lte=at)
    begun = list(due.order_by("id").values_list("id", flat=True))
    if not begun:
        nothing_happened()
        return 0
    RouteStep.objects.filter(pk__in=begun).update(waits=False)
    route_changed(number=row.pk)
    about(*([row.holder] if row.holder else []), number=row.public_id, count=len(begun))
    return len(begun)


@action("forward.close_links")
def close_links(*, by: Actor, at: datetime) -> int:
    """Let links end that can undo a forward no more, and with each what it would have brought back.

    How a number stood before its last change goes too, as soon as that cannot be undone any more.
    """
    nothing_happened()
    over = list(RouteStep.objects.filter(undo_until__lte=at, waits=False).values_list("id", "replaces_id"))
    RouteStep.objects.filter(pk__in=[replaced for _step, replaced in over if replaced]).delete()
    RouteStep.objects.filter(pk__in=[step for step, _replaced in over]).update(
        undo_digest=None, undo_until=None
    )
    undone_no_more = NumberRouting.objects.filter(before__isnull=False, changed_at__lt=at - UNDO_FOR)
    # Whoever changes a number at this moment is not waited for; the next hour comes.
    for routing in undone_no_more.select_for_update(skip_locked=True).order_by("number"):
        routing.before = None
        routing.save(update_fields=["before"])
    return len(over)


@action("forward.cancel")
def cancel(*, step: UUID, by: Actor, at: datetime) -> None:
    """Take back a forward in the account; what rang before rings on, or rings again. Raises Refusal."""
    number = RouteStep.objects.filter(pk=step).values_list("number", flat=True).first()
    if number is None:
        raise _too_late()
    row, holder = mine(number, by)
    _take_back(row, holder, step)


@action("forward.undo")
def undo(*, token: str, by: Actor, at: datetime) -> None:
    """Take back a forward by the link of its letter, whoever has it. Raises Refusal when it works no more."""
    step = step_of_link(token, at)
    if step is None:
        raise _too_late()
    row = Number.objects.select_for_update().get(pk=step.number_id)
    _take_back(row, step.subject, step.pk)


def _take_back(number: Number, holder: UUID, step: UUID) -> None:
    row = (
        RouteStep.objects.select_for_update()
        .filter(pk=step, number=number, undo_digest__isnull=False)
        .first()
    )
    if row is None:
        raise _too_late()
    name, later = row.public_id, [row]
    while following := RouteStep.objects.filter(replaces=later[-1]).first():
        later.append(following)
    for one in reversed(later):
        one.delete()
    # What was undone by letter shall not come back by a click of whoever had made it.
    for routing in NumberRouting.objects.filter(number=number):
        routing.before = None
        routing.save(update_fields=["before"])
    route_changed(number=number.pk)
    about(holder, number=number.public_id, step=name)


def _too_late() -> Refusal:
    return Refusal(
        "forward.link_used",
        gettext_noop(
            "This link has been used already, or it is too old. Look into your account to see what rings."
        ),
    )
