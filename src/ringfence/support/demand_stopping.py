"""The words by which a letter asks to use data less, or objects to its use (GDPR articles 18 and 21; clause 4.2)."""

from collections.abc import Mapping
from typing import Final

from ringfence.privacy.rules import RequestKind
from ringfence.support.demand_rule import Rule

RESTRICT, OBJECT = RequestKind.RESTRICT, RequestKind.OBJECT

_USE_NB: Final = (
    r"behandl\w*|\w*bruk(?:en)?(?: av)?|(?:person|kontakt)?(?:opplysning|opplysing)\w*|(?:person|bruks)?data(?:ene)?"
    r"|profilering\w*|analyse\w*"
)
_USE_EN: Final = (
    r"process\w*|(?:use|usage|handling|using|keeping|collecting|logging) (?:of )?(?:my|our|the|it|data|where"
    r"|information)"
    r"|(?:my|our|the|its) (?:own )?(?:personal )?(?:data|information|details|records|use)|data (?:about|on) me"
    r"|profiling|analytics"
)

STOPPING: Final[Mapping[str, tuple[Rule, ...]]] = {
    "nb": (
        Rule(
            RESTRICT,
            r"begrens|begrense|begrenses|begrenser|begrensa|begrenset|begrensning\w*|begrensing\w*|avgrens\w*"
            r"|frys|fryse|fryses|innskrenk\w*|sperr|sperre|sperres",
            _USE_NB,
        ),
        Rule(
            RESTRICT,
            r"(?:sett?e?|legge?|settes) (?:\w+ ){0,4}(?:på vent|på is)|(?:stanse?|stoppe?) (?:all )?bruk(?:en)?",
            _USE_NB,
        ),
        Rule(
            RESTRICT,
            r"(?:bare|kun) (?:lagre|oppbevare|ha dem liggende)|lagre,? (?:men )?ikke bruke?"
            r"|(?:bruk|bruke) (?:\w+ ){0,3}mindre",
        ),
        Rule(
            RESTRICT,
            r"(?:artikkel|art\.?) 18|(?:ber om|krever|ønsker) begrens\w*"
            r"|rett(?:en)? til (?:å få )?(?:begrens|avgrens)\w*",
        ),
        Rule(
            OBJECT,
            r"protester\w*|protest|motset(?:ter|te|t) (?:jeg |vi |eg |man )?(?:meg|oss)|motset(?:ter|te) meg"
            r"|innsigelse\w*|reserver\w* (?:jeg |vi )?(?:meg|oss)|(?:går|er) imot|innvend\w*",
            rf"{_USE_NB}|markedsføring\w*|(?:at|om) dere (?:bruker|behandler|lagrer|noterer|logger|registrerer|sporer)",
        ),
        Rule(
            OBJECT,
            r"(?:slutt|slutte|stopp|stanse?) (?:å |med å |og )?"
            r"(?:bruke?|behandle?|behandlingen|notere?|loggføre|logge|spore|analysere)",
            r"opplysning\w*|\w*data(?:ene)?|(?:om|av|på) meg|hvor jeg|mine|meg",
        ),
        Rule(OBJECT, r"(?:artikkel|art\.?) 21|rett(?:en)? til å (?:protestere|motsette)|innsigelsesrett\w*"),
    ),
    "en": (
        Rule(
            RESTRICT,
            r"restrict|restricts|restricted|restricting|restriction|limit|limited|limiting|freeze|frozen|quarantine",
            _USE_EN,
        ),
        Rule(RESTRICT, r"(?:put|place|keep) (?:\w+ ){0,5}on (?:hold|ice)|(?:pause|suspend|halt)", _USE_EN),
        Rule(
            RESTRICT,
            r"(?:only|just) (?:store|keep) (?:\w+ ){0,5}(?:do not|don[’']?t|and not|without) us\w+"
            r"|use (?:\w+ ){0,3}data less",
        ),
        Rule(
            RESTRICT,
            r"(?:article|art\.?) 18|(?:request|requesting|demand|ask for) restriction|right (?:to|of) restrict\w*",
        ),
        Rule(
            OBJECT,
            r"object|objecting|objection|opt out|opting out|protest|oppose",
            rf"{_USE_EN}|marketing|(?:you|your) (?:using|use|processing|keeping|noting|logging|tracking)|how you use",
        ),
        Rule(
            OBJECT,
            r"stop (?:using|processing|noting|logging|tracking|analysing|analyzing|profiling)",
            r"(?:my|our)\b.{0,20}|(?:about|on) me|where I|me",
        ),
        Rule(OBJECT, r"(?:article|art\.?) 21|right to object"),
    ),
}
"""By language."""
