"""The words by which demands in letters are told: what is to be done, and to what (clause 4.2). No Django, no clock.

Each row is tuned on the letters in `tests/support/asking`; a part of those is set aside and only measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ringfence.privacy.rules import RequestKind

COPY, CHANGE, DELETE, CANCEL = RequestKind.COPY, RequestKind.CHANGE, RequestKind.DELETE, RequestKind.CANCEL


@dataclass(frozen=True, slots=True)
class Rule:
    """A word for what is to be done, and one for what it is to be done to; without the latter the first is enough."""

    kind: RequestKind
    act: str
    thing: str = ""


_DATA_NB: Final = (
    r"(?:person|kontakt)?(?:opplysning|opplysing|informasjon)\w*|data(?:ene)?|(?:om|på) (?:meg|oss|undertegnede)"
    r"|lagre[rt]|lagra|registrert|historikk\w*"
)
_MINE_NB: Final = (
    r"(?:om|på) (?:meg|oss|undertegnede)|(?:person)?(?:opplysning\w*|data\w*) (?:mine|våre)"
    r"|(?:mine|våre) (?:person)?(?:opplysning\w*|data\w*)"
)
_DETAILS_NB: Final = (
    r"(?:etter|for)?navn\w*|namn\w*|\w*adresse\w*|(?:mobil|telefon)\w*|e-?post\w*|e?-?mail\w*|firma\w*|postnummer\w*"
    r"|kontaktinfo\w*|(?:person|kontakt)?opplysning\w*"
)
_SOLD_NB: Final = r"\w*bestilling\w*|ordre\w*|\w*nummer\w*|nr|kjøp\w*|abonnement\w*|avtale\w*|teneste\w*|tjeneste\w*"
_DATA_EN: Final = (
    r"(?:data|info|information|details|records)|(?:about|on|concerning) (?:me|us)|you (?:have|hold|keep|store)"
)
_MINE_EN: Final = (
    r"(?:my|our) (?:own )?(?:personal )?(?:data|info|information|records)|(?:about|on|concerning) (?:me|us)"
    r"|(?:relating|pertaining) to (?:me|my)"
)
_DETAILS_EN: Final = (
    r"(?:sur)?names?|\w*address(?:es)?|phone|mobile|e-?mails?|mail|company|post ?code|zip|contact (?:details|info\w*)"
    r"|(?:personal )?(?:data|details|information|records)"
)
_SOLD_EN: Final = r"orders?|numbers?|purchase|subscriptions?|contract|agreement|service|plan"

RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "nb": (
        Rule(COPY, r"kopi|kopier|utskrift|innsyn\w*|eksport\w*|utlever\w*|portabilitet\w*|oversikt", _DATA_NB),
        Rule(COPY, r"sende?|oversend\w*|tilsendt|(?:få|vil|ønsker å|kan jeg) se|vite", _MINE_NB),
        Rule(COPY, r"(?:hva|kva|hvilke|kva for)\b.{0,40}\b(?:lagre[rt]|lagra|har|vet|veit|samle[rt])", _MINE_NB),
        Rule(COPY, r"innsynsbegjæring|rett(?:en)? til innsyn|dataportabilitet"),
        Rule(
            DELETE,
            r"slett|slette|slettes|sletter|slettar|sletting\w*|fjern|fjerne|fjernes|fjerner|fjerning|avregistrer\w*|makuler\w*"
            r"|(?:få|ha|bli|blir|ble|fått)\b(?:\W+\w+){0,5}?\W+(?:slett(?:et|a)|fjerne[st]|fjerna)"
            r"|slettet (?:kontoen|brukeren|alt|data)",
            rf"\w*konto\w*|bruker(?:en)?|profil\w*|alt|meg|{_DATA_NB}",
        ),
        Rule(
            DELETE,
            r"avslutte?|legg ned|legge ned|steng|stenge|lukke?",
            r"konto\w*|bruker(?:en)?|profil\w*|kundeforhold\w*",
        ),
        Rule(DELETE, r"rett(?:en)? til å bli (?:glemt|gløymt)|sletteplikt\w*"),
        Rule(
            CHANGE,
            r"endre|endres|endrer|endring|rett (?:det|opp|den)|rette|rettes|(?:vennligst|og|også) rett"
            r"|oppdater|oppdatere|oppdateres|oppdaterer|korriger|korrigere|korrigeres|korrigerer|bytte?|bytt ut"
            r"|få byttet|få endret|få rettet|få oppdatert",
            _DETAILS_NB,
        ),
        Rule(CHANGE, r"adresseendring|navneendring|flyttemelding"),
        Rule(
            CANCEL,
            r"avbestill|avbestille|avbestiller|avbestilles|avbestilling|kanseller|kansellere|kanselleres|kansellering"
            r"|angre|angrer|s(?:i|ie|ier|eie|eier)(?:\W+\w+)? opp|oppsigelse|oppseiing|avslutte?|avsluttes|avslutning|stoppe?"
            r"|returnere?|hev|heve|hever|gå fra|går fra|trekke meg fra",
            _SOLD_NB,
        ),
        Rule(CANCEL, r"(?:vil ha|ønsker|krever|kan jeg få|ber om)\b.{0,20}(?:pengene (?:tilbake|igjen)|refusjon)"),
        Rule(CANCEL, r"(?:benytt\w*|bruk\w*|gjøre?)\b.{0,20}\bangrerett\w*|angreskjema"),
    ),
    "en": (
        Rule(COPY, r"copy|copies|export|printout|access to|portability", _DATA_EN),
        Rule(
            COPY,
            r"send|provide|supply|give|furnish|receive|see|tell me|know|(?:ask|asking) (?:you )?for|disclose|hand over",
            _MINE_EN,
        ),
        Rule(
            COPY, r"(?:what|which)\b.{0,40}\b(?:have|hold|store|keep|know|collected)", r"(?:about|on) (?:me|us)"
        ),
        Rule(COPY, r"(?:subject|data) access request|article 15|everything you (?:have|hold|store)d?"),
        Rule(
            DELETE,
            r"delete|deleted|deletion|deleting|erase|erased|erasure|remove|removed|removal|wipe|gone|get rid of"
            r"|take (?:me|us) off|purge|destroy|deregister|unregister",
            rf"accounts?|profile|everything|me|{_DATA_EN}",
        ),
        Rule(DELETE, r"close|terminate|shut down|cancel|deactivate", r"account|profile"),
        Rule(DELETE, r"right to be forgotten|right (?:to|of) erasure|erasure request"),
        Rule(DELETE, r"not want you to (?:keep|store|hold|have)", _DATA_EN),
        Rule(
            CHANGE,
            r"change|correct|corrected|correction|update|updated|rectify|rectified|amend|amended|fix|switch|replace"
            r"|make a note of",
            _DETAILS_EN,
        ),
        Rule(
            CANCEL,
            r"cancel|cancell?ed|cancellation|withdraw from|end|terminate|stop|return|returning|discontinue",
            _SOLD_EN,
        ),
        Rule(
            CANCEL,
            r"(?:use|using|exercise|exercising|invoke)\b.{0,30}\bright (?:of|to) (?:withdraw\w*|cancel)|changed my mind",
        ),
        Rule(CANCEL, r"(?:want|like|request|requesting|claim)\b.{0,20}(?:refund|money back)"),
    ),
}
"""By language."""

REFUSED: Final[Mapping[str, str]] = {
    "nb": r"(?<!får )(?<!klarer )(?:ikke|ikkje|aldri|uten å)",
    "en": r"(?:not|never|don[’']?t|without|no longer (?:want|wish) to)",
}
"""What says no to the word behind it."""

PASSED_OVER: Final[Mapping[str, Mapping[str, str]]] = {
    "nb": {
        "condition": r"\b(?:hvis|dersom|når|om) (?:jeg|eg|vi|man)\b|\b(?:hvis|dersom)\b.*\b(?:kommer|må) (?:jeg|vi)\b",
        "doubt": r"\b(?:vurderer|tenker på|lurer på om jeg|kanskje)\b",
        "question": r"^(?:hvordan|hvor|når|hva skjer|hvorfor|koster)\b|\b(?:kan|må) man\b|\bmå jeg\b",
        "past": r"^(?!.*\b(?:vil|kan|vennligst|ber|ønsker|må|skal)\b)"
        r".*\b(?:takk for (?:at|hjelpen)|glem det|har dere|avbestilte|slettet|endret|sa opp)\b",
        "third": r"\b(?:hans|hennes|min (?:nabo|kollega|venn|mor|far|kone|mann|sønn|datter)|moren min|faren min)\b",
        "notice": r"\b(?:fortrolig|mottatt (?:den|denne)?.{0,20}ved en feil|nyhetsbrev\w*)\b",
    },
    "en": {
        "condition": r"\bif (?:I|we|one)\b|\bunless\b|\bif you\b.*\b(?:I|we) (?:will|shall|have to|am going)\b"
        r"|\bif you\b.*\bI[’']ll\b",
        "doubt": r"\b(?:thinking (?:about|of)|considering|wondering if I)\b",
        "question": r"^(?:how (?:do|long|much)|when|where|what happens|what is|why)\b|\bmyself\b|\bdo (?:I|we) have to\b",
        "past": r"\b(?:thanks|thank you) for\b|\bforget what\b|\bhave you\b.*ed\b|\bI (?:deleted|cancelled|changed|removed)\b",
        "third": r"\b(?:his|her) (?:account|data|number)|\bmy (?:neighbou?r|colleague|friend|mother|father|wife|husband)\b",
        "notice": r"\b(?:intended recipient|confidential|in error|newsletter|mailing list)\b",
    },
}
"""Sentences that only speak of something: a condition, a doubt, a question how, what was, somebody else, a footer."""

POINTS_BACK: Final[Mapping[str, str]] = {
    "nb": r"\b(?:det|den|dem|de|dette|disse)\b",
    "en": r"\b(?:it|them|this|these|one|that)\b",
}
"""Words that mean a thing named just before."""

SMALL_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "nb": frozenset("jeg eg du dere de det den en et er har kan vil ikke og å på til av for med som hei takk mvh".split()),
    "en": frozenset("i you we it the a an is are have can will not and to of on for with that hi hello please".split()),
}
"""The words by which the language of a letter is told in which nothing else was recognised."""
