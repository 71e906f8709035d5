"""Section 3: when something goes to others."""

from typing import Final

from ringfence.privacy.policy_text.clause import Clause, Stricter

CLAUSES: Final[tuple[Clause, ...]] = (
    Clause(
        "3.1",
        3,
        nb="Vi kan gi tredjeparter opplysninger som er gjort generelle og anonyme, innenfor folkeretten. Da "
        "dreier det seg om tall over mange, aldri om deg.",
        en="We may give third parties data that has been made general and anonymous, within international "
        "law. Such data is figures over many, never about you.",
        stricter=Stricter(
            "GDPR art. 4(1)",
            nb="Tallene blir avrundet, små grupper utelates, og litt tilfeldig støy gjør at ingen kan regne "
            "seg tilbake til en person.",
            en="The figures are rounded, small groups are left out, and a little random noise makes sure "
            "that nobody can work back to a person.",
        ),
    ),
    Clause(
        "3.2",
        3,
        nb="Et eksempel er statistikken Google samler gjennom analysekoden sin på nettstedet.",
        en="An example is the statistics that Google collects through its analytics code on the site.",
        stricter=Stricter(
            "Ekomloven § 3-15, GDPR art. 7",
            nb="Koden lastes bare hvis du har sagt ja på forhånd, og aldri på sidene du ser når du er "
            "logget inn. Sier du nei, virker alt like godt. Selv teller vi bare hvor ofte hver side blir "
            "åpnet, uten informasjonskapsler og uten å vite av hvem.",
            en="The code is loaded only if you have said yes beforehand, and never on the pages you see "
            "when signed in. If you say no, everything works just as well. We ourselves only count how "
            "often each page is opened, without cookies and without knowing by whom.",
            to_confirm=True,
        ),
    ),
    Clause(
        "3.3",
        3,
        nb="Unntaket er loven: Et gyldig, lovlig og rimelig krav fra myndighetene kan pålegge oss å "
        "utlevere opplysninger.",
        en="The exception is the law: an effective, lawful and reasonable demand from the authorities can "
        "oblige us to hand over data.",
        stricter=Stricter(
            "GDPR art. 5(1)(c), 6(1)(c), 15(1)(c)",
            nb="To av oss må uavhengig av hverandre finne kravet gyldig, lovlig og rimelig. De får bare det "
            "kravet omfatter. Du får vite om det, med mindre loven forbyr det; da sier vi fra så snart vi "
            "kan.",
            en="Two of us must find, each on their own, that the demand is effective, lawful and "
            "reasonable. They get what the demand covers and nothing more. You are told, unless the law "
            "forbids it; then we tell you as soon as we may.",
        ),
    ),
)
"""Clauses 3.1 to 3.3."""
