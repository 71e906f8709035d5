"""Every sentence of the hosted page, in both languages, and amounts as each language writes them."""

from dataclasses import dataclass
from typing import Final

from ringfence.kernel.money import Money

from .cards import Card


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one language."""

    code: str
    name: str
    skip: str
    rehearsal: str
    rehearsal_more: str
    to_pay: str
    order: str
    pay_heading: str
    number_label: str
    number_hint: str
    pay: str
    kept: str
    keep_heading: str
    keep_lede: str
    keep: str
    keep_back: str
    card_kept: tuple[str, str]
    back: str
    cards_heading: str
    cards_lede: str
    use: str
    cards: dict[Card, str]
    declined: str
    tries_left: tuple[str, str]
    not_a_test_card: str
    ended: dict[str, tuple[str, str]]
    go_on: str
    unknown: tuple[str, str]
    front: tuple[str, str]
    footer: str


ENGLISH: Final = Words(
    code="en",
    name="Rehearsal Payments",
    skip="Skip to payment",
    rehearsal="Rehearsal: no money moves",
    rehearsal_more="This page stands in for a payment provider. Never type the number of a real card here.",
    to_pay="To pay",
    order="Order",
    pay_heading="Pay by test card",
    number_label="Card number",
    number_hint="One of the test cards listed on this page.",
    pay="Pay {amount}",
    kept="The card is kept here for renewals: the shop may charge it again without you, until you tell it to stop.",
    keep_heading="Keep a card for renewals",
    keep_lede="Nothing is paid now. The shop may charge this card for renewals, until you tell it to stop.",
    keep="Keep this card",
    keep_back="Back to the shop without a card",
    card_kept=("Card kept", "This card is kept for renewals. You can go back to the shop."),
    back="Back to the shop without paying",
    cards_heading="Test cards",
    cards_lede="Each makes something else happen. Type a number, or pay with a card directly.",
    use="Use",
    cards={
        Card.SUCCEEDS: "Payment goes through",
        Card.DECLINED: "Card is declined",
        Card.SLOW: "Goes through, after some seconds",
        Card.SLOW_DECLINED: "Is refused, after some seconds",
        Card.ABANDONED: "Leaves without paying",
        Card.CHARGED_BACK: "Goes through, and is charged back later",
        Card.RENEWAL_REFUSED: "Goes through; renewals are refused later",
        Card.RENEWAL_NEEDS_BUYER: "Goes through; for renewals the bank wants to see you",
        Card.RENEWAL_CHARGED_BACK: "Goes through; renewals are charged back",
    },
    declined="The card was declined. Nothing was paid.",
    tries_left=("You can try one more card.", "You can try {count} more cards."),
    not_a_test_card="That is not one of the test cards. What you typed was not kept.",
    ended={
        "paid": ("Paid", "This payment is done. You can go back to the shop."),
        "processing": ("On its way", "The payment is being handled. The shop will tell you when it is done."),
        "failed": ("Not paid", "This payment did not go through, and it cannot be tried again on this page."),
        "expired": ("Too late", "This payment was not completed in time. Nothing was paid."),
        "charged_back": ("Charged back", "This payment was made, and then taken back by the bank."),
    },
    go_on="Back to the shop",
    unknown=(
        "There is nothing here",
        "No payment has this address. Go back to the shop and start again from there.",
    ),
    front=(
        "A payment provider to rehearse with",
        "The shop sends its buyers here to pay. No money ever moves.",
    ),
    footer="No card details are kept, no cookies are set.",
)

NORWEGIAN: Final = Words(
    code="nb",
    name="Øvingsbetaling",
    skip="Hopp til betalingen",
    rehearsal="Øving: ingen penger flyttes",
    rehearsal_more="Siden etterligner en betalingsleverandør. Skriv aldri nummeret på et ekte kort her.",
    to_pay="Å betale",
    order="Bestilling",
    pay_heading="Betal med testkort",
    number_label="Kortnummer",
    number_hint="Et av testkortene på denne siden.",
    pay="Betal {amount}",
    kept="Kortet beholdes her for fornyelser: Butikken kan belaste det igjen uten deg, til du sier stopp.",
    keep_heading="Behold et kort for fornyelser",
    keep_lede="Ingenting betales nå. Butikken kan belaste dette kortet for fornyelser, til du sier stopp.",
    keep="Behold dette kortet",
    keep_back="Tilbake til butikken uten kort",
    card_kept=("Kortet er beholdt", "Kortet er beholdt for fornyelser. Du kan gå tilbake til butikken."),
    back="Tilbake til butikken uten å betale",
    cards_heading="Testkort",
    cards_lede="Hvert kort gir et eget utfall. Skriv et nummer, eller betal direkte med et kort.",
    use="Bruk",
    cards={
        Card.SUCCEEDS: "Betalingen går gjennom",
        Card.DECLINED: "Kortet avvises",
        Card.SLOW: "Går gjennom etter noen sekunder",
        Card.SLOW_DECLINED: "Avslås etter noen sekunder",
        Card.ABANDONED: "Går tilbake uten å betale",
        Card.CHARGED_BACK: "Går gjennom, og tilbakeføres senere",
        Card.RENEWAL_REFUSED: "Går gjennom; fornyelser avslås senere",
        Card.RENEWAL_NEEDS_BUYER: "Går gjennom; ved fornyelser vil banken se deg",
        Card.RENEWAL_CHARGED_BACK: "Går gjennom; fornyelser tilbakeføres",
    },
    declined="Kortet ble avvist. Ingenting er betalt.",
    tries_left=("Du kan prøve ett kort til.", "Du kan prøve {count} kort til."),
    not_a_test_card="Det er ikke et av testkortene. Det du skrev, er ikke lagret.",
    ended={
        "paid": ("Betalt", "Betalingen er fullført. Du kan gå tilbake til butikken."),
        "processing": ("Underveis", "Betalingen behandles. Butikken sier fra når den er fullført."),
        "failed": ("Ikke betalt", "Betalingen gikk ikke gjennom, og kan ikke prøves på nytt på denne siden."),
        "expired": ("For sent", "Betalingen ble ikke fullført i tide. Ingenting er betalt."),
        "charged_back": ("Tilbakeført", "Betalingen ble gjennomført, og så tilbakeført av banken."),
    },
    go_on="Tilbake til butikken",
    unknown=(
        "Her er det ingenting",
        "Ingen betaling har denne adressen. Gå tilbake til butikken og begynn på nytt.",
    ),
    front=(
        "En betalingsleverandør å øve med",
        "Butikken sender kjøperne hit for å betale. Ingen penger flyttes.",
    ),
    footer="Ingen kortopplysninger lagres, og ingen informasjonskapsler brukes.",
)

WORDS: Final = {words.code: words for words in (NORWEGIAN, ENGLISH)}


def words_for(accept_language: str) -> Words:
    """The language for a page that belongs to no payment: Norwegian when it is asked for before English."""
    for part in accept_language.lower().split(","):
        tag = part.split(";")[0].strip()[:2]
        if tag in ("nb", "no", "nn"):
            return NORWEGIAN
        if tag == "en":
            return ENGLISH
    return ENGLISH


def amount_text(amount: int, currency: str, language: str) -> str:
    """``1 249 kr`` in Norwegian, ``kr 1,249`` in English, as the shop writes it. Spaces do not break."""
    figure = Money(amount, currency).decimal
    text = f"{figure:,.0f}" if figure == figure.to_integral_value() else f"{figure:,f}"
    symbol = "kr" if currency == "NOK" else currency
    if language == "nb":
        text = text.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")
        return f"{text}\N{NO-BREAK SPACE}{symbol}"
    return f"{symbol}\N{NO-BREAK SPACE}{text}"
