"""The states of tickets, what addresses name, what is a quote, which language it is: pure decisions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.kernel.refusal import Refusal
from ringfence.support import ticket_rules as rules
from ringfence.support.ticket_rules import TicketEvent, TicketState


def test_an_answer_waits_for_the_other_side_and_whoever_writes_opens_it_again() -> None:
    state = rules.moved("open", TicketEvent.ANSWER)
    assert state is TicketState.WAITING
    state = rules.moved(rules.moved(state, TicketEvent.CLOSE), TicketEvent.WRITE)
    assert state is TicketState.OPEN


@given(st.lists(st.sampled_from(list(TicketEvent)), max_size=30))
def test_nothing_leads_out_of_merged_and_nothing_else_is_lost(events: list[TicketEvent]) -> None:
    state = TicketState.OPEN
    for event in events:
        try:
            state = rules.moved(state, event)
        except Refusal:
            continue
        assert TicketEvent.MERGE in events or state is not TicketState.MERGED
    assert all(start is not TicketState.MERGED for start, _event in rules.MOVES)


@pytest.mark.parametrize(
    ("text", "said", "quoted"),
    [
        ("Yes.\n\nOn Monday somebody wrote:\n> Is it so?", "Yes.", "On Monday somebody wrote:\n> Is it so?"),
        ("Ja.\n\nDen 3. mai 2026 kl. 10:00 skrev Kundestøtte <a@example.com>:\nEr det slik?", "Ja.", None),
        ("Ja.\n> a\n> b", "Ja.", "> a\n> b"),
        (
            "> asked\nanswered\n> asked more\nanswered more",
            "> asked\nanswered\n> asked more\nanswered more",
            "",
        ),
        ("Nothing quoted", "Nothing quoted", ""),
        ("-----Original Message-----\nall of it", "", "-----Original Message-----\nall of it"),
    ],
)
def test_what_a_letter_repeats_is_told_apart(text: str, said: str, quoted: str | None) -> None:
    found = rules.without_quote(text)
    assert found[0] == said
    assert quoted is None or found[1] == quoted


@given(st.text(max_size=400))
def test_nothing_of_a_letter_is_lost_by_that(text: str) -> None:
    said, quoted = rules.without_quote(text)
    assert "".join((said + quoted).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hei, jeg får ikke til å ringe med nummeret mitt. Kan dere hjelpe?", "nb"),
        ("Hello, I cannot call with my number. Can you help?", "en"),
        ("12345", "en"),
    ],
)
def test_the_language_is_told_by_its_most_common_words(text: str, language: str) -> None:
    assert rules.language_of(text) == language


def test_what_was_not_seen_is_not_written_over() -> None:
    rules.require_unchanged(3, 3)
    with pytest.raises(Refusal) as refused:
        rules.require_unchanged(2, 3)
    assert refused.value.code == "ticket.written_since"


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (rules.LONGEST_TEXT + 1)])
def test_nothing_and_too_much_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        rules.require_text(text)
