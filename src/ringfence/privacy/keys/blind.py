"""Blind indexes: find a sealed value exactly, without ever storing it (privacy-core section 2)."""

from collections.abc import Iterable
from uuid import UUID

from ringfence.privacy.guarded import require_action
from ringfence.privacy.keys.models import BlindIndex
from ringfence.privacy.ports import key_store


class Taken(Exception):
    """The value already belongs to somebody else."""


def digest(kind: str, value: str) -> bytes:
    """Return the keyed digest of a value that the caller has normalised."""
    return key_store().mac(f"index:{kind}", value.encode())


def find(kind: str, value: str) -> UUID | None:
    """Return whose value it is, or None."""
    return (
        BlindIndex.objects.filter(kind=kind, digest=digest(kind, value))
        .values_list("subject", flat=True)
        .first()
    )


def owners(kind: str, digests: Iterable[bytes]) -> dict[bytes, UUID]:
    """Return whose each of many values is, by digest; those of nobody are left out."""
    found = BlindIndex.objects.filter(kind=kind, digest__in=[*digests]).values_list("digest", "subject")
    return {bytes(digest): subject for digest, subject in found}


def claim(kind: str, value: str, subject: UUID) -> None:
    """Give a value to a person, in the running action. Raises Taken when another person has it."""
    require_action("a blind index")
    found, _made = BlindIndex.objects.get_or_create(
        kind=kind, digest=digest(kind, value), defaults={"subject": subject}
    )
    if found.subject != subject:
        raise Taken(kind)


def release(kind: str, value: str, subject: UUID) -> None:
    """Take a value from a person, in the running action."""
    BlindIndex.objects.filter(kind=kind, digest=digest(kind, value), subject=subject).delete()
