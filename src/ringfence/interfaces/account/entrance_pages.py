"""Pages for getting in and out: signing in, registering, a forgotten password, the second step."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from ringfence.accounts import actions, passkeys, queries
from ringfence.accounts.ports import identity_provider
from ringfence.accounts.rules import Errand, Means
from ringfence.interfaces import clock, errors, language
from ringfence.interfaces.access import actor_of, limited, sent_only, viewer_of
from ringfence.interfaces.account import arrival, forms
from ringfence.interfaces.account.mailbox_pages import mailbox_is_open
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal

SIX_DIGITS = 6


@sensitive_post_parameters("password")
def login(request: HttpRequest) -> HttpResponse:
    """Sign in with address and password; passkeys and the provider are one click away."""
    target = arrival.wanted_address(request)
    if request.method == "GET" and viewer_of(request).signed_in:
        return redirect(target or "account:home")
    form = forms.LoginForm(request.POST or None, initial={"next": target})
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["email"]
        too_many = limited(request, "enter", address)
        if too_many is not None:
            return too_many
        person = actions.enter_with_password(
            address=address, password=form.cleaned_data["password"], by=Actor.stranger(), at=clock.now()
        )
        if person is not None:
            return arrival.admit(request, person, Means.PASSWORD)
        form.add_error(None, _("Address and password do not fit together."))
    around = {
        "form": form,
        "passkey_url": arrival.with_next("account:passkey_login", target),
        "register_url": arrival.with_next("account:register", target),
        **_provider(target),
    }
    return render(request, "account/login.html", around)


def _provider(target: str) -> dict[str, str]:
    """Return the address and the name of the sign-in provider, when there is one."""
    if identity_provider() is None:
        return {}
    name = settings.ENVIRONMENT.oidc_name
    return {"provider_url": arrival.with_next("account:openid_start", target), "provider_name": name}


@sent_only
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out here. The session ends on the server, not only in the browser."""
    viewer = viewer_of(request)
    if viewer.person is not None and viewer.sign_in is not None:
        actions.end_sign_in(
            person=viewer.person, session=viewer.sign_in, by=actor_of(request), at=clock.now()
        )
    request.session.flush()
    messages.success(request, _("You are signed out."))
    return redirect("account:login")


def passkey_login(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey alone: no address, no password."""
    target = arrival.wanted_address(request)
    form = forms.PasskeyForm(request.POST or None, initial={"next": target})
    if request.method == "POST" and form.is_valid():
        too_many = limited(request, "enter")
        if too_many is not None:
            return too_many
        try:
            shown = passkeys.check_known(form.cleaned_data["answer"], arrival.challenge_of(request))
        except Refusal as refusal:
            form.add_error(None, errors.sentence(refusal))
        else:
            _note_passkey(shown)
            return arrival.admit(request, shown.person, Means.PASSKEY)
    options = arrival.ask_passkey(request, passkeys.ask_for_known())
    return render(request, "account/passkey_login.html", {"form": form, "options": options, "next": target})


def _note_passkey(shown: passkeys.Shown) -> None:
    actions.use_passkey(
        person=shown.person,
        passkey=shown.passkey,
        sign_count=shown.sign_count,
        by=Actor.system("web"),
        at=clock.now(),
    )


def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for the second proof: a passkey, a code of the app, or a recovery code."""
    waiting = arrival.pending(request)
    target = arrival.wanted_address(request)
    if waiting is None:
        return HttpResponseRedirect(arrival.with_next("account:login", target))
    person, means = waiting
    form = forms.CodeForm(request.POST if "code" in request.POST else None, initial={"next": target})
    answer = forms.PasskeyForm(request.POST if "answer" in request.POST else None, initial={"next": target})
    if request.method == "POST":
        too_many = limited(request, "code", str(person))
        if too_many is not None:
            return too_many
        try:
            if answer.is_bound and answer.is_valid():
                challenge = arrival.challenge_of(request)
                _note_passkey(passkeys.check_known(answer.cleaned_data["answer"], challenge, person))
                return _enter(request, target)
            if form.is_bound and form.is_valid():
                left = use_any_code(request, form.cleaned_data["code"])
                response = _enter(request, target)
                if left is not None:
                    messages.warning(
                        request, _("A recovery code was used. You have %(left)s left.") % {"left": left}
                    )
                return response
        except Refusal as refusal:
            forms.show(form, refusal) if form.is_bound else answer.add_error(None, errors.sentence(refusal))
    protection = queries.protection_of(person)
    options = arrival.ask_passkey(request, passkeys.ask_for_known(person)) if protection.passkeys else ""
    around = {"form": form, "answer": answer, "options": options, "protection": protection, "means": means}
    return render(request, "account/second_step.html", {**around, "next": target})


def use_any_code(request: HttpRequest, code: str) -> int | None:
    """Accept a code of the app, or a recovery code, of who waits at the second step.

    Returns how many recovery codes are left when one was used. Raises Refusal.
    """
    waiting = arrival.pending(request)
    assert waiting is not None
    person, by, at = waiting[0], Actor.customer(waiting[0]), clock.now()
    digits = "".join(character for character in code if character.isdigit())
    if len(digits) == SIX_DIGITS and not any(character.isalpha() for character in code):
        actions.use_code(person=person, code=digits, by=by, at=at)
        return None
    return actions.use_recovery_code(person=person, code=code, by=by, at=at)


def _enter(request: HttpRequest, target: str) -> HttpResponse:
    waiting = arrival.pending(request)
    assert waiting is not None
    arrival.begin(request, waiting[0], waiting[1], strong=True)
    return redirect(target or "account:home")


@sensitive_post_parameters("password")
def register(request: HttpRequest) -> HttpResponse:
    """Register with address and password. The answer is the same for every address."""
    if request.method == "GET" and viewer_of(request).signed_in:
        return redirect("account:home")
    target = arrival.wanted_address(request)
    form = forms.RegisterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        response = _call(request, form, Errand.REGISTER)
        if response is not None:
            arrival.remember_wanted(request, target)
            return response
    around = {"form": form, "login_url": arrival.with_next("account:login", target), **_provider(target)}
    return render(request, "account/register.html", around)


def forgot_password(request: HttpRequest) -> HttpResponse:
    """Ask for a link to set a new password. The answer is the same for every address."""
    form = forms.AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        response = _call(request, form, Errand.RESET)
        if response is not None:
            return response
    return render(request, "account/forgot_password.html", {"form": form})


def _call(
    request: HttpRequest, form: forms.RegisterForm | forms.AddressForm, errand: Errand
) -> HttpResponse | None:
    address = form.cleaned_data["email"]
    too_many = limited(request, "letter", address)
    if too_many is not None:
        return too_many
    try:
        actions.call_at_door(
            errand=errand,
            address=address,
            password=form.cleaned_data.get("password", ""),
            language=language.of(request),
            by=Actor.stranger(),
            at=clock.now(),
        )
    except Refusal as refusal:
        forms.show(form, refusal)
        return None
    return redirect("account:letter_sent", errand=errand)


def letter_sent(request: HttpRequest, errand: str) -> HttpResponse:
    """Say that a letter is on its way, whether or not there is an account."""
    mailbox = reverse("account:mailbox") if mailbox_is_open(request) else ""
    return render(request, "account/letter_sent.html", {"errand": errand, "mailbox_url": mailbox})


@sensitive_post_parameters("password")
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """Finish a registration: the link from the letter, and the password chosen."""
    form = forms.PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        too_many = limited(request, "enter", token)
        if too_many is not None:
            return too_many
        try:
            person = actions.confirm_address(
                token=token, password=form.cleaned_data["password"], by=Actor.stranger(), at=clock.now()
            )
        except Refusal as refusal:
            if refusal.code == "link-used":
                return render(request, "account/link_used.html", {"again": "account:register"}, status=410)
            forms.show(form, refusal)
        else:
            target = arrival.remembered_wanted(request)
            arrival.begin(request, person, Means.PASSWORD, strong=False)
            messages.success(request, _("Welcome. Your address is confirmed."))
            return redirect(target or "account:home")
    return render(request, "account/confirm_address.html", {"form": form})


@sensitive_post_parameters("password")
def reset_password(request: HttpRequest, token: str) -> HttpResponse:
    """Set a new password by the link from the letter."""
    form = forms.NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        too_many = limited(request, "enter", token)
        if too_many is not None:
            return too_many
        try:
            actions.reset_password(
                token=token, password=form.cleaned_data["password"], by=Actor.stranger(), at=clock.now()
            )
        except Refusal as refusal:
            if refusal.code == "link-used":
                return render(
                    request, "account/link_used.html", {"again": "account:forgot_password"}, status=410
                )
            forms.show(form, refusal)
        else:
            request.session.flush()
            messages.success(request, _("Your new password is in place. Sign in with it."))
            return redirect("account:login")
    return render(request, "account/reset_password.html", {"form": form})


def staff_entry(request: HttpRequest, token: str) -> HttpResponse:
    """Let a new member of staff in by the link printed for them, once."""
    if request.method == "POST":
        too_many = limited(request, "enter", token)
        if too_many is not None:
            return too_many
        try:
            person = actions.use_entry_link(token=token, by=Actor.stranger(), at=clock.now())
        except Refusal:
            return _used_entry(request)
        return arrival.admit(request, person, Means.LINK)
    if not queries.entry_link_works(token, clock.now()):
        return _used_entry(request)
    return render(request, "account/staff_entry.html")


def _used_entry(request: HttpRequest) -> HttpResponse:
    """Say that a staff link is used, and how its owner gets in now."""
    return render(request, "account/link_used.html", {"again": "", "staff": True}, status=410)


urlpatterns = [
    path("login/", login, name="login"),
    path("login/passkey/", passkey_login, name="passkey_login"),
    path("login/second-step/", second_step, name="second_step"),
    path("logout/", logout, name="logout"),
    path("register/", register, name="register"),
    path("register/confirm/<str:token>/", confirm_address, name="confirm_address"),
    path("password/", forgot_password, name="forgot_password"),
    path("password/new/<str:token>/", reset_password, name="reset_password"),
    path("letter-sent/<str:errand>/", letter_sent, name="letter_sent"),
    path("entry/<str:token>/", staff_entry, name="staff_entry"),
]
