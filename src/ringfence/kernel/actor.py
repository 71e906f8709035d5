"""Who does something: every write names its actor."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """The five kinds of actor the house knows."""

    CUSTOMER = "customer"
    STAFF = "staff"
    SYSTEM = "system"
    CARRIER = "carrier"
    STRANGER = "stranger"


class Role(StrEnum):
    """What a member of staff may be trusted with."""

    SUPPORT = "support"
    OPERATIONS = "operations"
    PRIVACY = "privacy"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Actor:
    """The hand behind an action. `purpose` is required of staff who look at a person (clause 2.1)."""

    kind: Kind
    person: UUID | None = None
    name: str = ""
    roles: frozenset[Role] = field(default_factory=frozenset)
    purpose: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else str(self.kind)

    @classmethod
    def customer(cls, person: UUID) -> "Actor":
        """Return the actor for a signed-in customer."""
        return cls(Kind.CUSTOMER, person=person)

    @classmethod
    def staff(cls, person: UUID, roles: frozenset[Role], purpose: str = "") -> "Actor":
        """Return the actor for a member of staff with the roles held now."""
        return cls(Kind.STAFF, person=person, roles=roles, purpose=purpose)

    @classmethod
    def system(cls, name: str) -> "Actor":
        """Return the actor for a part of the house itself, such as `worker`."""
        return cls(Kind.SYSTEM, name=name)

    @classmethod
    def carrier(cls, name: str) -> "Actor":
        """Return the actor for a carrier, or a provider of payments, that reports something."""
        return cls(Kind.CARRIER, name=name)

    @classmethod
    def stranger(cls) -> "Actor":
        """Return the actor for somebody who is not signed in."""
        return cls(Kind.STRANGER)

    def has(self, *roles: Role) -> bool:
        """Tell whether the actor is staff with at least one of `roles`; an administrator has them all."""
        return self.kind is Kind.STAFF and bool(self.roles & {*roles, Role.ADMINISTRATOR})

    def for_purpose(self, purpose: str) -> "Actor":
        """Return the same actor with a stated purpose (clause 2.1)."""
        return replace(self, purpose=purpose)
