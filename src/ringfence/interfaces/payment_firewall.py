"""The firewall around every request: card and bank account numbers are taken out before any view sees them (2.4).

Cleaned are what is asked for (the query), what forms send, the names of their files, JSON bodies, and the headers that
sessions keep. Webhooks are no forms: their views take in single values by allow-list, and refuse payment data there.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from ringfence.interfaces import clock, errors, writing
from ringfence.interfaces.uploads import is_too_large
from ringfence.kernel.actor import Actor
from ringfence.privacy.payment_data import MARKS, MARKS_IN, PaymentData, cleaned
from ringfence.privacy.payment_watch.removing import Channel, count_removed

LEFT_AS_THEY_ARE: Final = MappingProxyType(
    {
        "password": "compared or hashed with what its owner chose, and never stored; altered, it would lock them out",
        "code": "a code used once, or a provider's; compared and never stored",
        "state": "a provider's word, compared with ours and never stored",
        "answer": "signed by a passkey; altered, the signature fails; what is stored of it are keys",
        "csrfmiddlewaretoken": "our own random word",
        "receipt": "a receipt of ours that is checked and never stored; altered, its signature fails",
    }
)
"""Fields that are never altered, and why. Each is a secret or a signed text, and none is stored as it comes."""

_HEADERS: Final = ("HTTP_USER_AGENT", "HTTP_REFERER")
_WEB: Final = Actor.system("web")

View = Callable[..., HttpResponseBase]
Removed = Counter[PaymentData]


class PaymentFirewall:
    """Cleans a request before its view, counts what was removed, and tells who sent it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Wrap the next in line."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Clean what is kept of the headers, and go on."""
        removed: Removed = Counter()
        for name in _HEADERS:
            if name in request.META:
                request.META[name] = _text(request.META[name], removed)
        _count(Channel.ADDRESS, removed)
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Clean the address, the query and the body; a body that is too large is not even read."""
        is_form = not getattr(view, "csrf_exempt", False)
        if is_form and is_too_large(request):
            return errors.too_large(request)
        in_address: Removed = Counter()
        for name, value in kwargs.items():
            if isinstance(value, str):
                kwargs[name] = _text(value, in_address)
        _clean_query(request, in_address)
        _count(Channel.ADDRESS, in_address)
        if is_form:
            self._clean_body(request, in_address)
        return None

    @staticmethod
    def _clean_body(request: HttpRequest, removed: Removed) -> None:
        """Clean what was sent; a body that breaks off is the view's to refuse."""
        in_form, in_files, in_json = Counter[PaymentData](), Counter[PaymentData](), Counter[PaymentData]()
        try:
            if request.method == "POST":
                request._post = _fields(request.POST, in_form)  # type: ignore[attr-defined] # noqa: SLF001 - the only place POST can be set
                _clean_files(request, in_files)
            if request.content_type == "application/json":
                _clean_json(request, in_json)
        except UnreadablePostError:
            return
        _count(Channel.FORM, in_form)
        _count(Channel.FILE, in_files)
        _count(Channel.API, in_json)
        if told := removed + in_form + in_files:
            _tell(request, told)


def _count(channel: Channel, removed: Removed) -> None:
    if removed:
        count_removed(channel=channel, removed=removed, by=_WEB, at=clock.now())


def _text(text: str, removed: Removed, marks: Mapping[PaymentData, str] = MARKS) -> str:
    found = cleaned(text, marks)
    removed.update(found.removed)
    return found.text


def _clean_query(request: HttpRequest, removed: Removed) -> None:
    before = removed.total()
    query = _fields(request.GET, removed)
    if removed.total() > before:
        request.GET = query  # type: ignore[assignment] # Django's own annotation is of what it made
        request.META["QUERY_STRING"] = query.urlencode()


def _fields(given: QueryDict, removed: Removed) -> QueryDict:
    """Return what was sent, cleaned; the very same when nothing was found. Marks are in the language of the page."""
    found: Removed = Counter()
    marks = MARKS_IN[writing.spoken()]
    clean = QueryDict(mutable=True, encoding=given.encoding)
    for name, values in given.lists():
        is_left = name in LEFT_AS_THEY_ARE
        clean.setlist(
            _text(name, found), [value if is_left else _text(value, found, marks) for value in values]
        )
    if not found:
        return given
    removed.update(found)
    clean._mutable = False  # noqa: SLF001 - as Django leaves its own
    return clean


def _clean_files(request: HttpRequest, removed: Removed) -> None:
    for _name, files in request.FILES.lists():
        for file in files:
            if file.name:
                file.name = _text(file.name, removed)


def _clean_json(request: HttpRequest, removed: Removed) -> None:
    """Clean every text in a JSON body; what is no JSON is the view's to refuse, cleaned as the text it is.

    One that is larger than any may be (`DATA_UPLOAD_MAX_MEMORY_SIZE`) is refused before it is read.
    """
    body = request.body
    if not body:
        return
    text = body.decode("utf-8", "replace")
    found: Removed = Counter()
    try:
        clean = json.dumps(_value(json.loads(text), found))
    except (ValueError, RecursionError):
        clean = _text(text, found)
    if found:
        request._body = clean.encode()  # noqa: SLF001 - the only place a body can be set
        removed.update(found)


def _value(value: Any, removed: Removed) -> Any:
    if isinstance(value, str):
        return _text(value, removed)
    if isinstance(value, dict):
        return {
            _text(name, removed): inner if name in LEFT_AS_THEY_ARE else _value(inner, removed)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_value(inner, removed) for inner in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = str(value)
        clean = _text(text, removed)
        return value if clean == text else clean
    return value


def _tell(request: HttpRequest, removed: Removed) -> None:
    """Say what was removed, and that we never want it."""
    if not hasattr(request, "_messages"):
        return
    if removed[PaymentData.CARD]:
        messages.warning(
            request,
            _(
                "There was a card number in what you sent. It was taken out, and is stored nowhere. We never want one."
            ),
        )
    if removed[PaymentData.ACCOUNT]:
        messages.warning(
            request,
            _(
                "There was a bank account number in what you sent. It was taken out, and is stored nowhere. We never"
                " want one."
            ),
        )
    if removed[PaymentData.IDENTITY]:
        messages.warning(
            request,
            _(
                "There was a national identity number in what you sent. It was taken out, and is stored nowhere. We"
                " never need one."
            ),
        )
