"""How amounts, numbers and moments are written, and the tags that show them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from ringfence.interfaces import clock, writing
from ringfence.kernel.money import Money

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DEADLINE = datetime(2026, 11, 24, 22, 59, tzinfo=UTC)
NBSP = "\N{NO-BREAK SPACE}"


def shown(source: str, language: str = "en", **context: object) -> str:
    """Render a template that has the tags of the look."""
    with translation.override(language), clock.standing_at(NOON), timezone.override(ZoneInfo("Europe/Oslo")):
        return Template("{% load look %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("minor", "currency", "en", "nb"),
    [
        (5900, "NOK", "kr 59", "59 kr"),
        (4950, "NOK", "kr 49.50", "49,50 kr"),
        (481200, "NOK", "kr 4,812", "4 812 kr"),
        (-5900, "NOK", "−kr 59", "−59 kr"),
        (900, "EUR", "€9", "9 €"),
        (59, "JPY", "JPY 59", "59 JPY"),
        (0, "NOK", "kr 0", "0 kr"),
    ],
)
def test_an_amount_is_written_as_in_the_language(minor: int, currency: str, en: str, nb: str) -> None:
    amount = Money(minor, currency)
    assert writing.money(amount, "en").replace(NBSP, " ") == en
    assert writing.money(amount, "nb").replace(NBSP, " ") == nb
    assert shown("{{ amount|money }}", "nb", amount=amount).replace(NBSP, " ") == nb


def test_a_moment_is_written_in_the_readers_zone_and_language() -> None:
    assert ">Tue 24 Nov 23:59</time>" in shown("{% time value %}", value=DEADLINE)
    assert ">tir. 24. nov. kl. 23:59</time>" in shown("{% time value %}", "nb", value=DEADLINE)
    assert 'datetime="2026-11-24T22:59:00+00:00"' in shown("{% time value %}", value=DEADLINE)


def test_another_year_is_named() -> None:
    assert ">Fri 1 Jan 2027 13:00<" in shown("{% time value %}", value=datetime(2027, 1, 1, 12, tzinfo=UTC))


def test_a_day_and_a_full_moment() -> None:
    assert ">24 November 2026<" in shown('{% time value form="day" %}', value=DEADLINE)
    assert ">24. november 2026<" in shown("{% time value %}", "nb", value=date(2026, 11, 24))
    assert ">Tuesday 24 November 2026 at 23:59 CET<" in shown('{% time value form="full" %}', value=DEADLINE)
    assert shown("{% time value %}{% ago value %}", value=None) == ""


def test_how_long_ago() -> None:
    assert ">4 minutes ago<" in shown("{% ago value %}", value=NOON - timedelta(minutes=4))
    assert ">for 4 minutter siden<" in shown("{% ago value %}", "nb", value=NOON - timedelta(minutes=4))
    assert ">in 3 days<" in shown("{% ago value %}", value=NOON + timedelta(days=3))


def test_a_number_is_grouped_and_what_was_looked_for_is_marked() -> None:
    assert shown('{{ "+4721987774"|e164 }}') == "+47 21 98 77 74"
    marked = shown('{% number "+4721987774" match="777" %}')
    assert marked == '<span class="number">+47 21 98 <mark>77 7</mark>4</span>'
    assert "<mark>" not in shown('{% number "+4721987774" match="123" %}')


def test_the_country_code_is_marked_only_when_the_rest_does_not_fit() -> None:
    assert [p.text for p in writing.marked("+4747000000", "47") if p.hit] == ["47"]
    assert writing.marked("+4747000000", "47")[0].text.startswith("+47")
    assert [p.text for p in writing.marked("+4721987774", "4721") if p.hit] == ["47 21"]


def test_what_is_no_number_is_shown_as_text() -> None:
    assert (
        shown("{% number value %}", value="<b>no</b>") == '<span class="number">&lt;b&gt;no&lt;/b&gt;</span>'
    )


@pytest.mark.promise("7.1")
def test_an_outbound_link_is_marked_and_sends_no_referrer() -> None:
    link = shown(
        "{% outbound_link url words %}", url="https://example.org/a?b=1&c=2", words="the <regulator>"
    )
    assert 'rel="noopener noreferrer external"' in link
    assert 'referrerpolicy="no-referrer"' in link
    assert "leaves this site" in link
    assert "the &lt;regulator&gt;" in link
    with pytest.raises(ValueError, match="absolute"):
        shown('{% outbound_link "javascript:alert(1)" "x" %}')


def test_a_meter_says_in_words_what_it_draws() -> None:
    drawn = shown('{% meter 63 100 label="due in 11 days" state="due" %}')
    assert 'class="meter due"' in drawn
    assert 'aria-label="due in 11 days"' in drawn
    assert 'width="63.0%"' in drawn
    assert "style=" not in drawn
    assert 'width="100.0%"' in shown("{% meter 7 5 %}")
    assert 'width="0.0%"' in shown("{% meter 7 0 %}")


@pytest.mark.parametrize("state", ["kept", "due_soon", "broken", "not_enforced"])
@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_state_is_never_told_by_colour_alone(state: str, language: str) -> None:
    drawn = shown("{% state value %}", language, value=state)
    assert "<svg" in drawn
    assert drawn.split("</svg>")[1].removesuffix("</span>").strip()


def test_a_query_keeps_its_other_parameters() -> None:
    request = RequestFactory().get("/en/", {"digits": "777", "page": "2"})
    assert shown("{% current_query page=3 %}", request=request) == "?digits=777&amp;page=3"
    assert shown("{% current_query page=None %}", request=request) == "?digits=777"


def test_a_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"), clock.standing_at(datetime(2026, 1, 1)):  # noqa: DTZ001
        pass
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
