"""Section 4: changing and deleting what we hold."""

from typing import Final

from ringfence.privacy.policy_text.clause import Clause, Stricter

CLAUSES: Final[tuple[Clause, ...]] = (
    Clause(
        "4.1",
        4,
        nb="På kontoen din kan du endre og oppdatere opplysningene om deg. Alt du trenger å gjøre, kan du "
        "gjøre der.",
        en="In your account you can change and update the data about you. Everything you need to do can be "
        "done there.",
    ),
    Clause(
        "4.2",
        4,
        nb="Du kan også skrive til {contact_email} og si hva du vil ha endret, slettet eller kopiert. Vi må "
        "først forsikre oss om at det er du som skriver, og ber aldri om kopi av legitimasjon.",
        en="You can also write to {contact_email} and say what you want changed, deleted or copied. We "
        "first make sure that it is you who is writing, and never ask for a copy of an identity document.",
    ),
    Clause(
        "4.3",
        4,
        nb="Ber du oss endre eller slette opplysninger, er det gjort innen {request_days:dag|dager} etter "
        "at vi fikk henvendelsen. Det meste tar minutter.",
        en="When you ask us to change or delete data, it is done within {request_days:day|days} of our "
        "receiving the request. Most of it takes minutes.",
        stricter=Stricter(
            "GDPR art. 12(3)–(4), 17, 18, 21, 77",
            nb="Er en kalendermåned kortere enn {request_days:dag|dager}, gjelder måneden. Du kan også be "
            "oss begrense bruken eller protestere mot den. Sier vi nei til noe, får du grunnen, og du kan "
            "klage til {authority}.",
            en="Where a calendar month is shorter than {request_days:day|days}, the month counts. You may "
            "also ask us to restrict the use, or object to it. If we say no to something you get the "
            "reason, and you can complain to {authority}.",
        ),
    ),
)
"""Clauses 4.1 to 4.3."""
