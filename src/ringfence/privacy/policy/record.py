"""The record of processing activities (GDPR art. 30), made from the inventory and the recipients alone.

As rows for a page and a file, and as JSON-LD with the terms of the W3C's Data Privacy Vocabulary.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext

from ringfence.privacy import recipients, register
from ringfence.privacy.inventory import Basis, Category, DeclaredField, Purpose, Source, personal_fields
from ringfence.privacy.policy.drafting import joined
from ringfence.privacy.policy.facts import facts
from ringfence.privacy.policy_text.clause import Language
from ringfence.privacy.policy_text.kept import kept
from ringfence.privacy.recipients import Part, Recipient

CONTEXT: Final = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
}
PURPOSES: Final[Mapping[Purpose, str]] = {
    Purpose.SERVICE: "dpv:ServiceProvision",
    Purpose.COMMUNICATION: "dpv:CommunicationManagement",
    Purpose.IMPROVEMENT: "dpv:ServiceOptimisation",
    Purpose.LEGAL_DUTY: "dpv:LegalCompliance",
}
BASES: Final[Mapping[Basis, str]] = {
    Basis.CONSENT: "eu-gdpr:A6-1-a",
    Basis.CONTRACT: "eu-gdpr:A6-1-b",
    Basis.LEGAL_OBLIGATION: "eu-gdpr:A6-1-c",
    Basis.LEGITIMATE_INTEREST: "eu-gdpr:A6-1-f",
}
CATEGORIES: Final[Mapping[Category, str]] = {
    Category.IDENTITY: "pd:Identifying",
    Category.CONTACT: "pd:Contact",
    Category.CREDENTIAL: "pd:Authenticating",
    Category.DEVICE: "pd:DeviceBased",
    Category.ORDER: "pd:Transactional",
    Category.TRAFFIC: "pd:Communication",
    Category.CONTENT: "pd:Communication",
    Category.CHOICE: "pd:Preference",
    Category.LINK: "pd:Identifying",
}
PARTS: Final[Mapping[Part, str]] = {
    Part.PROCESSOR: "dpv:DataProcessor",
    Part.CONTROLLER: "dpv:ThirdParty",
    Part.GROUP: "dpv:Recipient",
    Part.AUTHORITY: "dpv:Authority",
    Part.CHOSEN: "dpv:Recipient",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """One field in the record, in the language that is active. `part_of` is what its owner knows it as part of."""

    purpose: Purpose
    basis: Basis
    category: Category
    part_of: str
    label: str
    source: str
    kept: str
    recipients: str
    declared: DeclaredField


@dataclass(frozen=True, slots=True)
class Activity:
    """What is done for one purpose on one basis, with the fields it takes."""

    purpose: Purpose
    basis: Basis
    fields: tuple[Kept, ...]

    @property
    def key(self) -> str:
        """Its name in addresses and in the data."""
        return f"{self.purpose.name}-{self.basis.name}".lower().replace("_", "-")


def controller() -> dict[str, Any]:
    """Return who is responsible, and how they are reached."""
    return {
        "name": settings.COMPANY_NAME,
        "number": settings.COMPANY_NUMBER,
        "address": settings.COMPANY_ADDRESS,
        "phone": settings.CONTACT_PHONE,
        "email": settings.CONTACT_EMAIL,
        "group": list(recipients.group_companies()),
        "authority": settings.SUPERVISORY_AUTHORITY,
    }


def activities(language: Language) -> list[Activity]:
    """Return every activity, in the order of purposes and bases."""
    fields = _fields(language)
    pairs = {(one.purpose, one.basis) for one in fields}
    order = [(purpose, basis) for purpose in Purpose for basis in Basis if (purpose, basis) in pairs]
    return [
        Activity(purpose, basis, tuple(one for one in fields if (one.purpose, one.basis) == (purpose, basis)))
        for purpose, basis in order
    ]


def _fields(language: Language) -> list[Kept]:
    titles = {model: gettext(holder.title) for holder in register.holders() for model in holder.models}
    getting, filled = recipients.entered(), facts()
    found = [_kept(one, titles, getting, filled, language) for one in personal_fields()]
    return sorted(found, key=lambda one: (list(Category).index(one.category), one.part_of, one.label))


def _kept(
    one: DeclaredField,
    titles: Mapping[type[models.Model], str],
    getting: list[Recipient],
    filled: Mapping[str, str],
    language: Language,
) -> Kept:
    said = one.declaration
    return Kept(
        said.purpose,
        said.basis,
        said.category,
        titles.get(one.model, ""),
        gettext(one.label),
        gettext(said.source),
        kept(said.retention, filled, language),
        joined(gettext(who.title) for who in getting if str(one) in who.fields),
        one,
    )


def as_linked_data(language: Language, address: str) -> dict[str, Any]:
    """Return the record as JSON-LD in the language that is active; `address` is where it stands."""
    return {
        "@context": CONTEXT,
        "@id": address,
        "@type": "dpv:RegisterOfProcessingActivities",
        "dct:language": language,
        "dct:conformsTo": "GDPR art. 30(1)",
        "dpv:hasDataController": _linked_controller(),
        "dpv:hasAuthority": {
            "@type": "dpv:DataProtectionAuthority",
            "dct:title": settings.SUPERVISORY_AUTHORITY,
        },
        "dpv:hasRecipient": [_linked_recipient(one, address) for one in recipients.entered()],
        "dpv:hasProcess": [_linked_activity(one, address) for one in activities(language)],
    }


def _linked_controller() -> dict[str, Any]:
    said = controller()
    return {
        "@type": "dpv:DataController",
        "dpv:hasName": said["name"],
        "dpv:hasIdentifier": said["number"],
        "dpv:hasAddress": said["address"],
        "dpv:hasContact": [said["email"], said["phone"]],
        "dpv:hasRelationWithOrganisation": [
            {"@type": "dpv:Organisation", "dpv:hasName": name} for name in said["group"]
        ],
    }


def _linked_recipient(one: Recipient, address: str) -> dict[str, Any]:
    return {
        "@id": f"{address}#recipient-{one.key}",
        "@type": PARTS[one.part],
        "dct:title": gettext(one.title),
        "dpv:hasName": one.name(),
        "dct:description": gettext(one.gets),
        "dpv:hasLocation": gettext(one.outside() or recipients.WITHIN),
    }


def _linked_activity(one: Activity, address: str) -> dict[str, Any]:
    getting = [
        who for who in recipients.entered() if {str(kept.declared) for kept in one.fields} & set(who.fields)
    ]
    return {
        "@id": f"{address}#{one.key}",
        "@type": "dpv:Process",
        "dct:title": gettext(one.purpose),
        "dpv:hasPurpose": PURPOSES[one.purpose],
        "dpv:hasLegalBasis": BASES[one.basis],
        "dpv:hasDataSubject": "dpv:Customer",
        "dpv:hasRecipient": [{"@id": f"{address}#recipient-{who.key}"} for who in getting],
        "dpv:hasPersonalData": [_linked_field(kept) for kept in one.fields],
    }


def _linked_field(one: Kept) -> dict[str, Any]:
    third = one.declared.declaration.source is Source.THIRD_PARTY
    return {
        "@type": CATEGORIES[one.category],
        "dct:title": one.label,
        "dct:isPartOf": one.part_of,
        "dpv:hasDataSource": "dpv:ThirdPartyDataSource" if third else "dpv:DataSubjectDataSource",
        "dpv:hasStorageCondition": {"@type": "dpv:StorageDuration", "dct:description": one.kept},
    }
