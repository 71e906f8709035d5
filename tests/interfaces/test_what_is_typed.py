"""What people type is never cut off without a word, and all that is wrong with it is told at once (7.4)."""

import pytest
from django import forms
from django.test import Client
from django.utils import translation

from ringfence.interfaces.long_text import LongText
from ringfence.interfaces.templatetags import said
from ringfence.kernel.actor import Role
from ringfence.privacy.payment_data import MARKS, MARKS_IN, PaymentData
from tests.accounts import builders
from tests.interfaces.test_storefront import text_of
from tests.support.desk import letter, only

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def test_a_text_that_is_too_long_is_refused_with_its_length_and_not_cut_off() -> None:
    field = LongText(most=1200, widget=forms.Textarea())
    assert "maxlength" not in field.widget.attrs
    assert len(field.clean("line\r\n" * 238 + "a line")) > 1200, "a new line is one character, as it is kept"
    with (
        translation.override("nb"),
        pytest.raises(forms.ValidationError, match=r"Høyst 1.+200 tegn; du har 1.+201"),
    ):
        field.clean("x" * 1201)


@pytest.mark.parametrize("path", ["/en/report-abuse/", "/en/contact/", "/en/contact/data/"])
def test_an_address_that_is_none_is_told_with_whatever_else_is_wrong(client: Client, path: str) -> None:
    page = client.post(path, {"email": "no address"})
    assert page.status_code == 422
    assert "This is not an e-mail address we can write to." in text_of(page)
    assert len(page.context["form"].errors) > 1


def test_a_long_text_is_folded_at_the_end_of_a_word_and_none_of_it_is_lost() -> None:
    text = "Word after word. " * 400
    assert said.opening(text).split() + said.rest(text).split() == text.split()
    assert len(said.opening(text)) <= said.FOLDED_AT
    assert (said.opening("x" * 9000) + said.rest("x" * 9000)) == "x" * 9000
    assert (said.opening("short"), said.rest("short")) == ("short", "")


@pytest.mark.promise("2.4")
def test_a_mark_is_read_in_the_language_of_the_page() -> None:
    stored = f"My card: {MARKS[PaymentData.CARD]}"
    with translation.override("nb"):
        assert said.in_words(stored) == "My card: [kortnummer fjernet]"
    with translation.override("en"):
        assert said.in_words(f"{MARKS_IN['nb'][PaymentData.IDENTITY]}!") == "[identity number removed]!"


def test_no_template_chosen_is_said_and_what_was_typed_stays(client: Client) -> None:
    builders.staff_member(client, Role.SUPPORT)
    letter("How?")
    page = client.post(f"/en/staff/tickets/{only()}/answer/", {"seen": "1", "text": "Begun", "insert": "yes"})
    assert "Choose an answer template first." in text_of(page)
    assert "Begun" in page.content.decode()
    assert "autofocus" in page.content.decode()
