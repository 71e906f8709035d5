"""A customer's conversations with us: the same that staff see, but for their notes."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock, errors, ticket_words, writing
from ringfence.interfaces.access import actor_of, customer_only, limited, person_of
from ringfence.interfaces.account.attached import as_download
from ringfence.interfaces.account.history_words import add_words
from ringfence.interfaces.language import of_page
from ringfence.interfaces.long_text import LongText
from ringfence.interfaces.pages import Part
from ringfence.interfaces.storefront.forms import without_payment_data
from ringfence.kernel.refusal import Refusal
from ringfence.support.ticket_rules import LONGEST_TEXT, LONGEST_TITLE, TicketState
from ringfence.support.tickets import letters, queries, taking_in
from ringfence.support.tickets.queries import OwnTicket
from ringfence.support.tickets.taking_in import Written

SECTION_ORDER: Final = 55
ON_THE_OVERVIEW: Final = 3

add_words(
    {
        "ticket.take_letter": gettext_lazy("A letter became part of a conversation with us"),
        "ticket.open_by_form": gettext_lazy(
            "Somebody wrote to us with your address, by the form under Contacts"
        ),
        "ticket.open_in_account": gettext_lazy("You wrote to us"),
        "ticket.write": gettext_lazy("You wrote to us"),
        "ticket.look": gettext_lazy("A conversation with you was read"),
        "ticket.search": gettext_lazy("A conversation with you was found in a search"),
        "ticket.answer": gettext_lazy("We answered you"),
        "ticket.came_back": gettext_lazy("Our answer to you could not be delivered"),
        "ticket.note": gettext_lazy("A note was written beside a conversation with you"),
        "ticket.assign": gettext_lazy("It was settled who of us goes on with a conversation with you"),
        "ticket.tag": gettext_lazy("It was noted what a conversation with you is about"),
        "ticket.close": gettext_lazy("A conversation with you was closed"),
        "ticket.close_silent": gettext_lazy(
            "A conversation with you was closed, since nobody wrote any more"
        ),
        "ticket.reopen": gettext_lazy("A conversation with you was opened again"),
        "ticket.merge": gettext_lazy("Two conversations with you became one"),
        "ticket.offer": gettext_lazy("You were sent a link to what you wrote to us"),
        "ticket.hand_out_by_link": gettext_lazy("What you wrote to us was handed out by a link"),
    },
    {
        "ticket-answer": gettext_lazy("our answer to your message"),
        "ticket-receipt": gettext_lazy("we have your message"),
        "ticket-offer": gettext_lazy("what you wrote to us, as a file or deleted"),
    },
)


class WriteForm(forms.Form):
    """What a customer writes. `wait` is how many seconds it is too early to send it."""

    wait = 0
    use_required_attribute = False
    text = LongText(
        label=gettext_lazy("Your message"),
        most=LONGEST_TEXT,
        error_messages={"required": gettext_lazy("Write something first.")},
        validators=[without_payment_data],
        widget=forms.Textarea(attrs={"rows": 7}),
    )


class NewForm(WriteForm):
    """A new conversation."""

    title = LongText(
        label=gettext_lazy("What is it about?"),
        most=LONGEST_TITLE,
        required=False,
        validators=[without_payment_data],
    )
    field_order = ("title", "text")


def _shown(one: OwnTicket) -> dict[str, Any]:
    return {
        "ticket": one,
        "title": one.title or _("Your message to us"),
        "state": ticket_words.OWN_STATES[one.state],
        "tag": ticket_words.TAGS[one.state],
    }


def _is_too_much(request: HttpRequest, form: WriteForm) -> bool:
    """Tell whether somebody writes more than anybody does; the form says how long to wait, and keeps the text."""
    too_many = limited(request, "write", str(person_of(request)))
    if too_many is None:
        return False
    form.wait = int(too_many.headers["Retry-After"])
    wait = writing.lasting(timedelta(seconds=form.wait))
    form.add_error(
        None,
        _("You have written a lot in a short time. Wait %(wait)s, then send it; your text is still here.")
        % {"wait": wait},
    )
    return True


def _answered(request: HttpRequest, template: str, around: dict[str, Any]) -> HttpResponseBase:
    """Render a page with its form, which may be refused; what was written stays in it."""
    form = around["form"]
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    answer = render(request, template, around, status=HTTPStatus.TOO_MANY_REQUESTS if form.wait else status)
    if form.wait:
        answer["Retry-After"] = str(form.wait)
    return answer


def _sent(request: HttpRequest, written: Written) -> HttpResponse:
    """Go on to the conversation; or, where a message asks for something about data, to where that is confirmed."""
    if not written.requests:
        messages.success(request, _("Sent. The answer comes by e-mail, and stands here too."))
        return redirect("account:ticket", written.ticket)
    messages.success(
        request,
        _("Sent. We take it that you ask us for this. Confirm it here, or take it back if you do not."),
    )
    if len(written.requests) > 1:
        return redirect("account:requests")
    return redirect("account:request", written.requests[0])


@customer_only
@require_http_methods(["GET", "HEAD", "POST"])
def support(request: HttpRequest) -> HttpResponseBase:
    """List a customer's conversations, and begin a new one."""
    form = NewForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and not _is_too_much(request, form):
        made = taking_in.open_in_account(
            subject=person_of(request),
            **form.cleaned_data,
            language=of_page(),
            by=actor_of(request),
            at=clock.now(),
        )
        return _sent(request, made)
    rows = [_shown(one) for one in queries.own_tickets(person_of(request))]
    around = {"form": form, "rows": rows}
    return _answered(request, "account/support/list.html", around)


@customer_only
@require_http_methods(["GET", "HEAD", "POST"])
def ticket(request: HttpRequest, ticket: str) -> HttpResponseBase:
    """Show a conversation, and go on with it."""
    found = queries.own_ticket(
        person_of(request), ticket, ticket_words.page_of(request.GET.get("earlier", ""))
    )
    if found is None:
        raise Http404
    form = WriteForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and not _is_too_much(request, form):
        try:
            made = taking_in.write(
                subject=person_of(request),
                ticket=found.public_id,
                text=form.cleaned_data["text"],
                by=actor_of(request),
                at=clock.now(),
            )
        except Refusal as refused:
            form.add_error(None, errors.sentence(refused))
        else:
            return _sent(request, made)
    around = {
        **_shown(found),
        "form": form,
        "pieces": [(ticket_words.own_piece(piece), piece) for piece in found.pieces],
        "is_closed": found.state is TicketState.CLOSED,
    }
    return _answered(request, "account/support/ticket.html", around)


@customer_only
@require_safe
def attachment(request: HttpRequest, ticket: str, letter: UUID, index: int) -> HttpResponseBase:
    """Hand a customer what came with a letter of theirs."""
    try:
        return as_download(letters.own_attachment(person_of(request), ticket, letter, index))
    except Refusal as refused:
        if queries.own_ticket(person_of(request), ticket) is None:
            raise Http404 from None
        messages.error(request, errors.sentence(refused))
        return redirect("account:ticket", ticket)


def section(request: HttpRequest) -> Part | None:
    """Show on the account's first page what we answered last; nothing for who never wrote."""
    rows = [_shown(one) for one in queries.own_tickets(person_of(request), ON_THE_OVERVIEW)]
    return ("account/sections/support.html", {"rows": rows}) if rows else None


urlpatterns = [
    path("account/support/", support, name="support"),
    path("account/support/<str:ticket>/", ticket, name="ticket"),
    path("account/support/<str:ticket>/<uuid:letter>/<int:index>/", attachment, name="ticket_attachment"),
]
