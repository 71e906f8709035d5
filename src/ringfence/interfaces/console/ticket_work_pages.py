"""What staff do with a ticket: answer, note, hand over, sort, close, merge; and the texts they answer with."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, sent_only, staff_only
from ringfence.interfaces.console.ticket_forms import (
    AnswerForm,
    ColleagueForm,
    MergeForm,
    NoteForm,
    TagsForm,
    TemplateForm,
)
from ringfence.interfaces.console.ticket_pages import READERS, staff_of, ticket_page
from ringfence.interfaces.outcomes import told
from ringfence.kernel.refusal import Refusal
from ringfence.support.tickets import actions, merging, queries, strangers, templates

SECTION_ORDER: Final = 14


@sent_only
@staff_only(*READERS)
def answer(request: HttpRequest, ticket: str) -> HttpResponse:
    """Answer, or put a ready text into the answer. What was written is never lost, nor sent past something new."""
    form = AnswerForm(request.POST)
    if "insert" in request.POST:
        return _with_ready_text(request, ticket, form)
    if not form.is_valid():
        return ticket_page(
            request, ticket, **_others(request, ticket, is_note=False), answer=form, wrong=True
        )
    said = form.cleaned_data
    and_close = "and_close" in request.POST
    try:
        actions.answer(
            ticket=ticket,
            text=said["text"],
            seen=said["seen"],
            and_close=and_close,
            by=staff_of(request),
            at=clock.now(),
        )
    except Refusal as refused:
        return _again(request, ticket, AnswerForm, "answer", refused)
    messages.success(request, _("Sent, and the ticket is closed.") if and_close else _("Sent."))
    if "kept" not in request.POST and (others := _others(request, ticket, is_note=False)):
        return ticket_page(request, ticket, **others)
    return redirect("console:tickets") if and_close else redirect("console:ticket", ticket)


def _others(request: HttpRequest, ticket: str, *, is_note: bool) -> dict[str, Any]:
    """Return the half of the form that was not sent, as it was begun: the answer beside a note, or the other way.

    Where the browser keeps it (`kept`), a page that was sent leads on as usual.
    """
    if is_note:
        begun = {"seen": _version(request, ticket), "text": request.POST.get("text", "")}
        return {"answer": AnswerForm(initial=begun)} if str(begun["text"]).strip() else {}
    note = request.POST.get("note", "")
    return {"note": NoteForm(initial={"note": note})} if note.strip() else {}


def _again(
    request: HttpRequest, ticket: str, kind: Callable[..., Any], name: str, refused: Refusal
) -> HttpResponse:
    """Show the page anew with what was typed and why it was refused; the next try has seen what is there now."""
    sent = request.POST.copy()
    sent["seen"] = str(_version(request, ticket))
    form = kind(sent)
    form.is_valid()
    form.add_error(None, errors.sentence(refused))
    others = _others(request, ticket, is_note=name == "note")
    return ticket_page(request, ticket, **others, **{name: form}, wrong=True)


def _version(request: HttpRequest, ticket: str) -> int:
    found = queries.version_of(ticket, UUID(int=0), clock.now())
    if found is None:
        raise Http404
    return found[0]


def _with_ready_text(request: HttpRequest, ticket: str, form: AnswerForm) -> HttpResponse:
    """Show the page anew with a ready text behind what was typed, in the language of the conversation."""
    form.is_valid()
    wanted = form.cleaned_data.get("template")
    ready = templates.template(UUID(wanted)) if wanted else None
    if ready is None:
        messages.warning(request, _("Choose an answer template first."))
    language = queries.language_of(ticket)
    typed = request.POST.get("text", "").rstrip()
    text = "\n\n".join(filter(None, (typed, ready.text(language) if ready else "")))
    begun = AnswerForm(initial={"seen": request.POST.get("seen", ""), "text": text})
    begun.fields["text"].widget.attrs["autofocus"] = True
    return ticket_page(request, ticket, **_others(request, ticket, is_note=False), answer=begun)


@sent_only
@staff_only(*READERS)
def note(request: HttpRequest, ticket: str) -> HttpResponse:
    """Write a note for colleagues."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        return ticket_page(request, ticket, **_others(request, ticket, is_note=True), note=form, wrong=True)
    try:
        actions.note(ticket=ticket, text=form.cleaned_data["note"], by=staff_of(request), at=clock.now())
    except Refusal as refused:
        return _again(request, ticket, NoteForm, "note", refused)
    messages.success(request, _("Noted."))
    if "kept" not in request.POST and (others := _others(request, ticket, is_note=True)):
        return ticket_page(request, ticket, **others)
    return redirect("console:ticket", ticket)


@sent_only
@staff_only(*READERS)
def assign(request: HttpRequest, ticket: str) -> HttpResponse:
    """Take a ticket, leave it, or hand it to a colleague."""
    to = "me" if "take" in request.POST else "nobody"
    if "hand" in request.POST:
        form = ColleagueForm(request.POST)
        to = form.cleaned_data["colleague"].strip() if form.is_valid() else ""
    said = {"me": _("It is yours."), "nobody": _("It is nobody's now.")}.get(to, _("Handed over."))
    with told(request, said):
        actions.assign(ticket=ticket, to=to, by=staff_of(request), at=clock.now())
    return redirect("console:ticket", ticket)


@sent_only
@staff_only(*READERS)
def tags(request: HttpRequest, ticket: str) -> HttpResponse:
    """Say what a ticket is about."""
    form = TagsForm(request.POST)
    if form.is_valid():
        with told(request, _("Saved.")):
            actions.tag(ticket=ticket, tags=form.cleaned_data["tags"], by=staff_of(request), at=clock.now())
    return redirect("console:ticket", ticket)


@sent_only
@staff_only(*READERS)
def close(request: HttpRequest, ticket: str) -> HttpResponse:
    """Close a ticket, unless something was written that the closer has not seen."""
    seen = request.POST.get("seen", "")
    try:
        actions.close(
            ticket=ticket, seen=int(seen) if seen.isdecimal() else -1, by=staff_of(request), at=clock.now()
        )
    except Refusal as refused:
        messages.error(request, errors.sentence(refused))
        return redirect("console:ticket", ticket)
    messages.success(request, _("Closed. Whoever writes opens it again."))
    return redirect("console:tickets")


@sent_only
@staff_only(*READERS)
def reopen(request: HttpRequest, ticket: str) -> HttpResponse:
    """Open a closed ticket again."""
    with told(request, _("Open again.")):
        actions.reopen(ticket=ticket, by=staff_of(request), at=clock.now())
    return redirect("console:ticket", ticket)


@sent_only
@staff_only(*READERS)
def offer(request: HttpRequest, ticket: str) -> HttpResponse:
    """Send whoever wrote without an account the link by which they have it handed out or deleted."""
    with told(request, _("Sent. By the link they save what they wrote, or delete it; the ticket goes then.")):
        strangers.offer(ticket=ticket, by=staff_of(request), at=clock.now())
    return redirect("console:ticket", ticket)


@sent_only
@staff_only(*READERS)
def merge(request: HttpRequest, ticket: str) -> HttpResponse:
    """Put a ticket into another one of the same person."""
    form = MergeForm(request.POST)
    left = ticket
    if not form.is_valid():
        return ticket_page(request, ticket, merge=form, wrong=True)
    try:
        left = merging.merge(
            ticket=ticket, into=form.cleaned_data["into"].strip(), by=staff_of(request), at=clock.now()
        )
    except Refusal as refused:
        form.add_error("into", errors.sentence(refused))
        return ticket_page(request, ticket, merge=form, wrong=True)
    messages.success(request, _("The two are one conversation now."))
    return redirect("console:ticket", left)


@staff_only(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def answer_texts(request: HttpRequest) -> HttpResponse:
    """List the texts that staff answer with, and take a new one."""
    return _texts_page(request, None, TemplateForm(request.POST or None))


@staff_only(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def answer_text(request: HttpRequest, text: UUID) -> HttpResponse:
    """Change a text."""
    found = templates.template(text)
    if found is None:
        raise Http404
    begun = {"name": found.name, "text_nb": found.text_nb, "text_en": found.text_en}
    return _texts_page(request, text, TemplateForm(request.POST or None, initial=begun))


def _texts_page(request: HttpRequest, key: UUID | None, form: TemplateForm) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            templates.save(key=key, **form.cleaned_data, by=actor_of(request), at=clock.now())
        except Refusal as refused:
            form.add_error("name", errors.sentence(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("console:answer_texts")
    around = {"form": form, "key": key, "texts": templates.templates()}
    return render(request, "console/tickets/texts.html", around, status=422 if form.errors else 200)


@sent_only
@staff_only(*READERS)
def remove_text(request: HttpRequest, text: UUID) -> HttpResponse:
    """Remove a text; what was answered with it stays."""
    with told(request, _("Removed.")):
        templates.remove(key=text, by=actor_of(request), at=clock.now())
    return redirect("console:answer_texts")


urlpatterns = [
    path("tickets/answers/", answer_texts, name="answer_texts"),
    path("tickets/answers/<uuid:text>/", answer_text, name="answer_text"),
    path("tickets/answers/<uuid:text>/remove/", remove_text, name="answer_text_remove"),
    path("tickets/<str:ticket>/answer/", answer, name="ticket_answer"),
    path("tickets/<str:ticket>/note/", note, name="ticket_note"),
    path("tickets/<str:ticket>/assign/", assign, name="ticket_assign"),
    path("tickets/<str:ticket>/tags/", tags, name="ticket_tags"),
    path("tickets/<str:ticket>/close/", close, name="ticket_close"),
    path("tickets/<str:ticket>/reopen/", reopen, name="ticket_reopen"),
    path("tickets/<str:ticket>/merge/", merge, name="ticket_merge"),
    path("tickets/<str:ticket>/offer/", offer, name="ticket_offer"),
]
