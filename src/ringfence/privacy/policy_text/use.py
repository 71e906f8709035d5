"""Section 2, first part: what data is used for, and how it is protected."""

from typing import Final

from ringfence.privacy.policy_text.clause import Clause, Stricter

CLAUSES: Final[tuple[Clause, ...]] = (
    Clause(
        "2.1",
        2,
        nb="Vi bruker opplysningene til å drive og forbedre produktene og tjenestene vi tilbyr.",
        en="We use the data to run and improve the products and services we offer.",
        stricter=Stricter(
            "GDPR art. 5(1)(b), 6(1)(a)–(c)",
            nb="Grunnlaget er avtalen med deg, eller en plikt vi har etter loven. Til det som er frivillig, "
            "ber vi om samtykke. Når en av oss slår opp noe om deg, må formålet oppgis, og du kan se "
            "oppslaget på kontoen din.",
            en="The basis is our agreement with you, or a duty the law gives us. For what is optional we "
            "ask for consent. When one of us looks something up about you, the purpose has to be stated, "
            "and you can see the look-up in your account.",
        ),
    ),
    Clause(
        "2.2",
        2,
        nb="Vi kan bruke dem til å ta kontakt med deg, for eksempel når noe viktig endrer seg i hvordan "
        "tjenestene virker, eller når utvalget er blitt et annet.",
        en="We may use it to get in touch with you, for instance when something important changes in how "
        "the services work, or when we offer something new.",
        stricter=Stricter(
            "Markedsføringsloven § 15, GDPR art. 21(2)",
            nb="Reklame får du bare hvis du har bedt om den, og ett trykk stopper den. Viktige beskjeder om "
            "tjenesten får du uansett.",
            en="You get advertising only if you asked for it, and one click stops it. Important messages "
            "about the service reach you in any case.",
            to_confirm=True,
        ),
    ),
    Clause(
        "2.3",
        2,
        nb="Opplysningene om deg blir lagret trygt.",
        en="The data about you is stored safely.",
    ),
    Clause(
        "2.4",
        2,
        nb="Vi får aldri se betalingsopplysningene dine, og lagrer dem ikke. Du betaler hos "
        "betalingsleverandøren; vi får bare vite at det er betalt. Skriver du et kortnummer til oss ved et "
        "uhell, blir det fjernet før noe lagres.",
        en="We never see your payment details and do not store them. You pay at the payment provider; we "
        "learn only that it has been paid. If you write a card number to us by accident, it is removed "
        "before anything is stored.",
    ),
    Clause(
        "2.5",
        2,
        nb="Fortrolige opplysninger om deg gir vi ikke til noen, på noen måte, unntatt i de tilfellene "
        "denne siden nevner.",
        en="We give confidential data about you to nobody, in no way, except in the cases this page names.",
        stricter=Stricter(
            "GDPR art. 13(1)(e)–(f), 15(1)(c)",
            nb="Mottakerne er selskapene i 0.1, operatøren som bærer nummeret ditt, betalingsleverandøren "
            "du betaler hos, og myndigheter etter 3.3. Ut av EØS går noe bare når nummeret hører til der. "
            "På kontoen din ser du hvem som faktisk har fått hva.",
            en="The recipients are the companies in 0.1, the carrier that runs your number, the payment "
            "provider you pay at, and authorities under 3.3. Something leaves the EEA only when the number "
            "belongs outside it. In your account you see who has in fact received what.",
        ),
    ),
    Clause(
        "2.6",
        2,
        nb="Vi gjør alt som trengs for å beskytte kundedatabasen.",
        en="We do everything needed to protect the customer database.",
        stricter=Stricter(
            "GDPR art. 32–34",
            nb="Går noe galt likevel, får {authority} vite det innen 72 timer, og du så snart det kan bety "
            "noe for deg.",
            en="Should something go wrong all the same, {authority} is told within 72 hours, and you are "
            "told as soon as it may matter to you.",
        ),
    ),
    Clause(
        "2.7",
        2,
        nb="Hvilke metoder og verktøy vi bruker for kryptering, er en forretningshemmelighet, og vi "
        "forteller dem ikke videre.",
        en="Which methods and tools we use for encryption is a trade secret, and we do not pass it on.",
        stricter=Stricter(
            "GDPR art. 33, 34, 58(1)",
            nb="Hemmeligheten gjelder aldri overfor tilsynsmyndigheten, og aldri når du må få vite om et "
            "brudd.",
            en="The secret never stands in the way of the supervisory authority, and never when you must be "
            "told of a breach.",
        ),
    ),
)
"""Clauses 2.1 to 2.7."""
