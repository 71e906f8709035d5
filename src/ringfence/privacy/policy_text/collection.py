"""Sections 0 and 1: who we are; what we collect and where it comes from."""

from typing import Final

from ringfence.privacy.policy_text.clause import Clause, Stricter

CLAUSES: Final[tuple[Clause, ...]] = (
    Clause(
        "0.1",
        0,
        nb="«Vi» er {company}, sammen med morselskap og datterselskaper ({group_companies}). «Du» er alle "
        "som bruker produktene og tjenestene våre, også når du bare ser deg rundt på nettstedet.",
        en="“We” are {company}, together with its parent and subsidiary companies ({group_companies}). "
        "“You” are anyone who uses our products and services, also when you are only looking around on the "
        "site.",
        stricter=Stricter(
            "GDPR art. 13(1)(a)",
            nb="{company} er behandlingsansvarlig. Opplysninger om deg kan bare deles med selskapene som er "
            "nevnt her, og hver deling blir ført i en protokoll du kan se.",
            en="{company} is the controller. Data about you can be shared only with the companies named "
            "here, and each time it is shared goes into a record that you can see.",
        ),
    ),
    Clause(
        "1.1",
        1,
        nb="Vi samler inn flere slags opplysninger, av to grunner: for å levere produktene og tjenestene, "
        "og for å gjøre dem bedre.",
        en="We collect several kinds of data, for two reasons: to deliver our products and services, and to "
        "make them better.",
        stricter=Stricter(
            "GDPR art. 5(1)(c), 6, 13(1)(c)",
            nb="Vi tar bare imot det vi trenger. Hvert felt vi lagrer, har et oppgitt formål, et rettslig "
            "grunnlag og en frist for sletting, og du finner listen på kontoen din.",
            en="We take in only what we need. Every field we store has a stated purpose, a legal basis and "
            "a date by which it goes, and you find the list in your account.",
        ),
    ),
    Clause(
        "1.2",
        1,
        nb="Opplysningene kommer fra deg når du registrerer deg, når du logger inn, og mens du bruker "
        "tjenestene.",
        en="The data comes from you when you register, when you sign in, and while you use the services.",
    ),
    Clause(
        "1.3",
        1,
        nb="Noe kan også komme fra andres produkter, der loven tillater det: for eksempel når du logger inn "
        "med en konto du har et annet sted, eller når en operatør melder om en samtale til nummeret ditt.",
        en="Some may also come from other companies’ products, where the law allows it: when you sign in "
        "with an account you have elsewhere, say, or when a carrier reports a call to your number.",
        stricter=Stricter(
            "GDPR art. 5(1)(c), 14",
            nb="Det vi ikke har bruk for i det de sender, kaster vi før noe blir lagret.",
            en="Whatever we have no use for in what they send, we throw away before anything is stored.",
        ),
    ),
    Clause(
        "1.4",
        1,
        nb="Det skjer gjennom skjemaer på nettstedet, informasjonskapsler, det du skriver til kundestøtten, "
        "og lignende veier.",
        en="It reaches us through forms on the site, cookies, what you write to support, and similar ways.",
        stricter=Stricter(
            "Ekomloven § 3-15",
            nb="Informasjonskapsler som ikke er strengt nødvendige, blir ikke satt før du har sagt ja. Det "
            "er like lett å si nei, og du kan ombestemme deg når som helst nederst på siden.",
            en="Cookies that are not strictly necessary are not set until you have said yes. Saying no is "
            "just as easy, and you can change your mind at any time at the foot of the page.",
            to_confirm=True,
        ),
    ),
)
"""Clauses 0.1 to 1.4."""
