"""Sections 5 to 7: the agreement, changing one's mind, links, copies and the page itself."""

from typing import Final

from ringfence.privacy.policy_text.clause import Clause, Stricter

CLAUSES: Final[tuple[Clause, ...]] = (
    Clause(
        "5.1",
        5,
        nb="Når du bruker produktene og tjenestene, sier du deg enig i disse vilkårene.",
        en="By using the products and services you agree to these terms.",
        stricter=Stricter(
            "GDPR art. 4(11), 7",
            nb="Vi noterer hvilken versjon du har sett. Det er en avtale om vilkår, aldri et samtykke til å "
            "bruke opplysningene dine; samtykke spør vi om for seg.",
            en="We note which version you have seen. It is an agreement on terms, never a consent to the "
            "use of your data; for consent we ask separately.",
        ),
    ),
    Clause(
        "5.2",
        5,
        nb="Vi kan endre vilkårene på egen hånd når som helst, men en endring gjelder aldri før den nye "
        "teksten er publisert her. Gamle versjoner kan fortsatt leses, med endringene merket.",
        en="We may change the terms on our own at any time, but a change never applies before the new text "
        "has been published here. Old versions can still be read, with the changes marked.",
        stricter=Stricter(
            "EECC art. 105(4), GDPR art. 13(3)",
            nb="Endringer som betyr noe for deg, er publisert minst {notice_days:dag|dager} før de gjelder. "
            "Du får beskjed, og kan si opp uten kostnad.",
            en="Changes that matter to you are published at least {notice_days:day|days} before they apply. "
            "You are told, and may leave at no cost.",
            to_confirm=True,
        ),
    ),
    Clause(
        "5.3",
        5,
        nb="Du bruker ikke nettstedet eller produktene slik at andres rettigheter blir krenket eller skadet.",
        en="You do not use the site or the products in a way that violates or harms the rights of others.",
    ),
    Clause(
        "5.4",
        5,
        nb="Ulovlig bruk, og bruk som kan føre til straffeforfølgning, er forbudt. Griper vi inn, får du "
        "vite hvorfor, og du kan klage på avgjørelsen.",
        en="Illegal use, and use that can lead to prosecution, is forbidden. If we step in you are told "
        "why, and you can appeal the decision.",
    ),
    Clause(
        "6.1",
        6,
        nb="Er du ikke fornøyd, kan du avbestille innen {cancel_working_days:virkedag|virkedager} fra dagen "
        "tjenesten ble levert. Virkedagene regnes i ditt land, og bestillingen viser nøyaktig når fristen går ut.",
        en="If you are not satisfied you may cancel an order within {cancel_working_days:working "
        "day|working days} of the day the service was provided. Working days are those of your country, and "
        "the order shows exactly when the time ends.",
        stricter=Stricter(
            "Angrerettloven § 21, 2011/83/EU art. 9, 11a",
            nb="Er du forbruker i EØS, har du {eea_days:dag|dager}. Den fristen som slutter sist, gjelder, "
            "og en egen knapp gjør det for deg.",
            en="If you are a consumer in the EEA you have {eea_days:day|days}. Whichever ends later counts, "
            "and a button of its own does it for you.",
            to_confirm=True,
        ),
    ),
    Clause(
        "6.2",
        6,
        nb="Vil du heller snakke med noen, ring {contact_phone} eller skriv til {contact_email}. Pengene "
        "går tilbake samme vei som de kom.",
        en="If you would rather speak to somebody, call {contact_phone} or write to {contact_email}. The "
        "money goes back the way it came.",
    ),
    Clause(
        "7.1",
        7,
        nb="Nettstedet kan ha lenker til andres sider. Hvordan de behandler opplysningene dine, svarer vi "
        "ikke for. Slike lenker er merket, og siden du kommer til, får ikke vite hvor du kom fra.",
        en="The site may link to other people’s sites. How they treat your data is not something we answer "
        "for. Such links are marked, and the site you come to is not told where you came from.",
    ),
    Clause(
        "7.2",
        7,
        nb="Vil du ha en kopi av det vi har lagret om deg, kan du be om det under Kontakt. Du får alt, både "
        "slik at du kan lese det selv, og slik at et program kan.",
        en="If you want a copy of what we have stored about you, ask for it under Contacts. You get all of "
        "it, in a form that you can read and in one that a program can.",
        stricter=Stricter(
            "GDPR art. 12(3), 15(3), 20",
            nb="Du kan også hente kopien selv på kontoen. Fristen er den samme som i 4.3.",
            en="You can also fetch the copy yourself in your account. The time limit is the one in 4.3.",
        ),
    ),
    Clause(
        "7.3",
        7,
        nb="I noen land tillater loven at vi tar betalt for en kopi. I så fall får du vite prisen og kan si "
        "nei før du skylder noe.",
        en="In some countries the law lets us charge for a copy. If so, you are told the price and can say "
        "no before you owe anything.",
        stricter=Stricter(
            "GDPR art. 12(5), 15(3)",
            nb="Den første kopien er alltid gratis der GDPR gjelder.",
            en="The first copy is always free wherever the GDPR applies.",
        ),
    ),
    Clause(
        "7.4",
        7,
        nb="Siden har en vei tilbake til toppen. Den kan leses med tastatur og skjermleser, og skrives ut.",
        en="The page has a way back to its top. It can be read with a keyboard and a screen reader, and "
        "printed.",
    ),
)
"""Clauses 5.1 to 7.4."""
