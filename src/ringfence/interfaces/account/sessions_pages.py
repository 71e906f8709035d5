"""Where one is signed in, and signing out there."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from ringfence.accounts import actions, queries
from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, person_of, sent_only, signed_in, viewer_of
from ringfence.kernel.refusal import Refusal


@signed_in
def sessions(request: HttpRequest) -> HttpResponse:
    """List the sessions, this one first."""
    here = viewer_of(request).sign_in
    places = sorted(queries.sessions_of(person_of(request)), key=lambda place: place.id != here)
    return render(request, "account/sessions.html", {"places": places, "here": here})


@signed_in
@sent_only
def session_end(request: HttpRequest, session: UUID) -> HttpResponse:
    """Sign out one session."""
    try:
        actions.end_sign_in(person=person_of(request), session=session, by=actor_of(request), at=clock.now())
    except Refusal as refusal:
        messages.info(request, errors.sentence(refusal))
    else:
        messages.success(request, _("That session has ended."))
    return redirect("account:sessions")


@signed_in
@sent_only
def sessions_end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    keep = viewer_of(request).sign_in
    assert keep is not None
    actions.sign_out_others(person=person_of(request), keep=keep, by=actor_of(request), at=clock.now())
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("account:sessions")


urlpatterns = [
    path("account/sessions/", sessions, name="sessions"),
    path("account/sessions/others/end/", sessions_end_others, name="sessions_end_others"),
    path("account/sessions/<uuid:session>/end/", session_end, name="session_end"),
]
