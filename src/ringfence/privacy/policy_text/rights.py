"""What people may ask for, under which article, and where (GDPR chapter III)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ringfence.privacy.policy_text.clause import Language, Title, filled


@dataclass(frozen=True)
class Right:
    """A right, its article, and how it is used; `key` names the page that does it, for the interface."""

    key: str
    article: str
    name: Title
    how: Title


RIGHTS: Final[tuple[Right, ...]] = (
    Right(
        "copy",
        "GDPR art. 15, 20",
        Title("Se alt vi har om deg, og få en kopi", "See everything we hold about you, and get a copy"),
        Title(
            "På kontoen under «Dine opplysninger», eller gjennom Kontakt.",
            "In your account under “Your data”, or through Contacts.",
        ),
    ),
    Right(
        "change",
        "GDPR art. 16",
        Title("Få rettet det som er feil", "Have what is wrong put right"),
        Title(
            "På kontoen, med en gang. Ellers innen {request_days:dag|dager}.",
            "In your account, at once. Otherwise within {request_days:day|days}.",
        ),
    ),
    Right(
        "delete",
        "GDPR art. 17",
        Title("Få alt slettet", "Have everything deleted"),
        Title(
            "På kontoen, med kvittering. Det loven sier vi må beholde, står på kvitteringen.",
            "In your account, with a receipt. What a law makes us keep is named on the receipt.",
        ),
    ),
    Right(
        "restrict",
        "GDPR art. 18",
        Title("Få bruken begrenset", "Have the use restricted"),
        Title("Gjennom Kontakt.", "Through Contacts."),
    ),
    Right(
        "object",
        "GDPR art. 21",
        Title("Protestere mot bruken", "Object to the use"),
        Title(
            "Gjennom Kontakt. Reklame stopper du med ett trykk.",
            "Through Contacts. Advertising stops with one click.",
        ),
    ),
    Right(
        "withdraw",
        "GDPR art. 7(3)",
        Title("Trekke et samtykke tilbake", "Withdraw a consent"),
        Title(
            "Under «Informasjonskapsler» nederst på hver side, når som helst.",
            "Under “Cookies” at the foot of every page, at any time.",
        ),
    ),
    Right(
        "complain",
        "GDPR art. 77",
        Title("Klage til {authority}", "Complain to {authority}"),
        Title(
            "Når som helst, og uten å spørre oss først.",
            "At any time, and without asking us first.",
        ),
    ),
)
"""In the order of the page."""


def rights(facts: Mapping[str, str], language: Language) -> list[dict[str, str]]:
    """Return the rights in words: `{key, article, name, how}`. Raises KeyError when a fact is missing."""
    return [
        {
            "key": one.key,
            "article": one.article,
            "name": filled(getattr(one.name, language), facts, language),
            "how": filled(getattr(one.how, language), facts, language),
        }
        for one in RIGHTS
    ]
