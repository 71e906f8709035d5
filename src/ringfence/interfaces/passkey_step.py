"""A passkey shown a few minutes ago, for what two members of staff decide together; less proves too little."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, Final, ParamSpec, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ringfence.accounts.rules import FRESH_FOR
from ringfence.interfaces import clock
from ringfence.interfaces.access import SESSION_KEY, send_to, signed_in

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
SHOWN: Final = "passkey_shown"
MEANS: Final = "means"
PASSKEY: Final = "passkey"


def note_shown(request: HttpRequest, at: datetime) -> None:
    """Remember, on our side of the session, that its owner has shown a passkey now."""
    request.session[SHOWN] = [request.session.get(SESSION_KEY, ""), at.isoformat()]


def is_shown(request: HttpRequest, at: datetime) -> bool:
    """Tell whether a passkey was shown in this very session a few minutes ago."""
    session, moment = request.session.get(SHOWN, ("", ""))
    if not moment or session != request.session.get(SESSION_KEY):
        return False
    return at - datetime.fromisoformat(moment) <= FRESH_FOR


def is_wanted(request: HttpRequest) -> bool:
    """Tell whether a page that asks for a proof wants a passkey and nothing else."""
    return MEANS in request.GET and request.GET[MEANS] == PASSKEY


def passkey_step(view: View[P]) -> View[P]:
    """Ask for a passkey, unless one was shown a few minutes ago; then come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not is_shown(request, clock.now()):
            return send_to(request, "account:prove", **{MEANS: PASSKEY})
        return view(request, *args, **kwargs)

    return signed_in(cast("View[P]", guarded))
