"""What letters ask for is understood as far as the letters show that were set aside, and each finding is explained."""

import time

import pytest

from ringfence.privacy.rules import RequestKind
from ringfence.support.demands import demands_in, language_of
from tests.support.corpus import LANGUAGES, letters, score

pytestmark = pytest.mark.promise("4.2")

FEWEST_LETTERS = 200
FLOORS = {"nb": (0.9, 0.85), "en": (0.9, 0.75)}
"""Precision and recall that letters reach which the rules were not tuned on, by language."""


def test_there_are_enough_letters_of_all_kinds() -> None:
    for language in LANGUAGES:
        written = [one for aside in (False, True) for one in letters(language, aside=aside)]
        assert len(written) >= FEWEST_LETTERS / len(LANGUAGES)
        assert {kind for one in written for kind in one.kinds} == set(RequestKind)
        assert sum(not one.kinds for one in written) > len(written) / 5, "many ask for nothing"


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_the_rules_were_tuned_on_are_understood(language: str) -> None:
    found = score(letters(language, aside=False))
    assert found.precision > 0.95
    assert found.recall > 0.95


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_set_aside_are_understood_well_enough(language: str) -> None:
    found = score(letters(language, aside=True))
    precision, recall = FLOORS[language]
    assert found.precision >= precision
    assert found.recall >= recall


def test_it_can_be_said_why() -> None:
    found = demands_in("Hello\n\nI like it. But please delete my account, thanks.")
    [reason] = found.reasons
    assert (reason.kind, reason.sentence, reason.words) == (
        RequestKind.DELETE,
        "But please delete my account, thanks.",
        ("delete", "account"),
    )
    assert demands_in("My data\n\nGet rid of them.").kinds == (RequestKind.DELETE,), "what was named before"


@pytest.mark.parametrize(
    "text",
    [
        "Re: Deletion of your account\n\nFine.",
        "Hello\n\nFrom: us@example.com\nSent: Monday\nPlease delete your account.",
        "Hei\n\nHvis jeg sletter kontoen, hva skjer da?",
        "Hello\n\nIf you do not answer I will cancel my subscription.",
        "Hello\n\nIf you are not the intended recipient, please delete all data.",
        "Hei\n\nMin nabo vil at dere sletter kontoen hans.",
        "Hello\n\nI am thinking about deleting my account.",
    ],
)
def test_what_is_only_spoken_of_is_not_asked_for(text: str) -> None:
    assert demands_in(text).kinds == ()


def test_the_language_is_told_by_small_words() -> None:
    assert language_of("Det er ikke til å tro, takk") == "nb"
    assert language_of("What is this for?") == "en"


def test_long_letters_are_read_quickly() -> None:
    begun = time.monotonic()
    demands_in("please delete " * 1500 + "\n" + "slett ikke " * 1500 + "a" * 20_000)
    assert time.monotonic() - begun < 2
