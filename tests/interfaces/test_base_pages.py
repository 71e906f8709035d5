"""The base of every page: its frame, error pages, headers, language, and the addresses machines look for."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings as django_settings
from django.conf.urls.i18n import i18n_patterns
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import include, path
from pytest_django import Settings

from ringfence.interfaces import clock, context, errors, language, security, viewers, well_known
from ringfence.kernel.refusal import Refusal

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
COMPANY = "Example Numbers AS"


def page(request: HttpRequest) -> HttpResponse:
    """A page with nothing of its own."""
    return render(request, "base.html")


def moment(request: HttpRequest) -> HttpResponse:
    """What time it is for the viewer."""
    return HttpResponse(Template("{% load look %}{% time at %}").render(Context({"at": clock.now()})))


def refuse(request: HttpRequest) -> HttpResponse:
    """A view that meets a foreseen no."""
    raise Refusal(
        "hold_expired", "The number %(number)s is no longer held for you.", number="+44 20 7946 0123"
    )


def break_down(request: HttpRequest) -> HttpResponse:
    """A view with a mistake."""
    message = "secret detail"
    raise RuntimeError(message)


def forbid(request: HttpRequest) -> HttpResponse:
    """A view for somebody else."""
    raise PermissionDenied


def suspect(request: HttpRequest) -> HttpResponse:
    """A view that cannot read the request."""
    raise SuspiciousOperation


STORE = (
    [path("", page, name="home"), path("prices/", page, name="prices"), path("help/", page, name="help")],
    "storefront",
)
ACCOUNT = ([path("account/", page, name="home"), path("sign-in/", page, name="login")], "account")
urlpatterns = [
    path("machine/", refuse),
    path("robots.txt", well_known.robots),
    path(".well-known/security.txt", well_known.security_txt),
    *i18n_patterns(
        path("", include(STORE)),
        path("", include(ACCOUNT)),
        path("refuse/", refuse),
        path("break/", break_down),
        path("forbid/", forbid),
        path("suspect/", suspect),
        path("moment/", moment),
        path("many/", lambda request: errors.too_many(request, 120)),
    ),
]
handler400 = "ringfence.interfaces.errors.bad_request"
handler403 = "ringfence.interfaces.errors.permission_denied"
handler404 = "ringfence.interfaces.errors.page_not_found"
handler500 = "ringfence.interfaces.errors.server_error"


def customer(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that makes everybody a signed-in customer in Tokyo."""

    def answer(request: HttpRequest) -> HttpResponse:
        request.viewer = viewers.Stranger(signed_in=True, time_zone="Asia/Tokyo")  # type: ignore[attr-defined]  # as the accounts set it
        return get_response(request)

    return answer


@pytest.fixture(autouse=True)
def small_site(settings: Settings, tmp_path: Path) -> None:
    """A site of a few views, with the middleware of the base and no database."""
    settings.ROOT_URLCONF = __name__
    settings.DEBUG = False
    settings.COMPANY_NAME = settings.SITE_NAME = COMPANY
    settings.CONTACT_PHONE, settings.CONTACT_EMAIL = "+442079460123", "support@example.no"
    settings.MAINTENANCE_FILE = tmp_path / "maintenance"
    settings.MIDDLEWARE = [
        "ringfence.interfaces.middleware.RequestId",
        "django.middleware.security.SecurityMiddleware",
        "csp.middleware.CSPMiddleware",
        "ringfence.interfaces.middleware.SecurityHeaders",
        "ringfence.interfaces.middleware.Maintenance",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "ringfence.interfaces.middleware.ViewerTimeZone",
        "ringfence.interfaces.middleware.Refusals",
    ]


@pytest.fixture
def visitor() -> Client:
    """A browser that does not hide the mistakes of the server behind an exception."""
    return Client(raise_request_exception=False, headers={"accept": "text/html"})


@pytest.fixture
def standing() -> Iterator[datetime]:
    """A clock that stands at noon."""
    with clock.standing_at(NOON) as moment:
        yield moment


ERRORS = [
    ("/{}/nothing/", 404, "Det er ingenting på denne adressen", "There is nothing at this address"),
    ("/{}/refuse/", 409, "Det lar seg ikke gjøre akkurat nå", "That is not possible just now"),
    ("/{}/break/", 500, "Noe gikk galt hos oss", "Something went wrong on our side"),
    ("/{}/forbid/", 403, "Du har ikke tilgang til denne siden", "This page is not open to you"),
    ("/{}/suspect/", 400, "Vi forsto ikke forespørselen", "We could not understand that request"),
    ("/{}/many/", 429, "Det ble litt mye på en gang", "That was a bit much at once"),
]


@pytest.mark.parametrize(("address", "status", "nb", "en"), ERRORS)
@pytest.mark.parametrize("code", ["nb", "en"])
def test_an_error_page_helps_in_the_language_of_the_page(
    visitor: Client, address: str, status: int, nb: str, en: str, code: str
) -> None:
    answer = visitor.get(address.format(code))
    text = answer.content.decode()
    assert answer.status_code == status
    assert f'<html lang="{code}">' in text
    assert (nb if code == "nb" else en) in text
    assert ("Dette kan du gjøre" if code == "nb" else "What you can do") in text
    assert "support@example.no" in text
    assert "+44 20 7946 0123" in text
    assert answer["X-Request-Id"] in text
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.promise("2.7")
def test_an_error_page_tells_nothing_of_the_inside(visitor: Client) -> None:
    answer = visitor.get("/en/break/")
    everything = (str(dict(answer.headers)) + answer.content.decode()).lower()
    for word in ("secret detail", "runtimeerror", "traceback", "django", "python", "granian", "whitenoise"):
        assert word not in everything


def test_outside_the_pages_the_language_is_the_browsers(visitor: Client) -> None:
    assert (
        '<html lang="nb">' in visitor.get("/x", headers={"accept-language": "no,en;q=0.5"}).content.decode()
    )
    assert '<html lang="en">' in visitor.get("/x", headers={"accept-language": "en-GB"}).content.decode()
    assert '<html lang="en">' in visitor.get("/x", headers={"accept-language": "de"}).content.decode()


def test_a_machine_is_refused_in_json() -> None:
    answer = Client().get("/machine/")
    error = json.loads(answer.content)["error"]
    assert answer.status_code == 409
    assert error["code"] == "hold_expired"
    assert error["message"] == "The number +44 20 7946 0123 is no longer held for you."
    assert error["reference"] == answer["X-Request-Id"]


def test_too_many_says_when_to_come_back(visitor: Client) -> None:
    answer = visitor.get("/en/many/")
    assert answer["Retry-After"] == "120"
    assert "Wait 2 minutes, then try again." in answer.content.decode()


def test_a_form_that_cannot_be_ours_is_explained(settings: Settings) -> None:
    settings.CSRF_FAILURE_VIEW = "ringfence.interfaces.errors.csrf_failure"
    answer = Client(enforce_csrf_checks=True, headers={"accept": "text/html"}).post("/nb/")
    assert answer.status_code == 403
    assert "Skjemaet er utløpt" in answer.content.decode()


def test_our_own_faults_need_neither_addresses_nor_templates(settings: Settings) -> None:
    request = RequestFactory().get("/nb/", headers={"accept": "text/html"})
    settings.ROOT_URLCONF = "no.such.module"
    assert "Noe gikk galt hos oss" in errors.server_error(request).content.decode()
    settings.TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
    bare = errors.server_error(request)
    assert bare.status_code == 500
    assert "Noe gikk galt hos oss" in bare.content.decode()


def test_maintenance_closes_the_pages_and_keeps_the_health_checks(
    visitor: Client, settings: Settings
) -> None:
    settings.MAINTENANCE_FILE.touch()
    closed = visitor.get("/en/")
    assert closed.status_code == 503
    assert int(closed["Retry-After"]) > 0
    assert "We are closed for a few minutes" in closed.content.decode()
    assert visitor.get("/healthz").status_code == 404
    settings.MAINTENANCE_FILE.unlink()
    assert visitor.get("/en/").status_code == 200


@pytest.mark.promise("2.6")
def test_every_answer_carries_the_headers(visitor: Client) -> None:
    for address in ("/en/", "/en/nothing/", "/en/break/", "/machine/", "/robots.txt"):
        answer = visitor.get(address)
        for name, value in security.HEADERS.items():
            assert answer[name] == value, (address, name)
        assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.promise("7.1")
def test_no_referrer_leaves_the_site(visitor: Client) -> None:
    assert visitor.get("/en/")["Referrer-Policy"] == "same-origin"


def test_a_page_for_somebody_is_kept_out_of_caches(visitor: Client, settings: Settings) -> None:
    assert "Cache-Control" not in visitor.get("/en/").headers
    settings.MIDDLEWARE.insert(5, f"{__name__}.customer")
    assert Client().get("/en/")["Cache-Control"] == "private, no-store"


def test_moments_are_written_in_the_time_zone_of_the_viewer(settings: Settings, standing: datetime) -> None:
    settings.MIDDLEWARE.insert(5, f"{__name__}.customer")
    assert standing == NOON
    assert "21:00" in Client().get("/en/moment/").content.decode()


def test_the_content_policy_allows_nothing_inline_and_only_named_form_targets() -> None:
    directives = security.content_security_policy(form_targets=["http://localhost:8001"])["DIRECTIVES"]
    assert directives["default-src"] == ["'none'"]
    assert directives["form-action"] == ["'self'", "http://localhost:8001"]
    assert "unsafe" not in str(directives)
    for wrong in (
        "https://pay.example.com/path",
        "pay.example.com",
        "javascript:x",
        "https://a; script-src *",
    ):
        with pytest.raises(ValueError, match="origin"):
            security.content_security_policy(form_targets=[wrong])


def test_no_template_has_code_or_style_inline() -> None:
    folder = Path(context.__file__).parent
    for file in folder.rglob("templates/**/*.html"):
        text = file.read_text()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), file
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), file


@pytest.mark.promise("7.4")
def test_a_page_has_its_landmarks_and_a_way_back_to_the_top(visitor: Client) -> None:
    text = visitor.get("/en/help/?q=1").content.decode()
    assert text.index('class="skip" href="#main"') < text.index("<header")
    assert '<main class="wrap" id="main"' in text
    assert 'role="status"' in text
    assert '<a href="#top">' in text
    assert 'id="top"' in text
    assert '<a href="/en/help/" aria-current="page">' in " ".join(text.split())
    assert '<a href="/en/" aria-current="page">' not in " ".join(text.split())


def test_contacts_stand_on_every_page(visitor: Client) -> None:
    text = visitor.get("/nb/").content.decode()
    assert "Kontakt" in text
    assert 'href="tel:+442079460123"' in text
    assert 'href="mailto:support@example.no"' in text
    assert COMPANY in text


def test_the_language_switch_keeps_the_page_and_its_query(visitor: Client) -> None:
    text = visitor.get("/en/prices/?country=NO&digits=777").content.decode()
    assert 'href="/nb/prices/?country=NO&amp;digits=777"' in text


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("/en/", "/nb/"),
        ("/en", "/nb/"),
        ("/en/a%20b/?q=%C3%A6", "/nb/a%20b/?q=%C3%A6"),
        ("/elsewhere/", "/nb/"),
        ("//evil.example/", "/nb/"),
        ("/en//evil.example/", "/nb//evil.example/"),
    ],
)
def test_a_switch_never_leaves_the_site(address: str, other: str) -> None:
    request = RequestFactory().get("/")
    request.path = request.path_info = address.split("?", maxsplit=1)[0].replace("%20", " ")
    request.META["QUERY_STRING"] = address.partition("?")[2]
    assert language.switched(request, "nb") == other


def test_navigation_leaves_out_what_is_not_there(visitor: Client) -> None:
    text = visitor.get("/en/").content.decode()
    assert "/en/prices/" in text
    assert "Report abuse" not in text
    assert 'href="/en/sign-in/"' in text


def test_the_header_knows_who_is_looking(visitor: Client, settings: Settings) -> None:
    assert "My account" not in visitor.get("/en/").content.decode()
    settings.MIDDLEWARE.insert(5, f"{__name__}.customer")
    text = Client().get("/en/").content.decode()
    assert 'href="/en/account/">My account' in text
    assert "Sign in" not in text


def test_security_txt_expires_within_a_year(standing: datetime) -> None:
    answer = Client().get("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    expires = datetime.fromisoformat(fields["Expires"])
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert fields["Contact"] == f"mailto:{django_settings.SECURITY_CONTACT}"
    assert fields["Canonical"].endswith("/.well-known/security.txt")
    assert timedelta(days=30) < expires - standing < timedelta(days=365)


def test_robots_are_kept_from_accounts() -> None:
    text = Client().get("/robots.txt").content.decode()
    assert "Disallow: /nb/account/" in text
    assert "Disallow: /en/sign-in/" in text


def test_a_reference_is_ours_and_new_each_time() -> None:
    sent = {"x-request-id": "mine"}
    references = {Client().get("/robots.txt", headers=sent)["X-Request-Id"] for _ in range(5)}
    assert len(references) == 5
    assert "mine" not in references


def contrast(one: str, other: str) -> float:
    """Contrast of two colours written #rrggbb (WCAG 2.2, definition of contrast ratio)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def themes() -> list[dict[str, str]]:
    """The colours of the light and of the dark theme."""
    css = (Path(context.__file__).parent / "static/ringfence/look.css").read_text()
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", part)) for part in css.split("@media", 2)[:2]
    )
    return [light, light | dark]


PAIRS = [
    *(
        (ink, ground, 4.5)
        for ink in ("ink", "soft", "accent", "broken")
        for ground in ("paper", "card", "sunk")
    ),
    *(("accent-ink", ground, 4.5) for ground in ("accent", "accent-strong")),
    *((f"{kind}", f"{kind}-wash", 4.5) for kind in ("due", "broken")),
    *((ink, ground, 4.5) for ink in ("ink", "accent") for ground in ("wash", "due-wash", "broken-wash")),
    ("soft", "wash", 4.5),
    ("broken-ink", "broken", 4.5),
    ("edge", "card", 3.0),
    ("edge", "paper", 3.0),
]


@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_pair_of_colours_can_be_read(theme: int, ink: str, ground: str, least: float) -> None:
    colours = themes()[theme]
    assert contrast(colours[ink], colours[ground]) >= least


def test_the_icon_is_a_drawing_without_code() -> None:
    file = Path(context.__file__).parent / "static/ringfence/favicon.svg"
    tags = {element.tag.split("}")[1] for element in ET.parse(file).iter()}
    assert tags <= {"svg", "rect", "g", "path"}


@pytest.mark.parametrize("state", ["kept", "due_soon", "broken", "not_enforced"])
def test_the_policy_page_shows_text_and_proof_side_by_side(state: str) -> None:
    clause = {
        "number": "4.3",
        "text": "Done within 30 days.",
        "law_note": "One month at most.",
        "article": "GDPR art. 12(3)",
        "proof": {"state": state, "text": "None late.", "checked_at": NOON, "since": NOON},
    }
    around = {
        "sections": [{"number": 4, "title": "Changing", "clauses": [clause]}],
        "version": {"number": 1, "effective_at": NOON},
        "summary": {"kept": 1, "total": 1, "checked_at": NOON},
        "shell": context.Shell(None),
    }
    text = render_to_string("policy_layout.html", around)
    assert 'id="clause-4.3"' in text
    assert text.index("Done within 30 days.") < text.index("None late.")
    assert "GDPR art. 12(3)" in text
    assert 'href="#section-1"' in text
