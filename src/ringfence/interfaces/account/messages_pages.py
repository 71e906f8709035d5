"""A customer's text messages: read, marked, taken away as a file, and deleted for good."""

import csv
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import messages as notices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, customer_only, own_path, person_of, sent_only
from ringfence.interfaces.account.call_table import harmless
from ringfence.interfaces.account.history_words import add_words
from ringfence.kernel.public_ids import public_id
from ringfence.telephony import message_queries, queries
from ringfence.telephony.actions import messages as actions
from ringfence.telephony.message_queries import MessageShown
from ringfence.telephony.rules import NumberState

SECTION_ORDER = 12
ON_A_PAGE: Final = 30

add_words(
    {
        "messages.delete": gettext_lazy("Your text messages were deleted"),
        "messages.set_letter": gettext_lazy("Sending messages on by e-mail was changed"),
        "messages.set_webhook": gettext_lazy("A web address was given that messages are sent on to"),
        "messages.clear_webhook": gettext_lazy("Messages are no longer sent on to a web address"),
        "messages.resume_webhook": gettext_lazy("Messages are sent on to a web address again"),
        "messages.test_webhook": gettext_lazy("A test was sent to your web address"),
        "messages.send_again": gettext_lazy("A message was sent on once more"),
    },
    {
        "message-received": gettext_lazy("a text message that came for you"),
        "message-forwarding-changed": gettext_lazy("where your messages are sent on to has changed"),
        "message-forwarding-paused": gettext_lazy("your web address does not answer"),
    },
)


class FilterForm(forms.Form):
    """Which messages are shown."""

    number = forms.ChoiceField(label=gettext_lazy("To"), required=False)
    words = forms.CharField(
        label=gettext_lazy("Sender or words"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    new = forms.BooleanField(label=gettext_lazy("New ones only"), required=False)

    def __init__(self, data: Any, numbers: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["number"].choices = [("", _("All numbers")), *numbers]  # type: ignore[attr-defined] # a ChoiceField


def section(request: HttpRequest) -> tuple[str, dict[str, object]] | None:
    """Return the newest messages for the account's first page; nothing for who has none."""
    found = message_queries.inbox(person_of(request), limit=3).messages
    if not found:
        return None
    return "account/sections/messages.html", {
        "messages": found,
        "new": message_queries.count_new(person_of(request)),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@customer_only
def inbox(request: HttpRequest) -> HttpResponse:
    """List messages, the newest first.

    Senders and words are sent, and the list is the answer: they do not become part of an address that others could
    read in a log or a history.
    """
    given = request.POST if request.method == "POST" else request.GET
    person = person_of(request)
    had = message_queries.numbers_with_messages(person)
    form = FilterForm(given or None, [(public_id("num", key), digits) for key, digits in had])
    said = form.cleaned_data if form.is_bound and form.is_valid() else {}
    key = next((one for one, _digits in had if public_id("num", one) == said.get("number")), None)
    words = said.get("words", "") if request.method == "POST" else ""
    is_new = bool(said.get("new"))
    page = message_queries.inbox(
        person, number=key, new_only=is_new, words=words, after=given.get("after", ""), limit=ON_A_PAGE
    )
    asked = {"number": said.get("number"), "new": "on" if is_new else ""}
    kept = {name: value for name, value in asked.items() if value}
    context = {
        "page": page,
        "form": form,
        "is_filtered": bool(kept or words),
        "is_paged": "after" in given,
        "has_any": bool(had),
        "new": message_queries.count_new(person),
        "here": request.get_full_path(),
        "older": urlencode({**kept, "after": page.older}) if page.older else "",
        "words": words,
        "kept": kept,
        "looked_at": page.looked_at if words else 0,
        "own": _own_numbers(request),
    }
    return render(request, "account/messages/inbox.html", context)


def _own_numbers(request: HttpRequest) -> list[dict[str, Any]]:
    person = person_of(request)
    return [
        {"number": one, "forwarding": message_queries.forwarding_of(person, one.id)}
        for one in queries.numbers_of(person)
        if one.state is NumberState.IN_SERVICE
    ]


def _message(request: HttpRequest, message: str) -> MessageShown:
    found = message_queries.message(person_of(request), message)
    if found is None:
        raise Http404
    return found


@require_safe
@customer_only
def message(request: HttpRequest, message: str) -> HttpResponse:
    """Show one message; it is no longer new then."""
    found = _message(request, message)
    if found.is_new and request.method == "GET":
        _mark(request, found, read=True)
    return render(request, "account/messages/message.html", {"message": found})


def _mark(request: HttpRequest, found: MessageShown, *, read: bool) -> None:
    actions.mark(
        subject=person_of(request), messages=[found.id], read=read, by=actor_of(request), at=clock.now()
    )


def _back(request: HttpRequest) -> HttpResponse:
    """Go back to the list as it was, when it was sent from there."""
    wanted = own_path(request.POST.get("next"))
    return redirect(wanted) if wanted else redirect("account:messages")


@sent_only
@customer_only
def mark(request: HttpRequest, message: str) -> HttpResponse:
    """Mark a message as read, or as new."""
    _mark(request, _message(request, message), read=request.POST.get("read") == "yes")
    return _back(request)


@sent_only
@customer_only
def mark_all(request: HttpRequest) -> HttpResponse:
    """Mark all messages as read."""
    actions.mark_all_read(subject=person_of(request), by=actor_of(request), at=clock.now())
    return _back(request)


@require_http_methods(["GET", "POST"])
@customer_only
def delete(request: HttpRequest, message: str) -> HttpResponse:
    """Ask once, then delete a message for good (clause 2.9)."""
    found = _message(request, message)
    if request.method == "POST":
        actions.delete(subject=person_of(request), messages=[found.id], by=actor_of(request), at=clock.now())
        notices.success(request, _("Deleted, for good."))
        return redirect("account:messages")
    return render(request, "account/messages/delete.html", {"message": found})


@require_http_methods(["GET", "POST"])
@customer_only
def delete_all(request: HttpRequest) -> HttpResponse:
    """Ask once, then delete every message of the customer for good (clause 2.9)."""
    if request.method == "POST":
        count = actions.delete(
            subject=person_of(request), messages=None, by=actor_of(request), at=clock.now()
        )
        said = ngettext("Deleted, for good: one message.", "Deleted, for good: %(count)s messages.", count)
        notices.success(request, said % {"count": count})
        return redirect("account:messages")
    return render(
        request, "account/messages/delete_all.html", {"count": message_queries.count_all(person_of(request))}
    )


@require_safe
@customer_only
def file(request: HttpRequest) -> HttpResponse:
    """Hand over all messages as a file."""
    headers = {"Content-Disposition": 'attachment; filename="messages.csv"'}
    response = HttpResponse(content_type="text/csv; charset=utf-8", headers=headers, status=HTTPStatus.OK)
    csv.writer(response).writerows(_rows(request))
    return response


def _rows(request: HttpRequest) -> Iterator[list[str]]:
    yield ["id", "received", "sent", "from", "to", "text", "pictures", "read"]
    for one in message_queries.all_messages(person_of(request)):
        sent = one.sent_at.isoformat() if one.sent_at else ""
        words = [harmless(one.sender), one.number, harmless(one.text)]
        yield [
            one.public_id,
            one.received_at.isoformat(),
            sent,
            *words,
            str(one.media),
            "no" if one.is_new else "yes",
        ]


urlpatterns = [
    path("account/messages/", inbox, name="messages"),
    path("account/messages/read/", mark_all, name="messages_read"),
    path("account/messages/delete/", delete_all, name="messages_delete"),
    path("account/messages/file/", file, name="messages_file"),
    path("account/messages/<str:message>/", message, name="message"),
    path("account/messages/<str:message>/mark/", mark, name="message_mark"),
    path("account/messages/<str:message>/delete/", delete, name="message_delete"),
]
