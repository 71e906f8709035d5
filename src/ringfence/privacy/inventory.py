"""The inventory: every stored field says what it holds about people, once, and everything else follows (clause 1.1).

A model declares its fields in `holds = Holds(...)`. From the declarations come the system check, the record of
processing, the copy, the erasure, retention, and the tables of the policy page.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from django.apps import apps
from django.db import models

from ringfence.kernel.refusal import gettext_noop


class Category(StrEnum):
    """What kind of data a field holds."""

    IDENTITY = gettext_noop("identity")
    CONTACT = gettext_noop("contact details")
    CREDENTIAL = gettext_noop("means of signing in")
    DEVICE = gettext_noop("addresses and devices")
    ORDER = gettext_noop("orders")
    TRAFFIC = gettext_noop("calls")
    CONTENT = gettext_noop("content of messages")
    CHOICE = gettext_noop("choices and agreements")
    LINK = gettext_noop("links between records")


class Source(StrEnum):
    """Where data comes from (clauses 1.2 to 1.4)."""

    REGISTRATION = gettext_noop("registration")
    LOGIN = gettext_noop("sign-in")
    USE = gettext_noop("use of the services")
    THIRD_PARTY = gettext_noop("a third party")
    SUPPORT = gettext_noop("messages to support")


class Purpose(StrEnum):
    """What data is for (clauses 1.1, 2.1, 2.2)."""

    SERVICE = gettext_noop("running the service")
    COMMUNICATION = gettext_noop("writing to you")
    IMPROVEMENT = gettext_noop("improving quality")
    LEGAL_DUTY = gettext_noop("a duty by law")


class Basis(StrEnum):
    """The legal basis, as an article of the GDPR."""

    CONSENT = "6(1)(a)"
    CONTRACT = "6(1)(b)"
    LEGAL_OBLIGATION = "6(1)(c)"
    LEGITIMATE_INTEREST = "6(1)(f)"


class RetentionClass(StrEnum):
    """How long data is kept; each class has a key of its own per person (privacy-core section 2)."""

    ACCOUNT = "account"
    ACCESS = "access"
    TRAFFIC = "traffic"
    MESSAGES = "messages"
    SUPPORT = "support"
    BOOKS = "books"
    CONSENT = "consent"
    PAPERS = "papers"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Personal:
    """What a field holds about a person. It is sealed, unless `plain` says why it cannot be.

    `common` says, for a sealed field, why its value is shared by many and points at nobody; without it the search
    after a deletion looks for the value. `secrets` names the parts of a JSON value by which somebody could sign in.
    `read` turns stored bytes into the text that a copy shows.
    """

    category: Category
    source: Source
    purpose: Purpose
    basis: Basis
    retention: RetentionClass
    plain: str = ""
    label: str = ""
    common: str = ""
    secrets: frozenset[str] = frozenset()
    read: Callable[[bytes], str] | None = None


@dataclass(frozen=True, slots=True)
class NotPersonal:
    """A field that says nothing about a person."""


NOT_PERSONAL = NotPersonal()


def link(why: str, retention: RetentionClass = RetentionClass.ACCOUNT) -> Personal:
    """Declare a reference to a person by a random id, which cannot be sealed because rows are found by it."""
    return Personal(
        Category.LINK,
        Source.USE,
        Purpose.SERVICE,
        Basis.CONTRACT,
        retention,
        plain=why,
        label=gettext_noop("Reference"),
    )


def choice(
    label: str,
    plain: str = "",
    purpose: Purpose = Purpose.LEGAL_DUTY,
    basis: Basis = Basis.LEGAL_OBLIGATION,
) -> Personal:
    """Declare what somebody chose, asked or was shown, which the class `consent` keeps as proof."""
    return Personal(
        Category.CHOICE, Source.USE, purpose, basis, RetentionClass.CONSENT, plain=plain, label=label
    )


Declaration = Personal | NotPersonal


class Holds(Mapping[str, Declaration]):
    """The declarations of one model: `Holds(NOT_PERSONAL, "id", "state", email=Personal(...))`.

    `subject_path` names the lookup from the model to the person's id, `subject` unless said otherwise. `also_about`
    names the lookup to a second person, whom a row is about and whose it is not: a hold on them covers it too.
    `of_number` names the lookup to the number a row is of, a column `number` unless said otherwise. `says_what_is`
    tells that rows say what is and not what happened at some time, such as a name, or where a number rings.
    """

    def __init__(
        self,
        rest: NotPersonal,
        /,
        *names: str,
        subject_path: str = "subject",
        also_about: str = "",
        of_number: str = "",
        says_what_is: bool = False,
        **fields: Personal,
    ) -> None:
        self.subject_path = subject_path
        self.also_about = also_about
        self.of_number = of_number
        self.says_what_is = says_what_is
        self._fields: Mapping[str, Declaration] = MappingProxyType({**dict.fromkeys(names, rest), **fields})
        twice = set(names) & fields.keys()
        if twice:
            raise TypeError(f"declared twice: {sorted(twice)}")

    def __getitem__(self, name: str) -> Declaration:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


@dataclass(frozen=True, slots=True)
class DeclaredField:
    """One personal field of the house, found by walking the models."""

    model: type[models.Model]
    name: str
    declaration: Personal

    @property
    def label(self) -> str:
        """Return the message id of what people call the field."""
        return self.declaration.label or self.name.replace("_", " ").capitalize()

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.name}"


_elsewhere: dict[str, Holds] = {}


def declare_elsewhere(table: str, holds: Holds) -> None:
    """Declare a table that a library brings along, by its table name."""
    _elsewhere[table] = holds


def declarations_of(model: type[models.Model]) -> Holds | None:
    """Return what a model declares, or None when it declares nothing."""
    own = model.__dict__.get("holds") or getattr(model, "holds", None)
    return own if isinstance(own, Holds) else _elsewhere.get(model._meta.db_table)


def path_to_person(model: type[models.Model]) -> str:
    """Return the look-up from a model to the person's id; empty for one whose rows are nobody's."""
    found = declarations_of(model)
    return found.subject_path if found else "subject"


def declared_fields(model: type[models.Model]) -> Mapping[str, Declaration]:
    """Return what a model declares by field name; empty when it declares nothing."""
    found = declarations_of(model)
    return {} if found is None else found


def stored_models() -> list[type[models.Model]]:
    """Return every model with a table, libraries' included, by label."""
    found = apps.get_models(include_auto_created=True)
    return sorted((m for m in found if not m._meta.proxy), key=lambda m: m._meta.label)


def personal_fields(room: str | None = None) -> list[DeclaredField]:
    """Return every personal field, of one app label or of the whole house."""
    return [
        DeclaredField(model, name, declaration)
        for model in stored_models()
        if room is None or model._meta.app_label == room
        for name, declaration in declared_fields(model).items()
        if isinstance(declaration, Personal)
    ]


def undeclared(model: Any) -> tuple[set[str], set[str]]:
    """Return the names of fields a model has but does not declare, and of those it declares but has not."""
    fields = {field.name for field in model._meta.local_concrete_fields}
    declared = set(declared_fields(model))
    return fields - declared, declared - fields
