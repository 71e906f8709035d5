"""The policy's text: every clause of the promises, in both languages, with the facts of the settings."""

import pytest

from ringfence.privacy import policy_text
from ringfence.privacy.policy_text.clause import named

NUMBERS = (
    *("0.1",),
    *("1.1", "1.2", "1.3", "1.4"),
    *("2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9"),
    *("3.1", "3.2", "3.3"),
    *("4.1", "4.2", "4.3"),
    *("5.1", "5.2", "5.3", "5.4"),
    *("6.1", "6.2"),
    *("7.1", "7.2", "7.3", "7.4"),
)


def every_text() -> list[tuple[str, str, str]]:
    """Number, Norwegian and English of each clause and of each note on the law."""
    texts = [(clause.number, clause.nb, clause.en) for clause in policy_text.ALL]
    texts += [(c.number, c.stricter.nb, c.stricter.en) for c in policy_text.ALL if c.stricter]
    return texts


def test_every_clause_is_there_under_its_number() -> None:
    assert policy_text.NUMBERS == NUMBERS


def test_each_clause_stands_in_its_section() -> None:
    for clause in policy_text.ALL:
        assert clause.section == int(clause.number.split(".")[0])
        assert clause.section in policy_text.TITLES


@pytest.mark.parametrize(("number", "nb", "en"), every_text())
def test_both_languages_say_something_and_name_the_same_known_facts(number: str, nb: str, en: str) -> None:
    assert nb
    assert en
    assert nb != en
    assert nb[-1] in ".!»"
    assert en[-1] in ".!”"
    assert named(nb) == named(en), number
    assert named(nb) <= policy_text.FACTS


def test_every_fact_is_used_and_has_a_sample() -> None:
    used = {name for _number, nb, _en in every_text() for name in named(nb)}
    assert used == policy_text.FACTS == set(policy_text.SAMPLE_FACTS)


@pytest.mark.parametrize("language", ["nb", "en"])
def test_nothing_is_left_to_fill_in(language: policy_text.Language) -> None:
    for paragraph in policy_text.clauses(policy_text.SAMPLE_FACTS, language):
        assert not set("{}|") & set(paragraph.text + paragraph.law_note)
        assert bool(paragraph.law_note) == bool(paragraph.article)


def test_a_figure_comes_from_the_facts_with_the_fitting_word() -> None:
    facts = {**policy_text.SAMPLE_FACTS, "request_days": "1", "messages_days": "7"}
    english = {p.number: p.text.replace("\N{NO-BREAK SPACE}", " ") for p in policy_text.clauses(facts, "en")}
    assert "within 1 day of" in english["4.3"]
    assert "SMS and voicemail: 7 days" in english["2.8"]


def test_a_missing_fact_is_refused() -> None:
    with pytest.raises(KeyError):
        policy_text.clauses({}, "en")


def test_group_companies_are_named_or_said_to_be_none() -> None:
    facts = {**policy_text.SAMPLE_FACTS, "group_companies": "Example Holding AS"}
    assert "(Example Holding AS)" in policy_text.clauses(facts, "nb")[0].text
    assert "(ingen for tiden)" in policy_text.clauses(policy_text.SAMPLE_FACTS, "nb")[0].text


@pytest.mark.parametrize("number", ["1.4", "2.7", "2.8", "4.3", "5.1", "5.2", "6.1", "7.2", "7.3"])
def test_where_the_law_is_stricter_the_clause_names_the_article(number: str) -> None:
    paragraph = {p.number: p for p in policy_text.clauses(policy_text.SAMPLE_FACTS, "en")}[number]
    assert paragraph.law_note
    assert paragraph.article


@pytest.mark.parametrize("language", ["nb", "en"])
def test_sections_hold_all_clauses_in_order(language: policy_text.Language) -> None:
    sections = policy_text.sections(policy_text.SAMPLE_FACTS, language)
    assert tuple(p.number for section in sections for p in section.clauses) == NUMBERS
    assert all(section.title for section in sections)
