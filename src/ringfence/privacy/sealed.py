"""Sealed fields: personal data as ciphertext in the data database, opened only where it is needed (clause 2.3).

Layout of a sealed value: version (1 byte), key id (8), nonce (12), ciphertext, tag (16). The associated data binds
it to format version, table, column, primary key, subject and class, so that a value moved elsewhere does not open.
"""

import json
import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.core.exceptions import FieldError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ringfence.privacy.disclosure import carried
from ringfence.privacy.inventory import Personal, RetentionClass, declarations_of, path_to_person
from ringfence.privacy.keys import keyring
from ringfence.privacy.looks import note

if TYPE_CHECKING:
    _BinaryField = models.BinaryField[Any, Any]
else:
    _BinaryField = models.BinaryField

VERSION = 1
HEADER = struct.Struct(">Bq12s")
LEAST_SEALED = HEADER.size + 16
"""Bytes of a sealed value at least: header and tag."""


class SealBroken(RuntimeError):
    """A sealed value does not open: altered, moved to another row, or its key is lost."""


class Erased:
    """What remains of a value whose key was destroyed."""

    def __str__(self) -> str:
        return str(_("erased"))

    def __repr__(self) -> str:
        return "ERASED"

    def __bool__(self) -> bool:
        return False


ERASED = Erased()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value stands, which is what it is bound to."""

    table: str
    column: str
    row: str
    subject: UUID
    retention_class: RetentionClass

    def associated_data(self) -> bytes:
        """Return the bytes authenticated with the value."""
        parts = (str(VERSION), self.table, self.column, self.row, self.subject.hex, self.retention_class)
        return "\0".join(parts).encode()


def seal(content: bytes, place: Place) -> bytes:
    """Seal bytes for a place. The person's key of that class is made when it is the first."""
    key = keyring.key_for(place.subject, place.retention_class)
    nonce = os.urandom(12)
    return HEADER.pack(VERSION, key.id, nonce) + key.cipher.encrypt(nonce, content, place.associated_data())


class Sealer:
    """Seals values of one field for rows that are copied in, many at once; they open as any other value."""

    __slots__ = ("_head", "_tail")

    def __init__(self, place: Place) -> None:
        self._head = f"{VERSION}\0{place.table}\0{place.column}\0".encode()
        self._tail = f"\0{place.retention_class}".encode()

    def seal(self, content: bytes, row: bytes, subject: bytes, key: keyring.Key) -> bytes:
        """Seal bytes with the person's key. `row` is the primary key as text, `subject` the person's id in hex."""
        nonce = os.urandom(12)
        bound = b"".join((self._head, row, b"\0", subject, self._tail))
        return HEADER.pack(VERSION, key.id, nonce) + key.cipher.encrypt(nonce, content, bound)


def open_sealed(blob: bytes, place: Place) -> bytes | Erased:
    """Open what was sealed for this very place. ERASED when its key was destroyed; SealBroken otherwise."""
    if len(blob) < HEADER.size:
        raise SealBroken(f"{place.table}.{place.column}: not a sealed value")
    version, key_id, nonce = HEADER.unpack_from(blob)
    if version != VERSION:
        raise SealBroken(f"{place.table}.{place.column}: unknown format {version}")
    key = keyring.find(place.subject, place.retention_class, key_id)
    if key is None:
        return ERASED
    note.opened(place.subject)
    try:
        content = key.cipher.decrypt(nonce, blob[HEADER.size :], place.associated_data())
    except InvalidTag as error:
        raise SealBroken(f"{place.table}.{place.column}: altered, or not sealed for this row") from error
    carried.opened(place.table, place.column, content)
    return content


class Sealed:
    """A value that shows itself only when asked: `.open()`. Its repr hides it."""

    __slots__ = ("_blob", "_codec", "_place", "_plain")

    def __init__(
        self, codec: "SealedField", *, plain: Any = None, blob: bytes = b"", place: Place | None = None
    ) -> None:
        self._codec, self._plain, self._blob, self._place = codec, plain, blob, place

    def open(self) -> Any:
        """Return the value, or ERASED. Raises SealBroken."""
        if self._place is None or not self._blob:
            return self._plain
        content = open_sealed(self._blob, self._place)
        return content if isinstance(content, Erased) else self._codec.decode(content)

    @property
    def is_new(self) -> bool:
        """Whether it was assigned and is not stored yet."""
        return not self._blob

    def sealed_for(self, instance: models.Model) -> bytes:
        """Return the bytes to store: what stood there, or the plain value sealed for its place in `instance`."""
        return self._blob or seal(self._codec.encode(self._plain), self._codec.place(instance))

    def __repr__(self) -> str:
        return "<sealed>"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        raise TypeError("a sealed value is compared by what .open() returns")

    __hash__ = None  # type: ignore[assignment] # a hash would be a way to compare


class _SealedAttribute:
    """Gives a Sealed for whatever stands in the column; takes plain values."""

    def __init__(self, field: "SealedField") -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, _owner: type[models.Model]) -> Any:
        if instance is None:
            return self
        value = instance.__dict__.get(self.field.attname)
        if value is None or isinstance(value, Sealed):
            return value
        return Sealed(self.field, blob=bytes(value), place=self.field.place(instance))

    def __set__(self, instance: models.Model, value: Any) -> None:
        is_stored = value is None or isinstance(value, (Sealed, bytes, memoryview))
        instance.__dict__[self.field.attname] = value if is_stored else Sealed(self.field, plain=value)


class SealedField(_BinaryField):
    """The base of sealed columns. The model needs `holds` with the field's retention, and the person's id.

    The person's id is found in the attribute that `holds.subject_path` names (`subject` by default).
    """

    plain_type: ClassVar[type] = str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def encode(self, value: Any) -> bytes:
        """Return the bytes of a plain value."""
        return str(value).encode()

    def decode(self, content: bytes) -> Any:
        """Return the plain value of bytes."""
        return content.decode()

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's signature
        """Put the attribute in place that hides the value."""
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _SealedAttribute(self))

    def place_of(self, row: object, subject: UUID) -> Place:
        """Return where a value of this field stands, for a row's primary key and its person."""
        holds = declarations_of(self.model)
        declared = holds.get(self.name) if holds else None
        if not isinstance(declared, Personal):
            raise FieldError(f"{self.model._meta.label}.{self.name} is sealed but not declared personal")
        return Place(self.model._meta.db_table, str(self.column), str(row), subject, declared.retention)

    def sealer(self) -> "Sealer":
        """Return what seals many values of this field that are not written by saving objects."""
        return Sealer(self.place_of("", UUID(int=0)))

    def place(self, instance: models.Model) -> Place:
        """Return where the value of this field stands in an instance."""
        subject: Any = instance
        for step in path_to_person(type(instance)).split("__"):
            subject = getattr(subject, step)
        if instance.pk is None or subject is None:
            raise FieldError(f"{type(instance).__name__} needs its id and its person before it can be sealed")
        return self.place_of(instance.pk, subject)

    def seal(self, value: Any, instance: models.Model) -> bytes | None:
        """Return the bytes to store for what an instance holds."""
        if value is None or isinstance(value, (bytes, memoryview)):
            return None if value is None else self._as_stored(bytes(value))
        if isinstance(value, Sealed):
            return value.sealed_for(instance)
        content, place = self.encode(value), self.place(instance)
        carried.opened(place.table, place.column, content)
        return seal(content, place)

    def _as_stored(self, blob: bytes) -> bytes:
        """Return bytes that stood in the column already. Raises SealBroken for plain ones: those come as RawBytes."""
        if len(blob) < LEAST_SEALED or blob[0] != VERSION:
            raise SealBroken(f"{self.model._meta.label}.{self.name}: plain bytes are assigned as RawBytes")
        return blob

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001 - Django's signature
        """Seal on the way to the database."""
        blob = self.seal(model_instance.__dict__.get(self.attname), model_instance)
        model_instance.__dict__[self.attname] = blob
        return blob

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse every lookup but `isnull`: a sealed value is found by its blind index."""
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(
            f"{self.name} is sealed; use the blind index for an exact look-up, there is no other"
        )


class SealedText(SealedField):
    """Sealed text."""


class SealedBytes(SealedField):
    """Sealed bytes."""

    plain_type = bytes

    def encode(self, value: Any) -> bytes:
        """Return the bytes as they are."""
        return value.content if isinstance(value, RawBytes) else bytes(value)

    def decode(self, content: bytes) -> bytes:
        """Return the bytes as they are."""
        return content


@dataclass(frozen=True, slots=True, repr=False)
class RawBytes:
    """Plain bytes on their way into a SealedBytes field, told apart from ciphertext."""

    content: bytes


class SealedJSON(SealedField):
    """A sealed JSON value."""

    plain_type = dict

    def encode(self, value: Any) -> bytes:
        """Return compact JSON."""
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()

    def decode(self, content: bytes) -> Any:
        """Return the parsed JSON."""
        return json.loads(content)
