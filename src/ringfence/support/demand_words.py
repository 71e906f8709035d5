"""The words by which demands in letters are told: what is to be done, and to what (clause 4.2). No Django, no clock.

Each row is tuned on the letters in `tests/support/asking`; a part of those is set aside and only measured.
"""

from collections.abc import Mapping
from typing import Final

from ringfence.privacy.rules import RequestKind
from ringfence.support.demand_rule import Rule
from ringfence.support.demand_stopping import STOPPING

COPY, CHANGE, DELETE, CANCEL = RequestKind.COPY, RequestKind.CHANGE, RequestKind.DELETE, RequestKind.CANCEL


_DATA_NB: Final = (
    r"(?:person|kontakt)?(?:opplysning|opplysing|informasjon)\w*|data(?:ene)?|(?:om|på) (?:meg|mæ|oss|undertegnede)"
    r"|lagre[rt]|lagra|registrert|historikk\w*"
)
_MINE_NB: Final = (
    r"(?:om|på) (?:meg|mæ|oss|undertegnede)|(?:person)?(?:opplysning\w*|data\w*|anrop\w*) (?:mine|våre)"
    r"|(?:mine|våre) (?:person)?(?:opplysning\w*|data\w*|anrop\w*)"
)
_DETAILS_NB: Final = (
    r"(?:etter|for)?navn\w*|namn\w*|\w*adresse\w*|adr|land(?:et)?|(?:mobil|telefon)\w*|e-?post\w*|e?-?mail\w*|firma\w*"
    r"|postnummer\w*|kontaktinfo\w*|(?:person|kontakt)?opplysning\w*"
)
_SOLD_NB: Final = (
    r"\w*bestilling\w*|bestilte|ordre\w*|\w*nummer\w*|nr|kjøp\w*|abonnement\w*|avtale\w*|tj?eneste\w*"
)
_WANTED_NB: Final = r"(?:få|ha|bli|blir|ble|fått|må|skal|kan)\b(?:\W+\w+){0,5}?\W+"
"""What makes a demand of "slettet" and the like, which else tell what was."""

_DATA_EN: Final = (
    r"data|info|information|details|records|(?:about|on|concerning) (?:me|us)|you (?:have|hold|keep|store)"
)
_MINE_EN: Final = (
    r"(?:my|our) (?:own )?(?:personal )?(?:data|info|information|records|file)|(?:about|on|concerning) (?:me|us)"
    r"|(?:relating|pertaining) to (?:me|my)"
)
_DETAILS_EN: Final = (
    r"(?:sur)?names?|\w*address(?:es)?|addr|country|phone|mobile|e-?mails?|mail|company|post ?code|zip"
    r"|contact (?:details|info\w*)|(?:personal )?(?:data|details|information|records)"
)
_SOLD_EN: Final = r"orders?|ordered|numbers?|purchase|bought|subscriptions?|contract|agreement|service|plan"
_WANTED_EN: Final = r"(?:be|being|get|have|want|need)\b(?:\W+\w+){0,6}?\W+"
"""The same of "deleted"."""

RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "nb": (
        Rule(
            COPY,
            r"kopi|kopier|utskrift|utdrag|innsyn\w*|eksport\w*|utlever\w*|portabilitet\w*|oversikt|liste|tilgang til"
            r"|få ut",
            _DATA_NB,
        ),
        Rule(
            COPY,
            r"send[et]?|sendt|oversend\w*|tilsendt|maile?|(?:få|vil|ønsker å|kan jeg) se|vite|laste ned",
            _MINE_NB,
        ),
        Rule(COPY, r"(?:hva|kva|hvilke|kva for)\b.{0,60}\b(?:om|på) (?:meg|oss)"),
        Rule(
            COPY,
            r"(?:ha|få)\b(?:\W+\w+)?\W+(?:dataene|opplysningene) (?:mine|våre)(?!.*\b(?:slett|fjern|rett|endr))",
        ),
        Rule(COPY, r"innsynsbegjæring|rett(?:en)? til innsyn|dataportabilitet"),
        Rule(COPY, r"(?:ber om|krever|begjærer|ønsker|vil ha|få)(?: \w+)? innsyn"),
        Rule(
            DELETE,
            r"slett|slette|slettes|sletter|slettar|sletting\w*|fjern|fjerne|fjernes|fjerner|fjerning"
            r"|avregistrer\w*|makuler\w*|kvitt|ta bort|tar bort"
            rf"|{_WANTED_NB}(?:slett(?:et|a)|fjerne[st]|fjernet|fjerna)",
            rf"\w*konto\w*|bruker(?:en)?|\w*profil\w*|alt|meg|navnet mitt|{_DATA_NB}",
        ),
        Rule(
            DELETE,
            r"avslutte?|legg ned|legge ned|steng|stenge|lukke?|(?:si|sier|seie|seier) opp",
            r"konto\w*|bruker(?:en)?|\w*profil\w*|kundeforhold\w*",
        ),
        Rule(DELETE, r"rett(?:en)? til å bli (?:glemt|gløymt)|sletteplikt\w*|(?:få|ta) meg (?:ut|vekk|bort)"),
        Rule(DELETE, r"ikke (?:lenger )?at dere (?:skal )?(?:har?|beholde|lagrer?|sitter på)", _DATA_NB),
        Rule(
            CHANGE,
            r"endre|endres|endrer|endring|^rett|rett (?:det|opp|den)|rette|rettes|retting|(?:vennligst|og|også) rett"
            r"|oppdater|oppdatere|oppdateres|oppdaterer|korriger|korrigere|korrigeres|korrigerer"
            r"|bytte?(?! leverandør)|bytt ut|noter|notere|ordne|fikse?|legge inn"
            rf"|{_WANTED_NB}(?:endret|endra|rettet|retta|oppdatert|korrigert|byttet)",
            _DETAILS_NB,
        ),
        Rule(CHANGE, r"adresseendring|navneendring|flyttemelding"),
        Rule(CHANGE, r"^ny(?:tt|e)? (?:adr|adresse|telefon|mobil|telefonnummer|mobilnummer|e-?post\w*|mail)"),
        Rule(
            CANCEL,
            r"avbestill|avbestille|avbestiller|avbestilles|avbestilling|kanseller|kansellere|kanselleres|kansellering"
            r"|annuller\w*|angre|angrer|s(?:i|ie|ier|eie|eier)(?:\W+\w+)? opp|oppsigelse|oppseiing"
            r"|avslutte?|avsluttes|avslutning|stoppe?|stanse?|returnere?|hev|heve|hever|gå fra|går fra|trekke meg fra",
            _SOLD_NB,
        ),
        Rule(
            CANCEL,
            r"(?:vil ha|ønsker|krever|kan jeg få|ber om)\b.{0,20}(?:pengene (?:tilbake|igjen)|refusjon|hevet)",
        ),
        Rule(
            CANCEL,
            r"^pengene tilbake|(?:jeg|vi|eg) (?:herved )?avbestiller|sier (?:herved )?opp (?:alt|fra|per)",
        ),
        Rule(CANCEL, r"(?:benytt\w*|bruk\w*|gjøre?)\b.{0,20}\bangrerett\w*|angreskjema"),
        *STOPPING["nb"],
    ),
    "en": (
        Rule(COPY, r"copy|copies|export|printout|list|overview|extract|access to|portability", _DATA_EN),
        Rule(
            COPY,
            r"send|e?mail|provide|supply|give|furnish|receive|see|know|tell me (?:what|which)"
            r"|(?:ask|asking) (?:you )?for|disclose|hand over|download",
            _MINE_EN,
        ),
        Rule(COPY, r"(?:what|which)\b.{0,60}\b(?:about|on|concerning) (?:me|us)"),
        Rule(
            COPY,
            r"(?:want|need|get|have|like)\b(?:\W+(?!you\b)\w+){0,3}?\W+my (?:own )?(?:personal )?"
            r"(?:data|information|records)"
            r"(?!.*\b(?:delet|eras|remov|wip|gone|correct|chang|updat))",
        ),
        Rule(COPY, r"(?:get|send|receive)\b.{0,30}\b(?:stored|call log|calls)", r"my|me"),
        Rule(
            COPY,
            r"(?:subject|data) access request|article 15"
            r"|(?:send|give|provide)\b.{0,20}everything you (?:have|hold|store)d?",
        ),
        Rule(
            DELETE,
            r"delete|deletion|deleting|erase|erasure|remove|removal|wipe|gone|get rid of|scrub|take down"
            r"|(?:take|get) (?:me|us) (?:off|out of)|purge|destroy|deregister|unregister"
            rf"|{_WANTED_EN}(?:deleted|erased|removed|wiped)",
            rf"accounts?|profile|everything|me|my name|{_DATA_EN}",
        ),
        Rule(DELETE, r"close|terminate|shut down|cancel|deactivate", r"account|profile"),
        Rule(DELETE, r"right to be forgotten|right (?:to|of) erasure|erasure request"),
        Rule(DELETE, r"(?:not|no longer) want you to (?:keep|store|hold|have)", _DATA_EN),
        Rule(
            CHANGE,
            r"change|correct|correction|update|rectify|amend|fix|switch|swap|replace|make a note of|note it"
            r"|sort (?:it|this) out|put\b.*\bin place of"
            rf"|{_WANTED_EN}(?:corrected|updated|changed|rectified|amended|fixed)",
            _DETAILS_EN,
        ),
        Rule(CHANGE, r"^(?:my |our |the )?new (?:addr|address|phone|phone number|mobile|e-?mail)"),
        Rule(
            CANCEL,
            r"cancel|cancellation|withdraw from|end|terminate|halt"
            r"|stop(?! (?:using|processing|noting|logging|tracking))"
            r"|return|returning|discontinue|annul"
            rf"|{_WANTED_EN}(?:cancell?ed|voided|annulled|stopped)",
            _SOLD_EN,
        ),
        Rule(
            CANCEL,
            r"(?:use|using|exercise|exercising|invoke)\b.{0,30}\bright (?:of|to) (?:withdraw\w*|cancel)",
        ),
        Rule(CANCEL, r"changed my mind|^money back|hereby cancel|give notice(?! that)"),
        Rule(CANCEL, r"(?:want|like|request|requesting|claim|demand|have)\b.{0,20}(?:refund|money back)"),
        *STOPPING["en"],
    ),
}
"""By language."""

REFUSED: Final[Mapping[str, str]] = {
    "nb": r"(?<!får )(?<!klarer )(?:ikke|ikkje|aldri|uten å|i ?stedet for å|heller enn å)",
    "en": r"(?:not|never|don[’']?t|without|instead of|rather than|no longer (?:want|wish) to)",
}
"""What says no to the word behind it."""

PASSED_OVER: Final[Mapping[str, Mapping[str, str]]] = {
    "nb": {
        "condition": r"\b(?:hvis|dersom|når|om) (?:jeg|eg|vi|man)\b|\b(?:hvis|dersom)\b.*\b(?:kommer|må) (?:jeg|vi)\b",
        "doubt": r"\b(?:vurderer|tenker på|lurer på om jeg|kanskje|sjefen)\b",
        "question": r"^(?:hvordan|hvor|når|hva skjer|hva er|hvorfor|koster)\b"
        r"|\b(?:kan|må) man\b|\bman kan\b|\bmå jeg\b",
        "past": r"^(?!.*\b(?:vil|kan|blir?|vennligst|ber|ønsker|må|skal)\b)"
        r".*\b(?:takk for (?:at|hjelpen)|flott at|glem det|har dere|avbestilte|slettet|endret|sa opp)\b",
        "third": r"\b(?:hans|hennes|min (?:nabo|kollega|venn|mor|far|kone|mann|sønn|datter)|moren min|faren min)\b",
        "notice": r"\b(?:fortrolig|mottatt (?:den|denne)?.{0,20}ved en feil|nyhetsbrev\w*)\b",
        "offer": r"\bvi (?:hjelper|tilbyr|selger)\b",
    },
    "en": {
        "condition": r"\bif (?:I|we|one)\b|\bunless\b|\bif you\b.*\b(?:I|we) (?:will|shall|have to|am going)\b"
        r"|\bif you\b.*\bI[’']ll\b",
        "doubt": r"\b(?:thinking (?:about|of)|considering|wondering if I|my boss)\b",
        "question": r"^(?:how (?:do|long|much)|when|where|what happens|what (?:is|are)|why)\b|\bmyself\b"
        r"|\bdo (?:I|we) have to\b|\bone (?:may|can)\b|^do you\b",
        "past": r"\b(?:thanks|thank you) for\b|\bgreat that\b|\bforget what\b|\bhave you\b.*ed\b"
        r"|\bI (?:deleted|cancelled|changed|removed)\b",
        "third": r"\b(?:his|her) (?:account|data|number)"
        r"|\bmy (?:neighbou?r|colleague|friend|mother|father|wife|husband)\b",
        "notice": r"\b(?:intended recipient|confidential|in error|newsletter|mailing list)\b",
        "offer": r"\bwe (?:help|offer|sell)\b",
    },
}
"""Sentences that only speak of something: a condition, a doubt, a question how, what was, somebody else, a footer."""

POINTS_ELSEWHERE: Final[Mapping[str, str]] = {
    "nb": r"\b(?:det|den|dem|de|dette|disse)\b",
    "en": r"\b(?:it|them|this|these|one|that)\b",
}
"""Words that mean a thing named close by."""

SMALL_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "nb": frozenset(
        [
            "jeg",
            "eg",
            "du",
            "dere",
            "de",
            "det",
            "den",
            "en",
            "et",
            "er",
            "har",
            "kan",
            "vil",
            "ikke",
            "og",
            "å",
            "på",
            "til",
            "av",
            "for",
            "med",
            "som",
            "hei",
            "takk",
            "mvh",
        ]
    ),
    "en": frozenset(
        [
            "i",
            "you",
            "we",
            "it",
            "the",
            "a",
            "an",
            "is",
            "are",
            "have",
            "can",
            "will",
            "not",
            "and",
            "to",
            "of",
            "on",
            "for",
            "with",
            "that",
            "hi",
            "hello",
            "please",
        ]
    ),
}
"""The words by which the language of a letter is told in which nothing else was recognised."""
