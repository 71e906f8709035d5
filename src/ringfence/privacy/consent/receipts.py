"""What proves choices, as their owner takes it home: ISO/IEC TS 27560 in JSON-LD, with the words of W3C's DPV."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from ringfence.kernel.public_ids import NotAPublicId, new_id, parse, public_id
from ringfence.privacy.consent.actions import TOLD
from ringfence.privacy.consent.models import ConsentRecord
from ringfence.privacy.consent.notices import RECIPIENT
from ringfence.privacy.consent.rules import Extra, Said, valid
from ringfence.privacy.rules import KEPT

Receipt = dict[str, Any]

CONTEXT: Final[Mapping[str, str]] = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "pd": "https://w3id.org/dpv/pd#",
    "schema": "https://schema.org/",
}
SCHEMA: Final = "https://w3id.org/dpv/schema/dpv-27560#"
STATUS: Final[Mapping[str, str]] = {
    Said.GIVEN: "dpv:ConsentGiven",
    Said.REFUSED: "dpv:ConsentRefused",
    Said.WITHDRAWN: "dpv:ConsentWithdrawn",
}


def of_browser(visitor: UUID, at: datetime) -> Receipt | None:
    """Return the receipt of a browser's choices that are nobody's, or of the same person as its newest one."""
    newest = ConsentRecord.objects.filter(visitor=visitor).order_by("-decided_at", "pk").first()
    if newest is None:
        return None
    return _receipt(ConsentRecord.objects.filter(visitor=visitor, subject=newest.subject), at)


def of_person(subject: UUID, at: datetime) -> Receipt | None:
    """Return the receipt of all choices of a person."""
    rows = ConsentRecord.objects.filter(subject=subject)
    return _receipt(rows, at) if rows.exists() else None


def of_record(subject: UUID, record: str, at: datetime) -> Receipt | None:
    """Return the receipt of one choice of a person, by its public id."""
    try:
        key = parse(record, "con")
    except NotAPublicId:
        return None
    rows = ConsentRecord.objects.filter(subject=subject, pk=key)
    return _receipt(rows, at) if rows.exists() else None


def _receipt(rows: Any, at: datetime) -> Receipt:
    identifier = str(new_id())
    found = rows.select_related("notice", "version").order_by("decided_at", "pk")
    return {
        "@context": dict(CONTEXT),
        "@id": f"urn:uuid:{identifier}",
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": identifier,
        "dct:conformsTo": f"{SCHEMA}receipt-eu-gdpr",
        "dct:created": _moment(at),
        "dct:publisher": str(settings.COMPANY_NAME),
        "schema:recipient": "dpv:DataSubject",
        "dpv:hasRecordOfActivity": [_record(row, at) for row in found],
    }


def _record(row: ConsentRecord, at: datetime) -> dict[str, Any]:
    """Return one record: header, processing, parties, notice, rights and events."""
    identifier, pages = public_id("con", row.pk), f"{settings.PUBLIC_ORIGIN}/{row.language}"
    return {
        "@id": f"{pages}/{_page(row)}#{identifier}",
        "@type": "dpv:ConsentRecord",
        "dct:identifier": identifier,
        "dct:conformsTo": f"{SCHEMA}record-eu-gdpr",
        "dpv:hasDataSubject": {"@id": f"urn:uuid:{row.subject or row.visitor}", "@type": "dpv:DataSubject"},
        "dpv:hasDataController": {
            "@type": "dpv:DataController",
            "dpv:hasName": str(settings.COMPANY_NAME),
            "dpv:hasContact": [f"mailto:{settings.CONTACT_EMAIL}", f"tel:{settings.CONTACT_PHONE}"],
        },
        "dpv:hasJurisdiction": f"loc:{settings.SELLER_COUNTRY}",
        "dpv:hasApplicableLaw": "eu-gdpr:GDPR",
        "dpv:hasProcess": _process(row.purpose),
        "dpv:hasNotice": _notice(row, pages),
        "dpv:hasConsentControl": {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dpv:isExercisedAt": f"{pages}/{_page(row)}",
        },
        "dpv:hasRight": [
            _right("eu-gdpr:A7-3", f"{pages}/{_page(row)}"),
            _right("eu-gdpr:A77", str(settings.SUPERVISORY_AUTHORITY)),
        ],
        "dpv:hasConsentStatus": list(_events(row, at)),
    }


def _right(article: str, where: str) -> dict[str, Any]:
    return {"@type": ["dpv:DataSubjectRight", article], "dpv:isExercisedAt": where}


def _notice(row: ConsentRecord, pages: str) -> dict[str, Any]:
    """Return the question word for word, and the version of the terms that was in force."""
    version = "" if row.version_id is None else f"{row.version_id}/"
    return {
        "@id": f"{pages}/{_page(row)}#question-{row.notice_id[:TOLD]}",
        "@type": "dpv:ConsentNotice",
        "dct:language": row.language,
        "dct:date": _moment(row.notice.first_shown_at),
        "dct:description": row.notice.text[row.language],
        "dct:isPartOf": f"{pages}/policy/{version}",
    }


def _page(row: ConsentRecord) -> str:
    """Return where the question stands and is answered otherwise."""
    return "account/notices/" if row.purpose == Extra.NEWS else "cookies/"


def _process(purpose: str) -> dict[str, Any]:
    statistics: dict[str, Any] = {
        "dpv:hasPurpose": "dpv:ServiceUsageAnalytics",
        "dpv:hasPersonalData": ["pd:BrowsingBehaviour", "pd:IPAddress", "pd:DeviceSoftware"],
        "dpv:hasRecipient": {"@type": "dpv:ThirdParty", "dpv:hasName": RECIPIENT},
    }
    news: dict[str, Any] = {
        "dpv:hasPurpose": "dpv:DirectMarketing",
        "dpv:hasPersonalData": ["pd:EmailAddress"],
    }
    what = "the choice" if purpose == Extra.NEWS else "the cookies and the choice"
    return {
        "@type": "dpv:Process",
        "dpv:hasLegalBasis": "eu-gdpr:A6-1-a",
        "dpv:hasDataSource": "dpv:DataSubject",
        **(news if purpose == Extra.NEWS else statistics),
        "dpv:hasStorageCondition": [
            {
                "@type": "dpv:StorageDuration",
                "dct:description": what,
                "dpv:hasDuration": f"P{valid(purpose).days}D",
            },
            {
                "@type": "dpv:StorageDuration",
                "dct:description": "this record, after the choice has stopped counting",
                "dpv:hasDuration": f"P{KEPT['consent']['years']}Y",
            },
        ],
    }


def _events(row: ConsentRecord, at: datetime) -> Iterable[dict[str, Any]]:
    """Yield what was said, until when it counts, and perhaps that its time is over."""
    is_given = row.state == Said.GIVEN
    yield {
        "@type": [STATUS[row.state], "dpv:ExpressedConsent"] if is_given else [STATUS[row.state]],
        "dpv:isIndicatedBy": "dpv:DataSubject",
        "dpv:hasIndicationMethod": row.means,
        "dpv:isIndicatedAtTime": _moment(row.decided_at),
        "dct:valid": _moment(row.replaced_at or row.ends_at),
        **({"dct:provenance": "Global Privacy Control"} if row.signal else {}),
    }
    if is_given and row.replaced_at is None and row.ends_at <= at:
        yield {
            "@type": ["dpv:ConsentExpired"],
            "dpv:isIndicatedBy": "dpv:DataController",
            "dpv:isIndicatedAtTime": _moment(row.ends_at),
        }


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds")
