"""How one signs in: password, passkeys, code app, recovery codes, provider."""

from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from pyotp.utils import build_uri

from ringfence.accounts import actions, passkeys, queries
from ringfence.accounts.ports import identity_provider
from ringfence.accounts.rules import device
from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, limited, person_of, sent_only, signed_in, step_up, viewer_of
from ringfence.interfaces.account import arrival, forms
from ringfence.interfaces.outcomes import told
from ringfence.kernel.refusal import Refusal


@signed_in
def security(request: HttpRequest) -> HttpResponse:
    """Show how the account is protected, and what else is possible."""
    person, viewer = person_of(request), viewer_of(request)
    around = {
        "protection": queries.protection_of(person),
        "passkeys": queries.passkeys_of(person),
        "provider": settings.ENVIRONMENT.oidc_name if identity_provider() and not viewer.staff else "",
        "must_protect": viewer.staff and not viewer.strong,
    }
    return render(request, "account/security.html", around)


@sensitive_post_parameters("password")
@step_up
def security_password(request: HttpRequest) -> HttpResponse:
    """Set a new password; every other session ends."""
    form = forms.NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person, by, at = person_of(request), actor_of(request), clock.now()
        keep = viewer_of(request).sign_in
        assert keep is not None
        try:
            actions.set_password(person=person, password=form.cleaned_data["password"], by=by, at=at)
        except Refusal as refusal:
            forms.show(form, refusal)
        else:
            actions.sign_out_others(person=person, keep=keep, by=by, at=at)
            messages.success(request, _("Your new password is in place. You are signed out everywhere else."))
            return redirect("account:security")
    return render(request, "account/security_password.html", {"form": form})


def _strengthen(request: HttpRequest) -> None:
    session = viewer_of(request).sign_in
    assert session is not None
    actions.prove_again(
        person=person_of(request), session=session, strong=True, by=actor_of(request), at=clock.now()
    )


def _after_protecting(request: HttpRequest) -> HttpResponse:
    """Go on to recovery codes when there are none yet."""
    if queries.protection_of(person_of(request)).recovery_codes == 0:
        return redirect("account:recovery_codes")
    return redirect("account:security")


@step_up
def totp(request: HttpRequest) -> HttpResponse:
    """Set up a code app: scan a picture or type a secret, then prove it with a first code."""
    person, by, at = person_of(request), actor_of(request), clock.now()
    try:
        secret = actions.begin_code_app(person=person, by=by, at=at)
    except Refusal as refusal:
        messages.info(request, errors.sentence(refusal))
        return redirect("account:security")
    form = forms.CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        too_many = limited(request, "code", str(person))
        if too_many is not None:
            return too_many
        try:
            actions.confirm_code_app(person=person, code=form.cleaned_data["code"], by=by, at=at)
        except Refusal as refusal:
            forms.show(form, refusal)
        else:
            _strengthen(request)
            messages.success(request, _("The code app is set up."))
            return _after_protecting(request)
    profile = queries.profile_of(person)
    address = build_uri(secret, profile.email if profile else "", issuer=str(settings.SITE_NAME))
    drawing = segno.make(address, error="m").svg_inline(scale=5, border=2, svgclass=None, lineclass=None)
    # The picture comes from our own encoder and holds only lines.
    picture = mark_safe(drawing)  # noqa: S308 - nothing in it was typed by anybody
    grouped = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    return render(request, "account/totp.html", {"form": form, "picture": picture, "secret": grouped})


@step_up
@sent_only
def totp_remove(request: HttpRequest) -> HttpResponse:
    """Stop using the code app."""
    if _may_weaken(request, passkeys_left=queries.protection_of(person_of(request)).passkeys):
        actions.remove_code_app(person=person_of(request), by=actor_of(request), at=clock.now())
        messages.success(request, _("The code app is removed."))
    return redirect("account:security")


def _may_weaken(request: HttpRequest, *, passkeys_left: int, code_app_left: bool = False) -> bool:
    """Staff always keep a passkey or a code app."""
    if viewer_of(request).staff and not (passkeys_left or code_app_left):
        messages.error(request, _("Staff need a passkey or a code app. Add another one first."))
        return False
    return True


@step_up
def passkey_add(request: HttpRequest) -> HttpResponse:
    """Make a passkey on this device."""
    person, by, at = person_of(request), actor_of(request), clock.now()
    form = forms.PasskeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = passkeys.check_new(form.cleaned_data["answer"], arrival.challenge_of(request))
        except Refusal as refusal:
            form.add_error(None, errors.sentence(refusal))
        else:
            label = (
                form.cleaned_data["label"] or device(request.META.get("HTTP_USER_AGENT", "")) or _("Passkey")
            )
            actions.add_passkey(
                person=person,
                label=label,
                credential=made.credential,
                public_key=made.public_key,
                sign_count=made.sign_count,
                transports=made.transports,
                by=by,
                at=at,
            )
            _strengthen(request)
            messages.success(request, _("The passkey is added."))
            return _after_protecting(request)
    profile = queries.profile_of(person)
    options = arrival.ask_passkey(request, passkeys.ask_for_new(person, profile.email if profile else ""))
    return render(request, "account/passkey_add.html", {"form": form, "options": options})


@step_up
def passkey_rename(request: HttpRequest, passkey: UUID) -> HttpResponse:
    """Give a passkey another name."""
    found = _own_passkey(request, passkey)
    form = forms.NameForm(request.POST or None, initial={"label": found.label})
    if request.method == "POST" and form.is_valid():
        actions.rename_passkey(
            person=person_of(request),
            passkey=passkey,
            label=form.cleaned_data["label"],
            by=actor_of(request),
            at=clock.now(),
        )
        return redirect("account:security")
    return render(request, "account/passkey_rename.html", {"form": form})


@step_up
def passkey_remove(request: HttpRequest, passkey: UUID) -> HttpResponse:
    """Remove a passkey, after asking once."""
    found = _own_passkey(request, passkey)
    if request.method != "POST":
        return render(request, "account/passkey_remove.html", {"passkey": found})
    protection = queries.protection_of(person_of(request))
    if _may_weaken(request, passkeys_left=protection.passkeys - 1, code_app_left=protection.code_app):
        with told(request, _("The passkey is removed.")):
            actions.remove_passkey(
                person=person_of(request), passkey=passkey, by=actor_of(request), at=clock.now()
            )
    return redirect("account:security")


def _own_passkey(request: HttpRequest, passkey: UUID) -> queries.PasskeyShown:
    found = next((key for key in queries.passkeys_of(person_of(request)) if key.id == passkey), None)
    if found is None:
        raise Http404
    return found


@step_up
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Make recovery codes and show them, this one time."""
    codes: list[str] = []
    if request.method == "POST":
        codes = actions.make_recovery_codes(person=person_of(request), by=actor_of(request), at=clock.now())
    protection = queries.protection_of(person_of(request))
    return render(request, "account/recovery_codes.html", {"codes": codes, "protection": protection})


@step_up
@sent_only
def openid_disconnect(request: HttpRequest) -> HttpResponse:
    """Disconnect the sign-in provider."""
    with told(request, _("The provider is disconnected.")):
        actions.disconnect_outside(person=person_of(request), by=actor_of(request), at=clock.now())
    return redirect("account:security")


urlpatterns = [
    path("account/security/", security, name="security"),
    path("account/security/password/", security_password, name="security_password"),
    path("account/security/code-app/", totp, name="totp"),
    path("account/security/code-app/remove/", totp_remove, name="totp_remove"),
    path("account/security/passkeys/add/", passkey_add, name="passkeys"),
    path("account/security/passkeys/<uuid:passkey>/", passkey_rename, name="passkey_rename"),
    path("account/security/passkeys/<uuid:passkey>/remove/", passkey_remove, name="passkey_remove"),
    path("account/security/recovery-codes/", recovery_codes, name="recovery_codes"),
    path("account/security/provider/disconnect/", openid_disconnect, name="openid_disconnect"),
]
