"""Section 2, last part: how long data is kept, and its end."""

from typing import Final

from ringfence.privacy.policy_text.clause import Clause, Stricter

CLAUSES: Final[tuple[Clause, ...]] = (
    Clause(
        "2.8",
        2,
        nb="Vi lagrer opplysninger bare så lenge formålene vi er enige om, krever det, og bruker dem bare "
        "slik vi er enige om. Kontoopplysninger: så lenge du er kunde, og {account_days:dag|dager} etterpå. "
        "Innlogginger: {access_days:dag|dager}. Samtaler: {traffic_days:dag|dager} etter "
        "samtalen. SMS og talepost: {messages_days:dag|dager}, eller til du sletter dem. Henvendelser: "
        "{support_years:år|år} etter at de er avsluttet. Papirer som et nummer krever: {papers_days:dag|dager} "
        "etter avgjørelsen. Valgene dine: {consent_years:år|år} etter at de "
        "tok slutt.",
        en="We store data only as long as the purposes we agreed on need it, and use it only as agreed. "
        "Account details: while you are a customer, and {account_days:day|days} after. Sign-ins: "
        "{access_days:day|days}. Calls: {traffic_days:day|days} after the call. SMS and voicemail: "
        "{messages_days:day|days}, or until you delete them. Messages to us: {support_years:year|years} "
        "after they are closed. Papers that a number needs: {papers_days:day|days} after the decision. "
        "Your choices: {consent_years:year|years} after they ended.",
        stricter=Stricter(
            "Ekomloven § 3-11, bokføringsloven § 13, GDPR art. 17(3), 18",
            nb="Opplysninger om samtaler blir slettet når regningen ikke lenger kan bestrides. Det "
            "regnskapet må vise, må vi beholde i {books_years:år|år} etter at regnskapsåret er slutt. Det "
            "blir ikke brukt til noe annet. Krever loven i et enkelt tilfelle at noe blir tatt vare på lenger, "
            "avgjør to av oss det sammen: bare for det som trengs, og med en dato for når det slutter. Du ser "
            "det på kontoen din, eller så snart vi har lov til å si det.",
            en="Data about calls is erased when the bill can no longer be disputed. What the books must "
            "show we have to keep for {books_years:year|years} after the end of the financial year. It is "
            "used for nothing else. Where the law in a single case asks for something to be kept longer, two "
            "of us decide it together: for what is needed alone, and with a date on which it ends. You see "
            "it in your account, or as soon as we are allowed to say so.",
            to_confirm=True,
        ),
    ),
    Clause(
        "2.9",
        2,
        nb="Etterpå blir de slettet fra systemet. Sletting er sletting: heller ikke sikkerhetskopiene kan "
        "leses, senest {erasure_final_days:dag|dager} etter. Du får en kvittering.",
        en="After that it is deleted from the system. Deleted means deleted: the backups, too, can no "
        "longer be read, at the latest {erasure_final_days:day|days} after. You get a receipt.",
    ),
)
"""Clauses 2.8 and 2.9."""
