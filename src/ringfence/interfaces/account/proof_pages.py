"""Proving again who one is, before something sensitive."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from ringfence.accounts import actions, passkeys, queries
from ringfence.interfaces import clock, errors, passkey_step
from ringfence.interfaces.access import actor_of, limited, person_of, signed_in, viewer_of
from ringfence.interfaces.account import arrival, forms
from ringfence.kernel.refusal import Refusal


@sensitive_post_parameters("password")
@signed_in
def prove(request: HttpRequest) -> HttpResponse:
    """Ask for the password, a code, or a passkey of who is signed in; then go where they were going."""
    person, target = person_of(request), arrival.wanted_address(request)
    protection = queries.protection_of(person)
    wants_passkey = passkey_step.is_wanted(request)
    if not (protection.password or protection.second_step or wants_passkey):
        if request.method == "POST":
            return _sign_in_again(request, target)
        return render(request, "account/prove.html", {"protection": protection, "next": target})
    bound = {name: request.POST if name in request.POST else None for name in ("password", "code", "answer")}
    initial = {"next": target}
    password = forms.PasswordForm(bound["password"], initial=initial)
    code = forms.CodeForm(bound["code"], initial=initial)
    answer = forms.PasskeyForm(bound["answer"], initial=initial)
    if request.method == "POST":
        too_many = limited(request, "code", str(person))
        if too_many is not None:
            return too_many
        if _proved(request, password, code, answer):
            return redirect(target or "account:security")
    options = arrival.ask_passkey(request, passkeys.ask_for_known(person)) if protection.passkeys else ""
    around = {
        "password": password,
        "code": code,
        "answer": answer,
        "options": options,
        "protection": protection,
        "wants_passkey": wants_passkey,
    }
    return render(request, "account/prove.html", {**around, "next": target})


def _sign_in_again(request: HttpRequest, target: str) -> HttpResponse:
    """Whoever has nothing but the provider, or a link, proves it by signing in once more."""
    viewer = viewer_of(request)
    assert viewer.person is not None and viewer.sign_in is not None  # noqa: PT018 - both belong to a session
    actions.end_sign_in(person=viewer.person, session=viewer.sign_in, by=actor_of(request), at=clock.now())
    request.session.flush()
    messages.info(request, _("Sign in once more to go on."))
    return HttpResponseRedirect(arrival.with_next("account:login", target))


def _proved(
    request: HttpRequest, password: forms.PasswordForm, code: forms.CodeForm, answer: forms.PasskeyForm
) -> bool:
    person, by, at = person_of(request), actor_of(request), clock.now()
    session = viewer_of(request).sign_in
    assert session is not None
    strong = False
    try:
        if password.is_bound and password.is_valid():
            if not actions.check_password_of(person=person, password=password.cleaned_data["password"]):
                password.add_error("password", _("This is not your password."))
                return False
        elif code.is_bound and code.is_valid():
            actions.use_code(person=person, code=code.cleaned_data["code"], by=by, at=at)
            strong = True
        elif answer.is_bound and answer.is_valid():
            shown = passkeys.check_known(answer.cleaned_data["answer"], arrival.challenge_of(request), person)
            actions.use_passkey(
                person=person, passkey=shown.passkey, sign_count=shown.sign_count, by=by, at=at
            )
            strong = True
            passkey_step.note_shown(request, at)
        else:
            return False
    except Refusal as refusal:
        if code.is_bound:
            forms.show(code, refusal)
        else:
            answer.add_error(None, errors.sentence(refusal))
        return False
    actions.prove_again(person=person, session=session, strong=strong, by=by, at=at)
    return True


urlpatterns = [path("account/prove/", prove, name="prove")]
