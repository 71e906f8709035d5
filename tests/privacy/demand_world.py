"""A customer with calls, an authority with a key, and staff: what tests of demands stand on."""

import io
import json
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pyrage  # type: ignore[import-untyped] # it has no types

from ringfence.kernel.actor import Actor, Role
from ringfence.privacy.authorities import deciding, handing, making, queries, registering
from ringfence.privacy.authorities.deciding import Proposal
from ringfence.privacy.authorities.models import AuthorityDemand, DemandTarget
from ringfence.privacy.authorities.registering import Paper
from ringfence.privacy.authorities.rules import AuthoritySort, DemandKind, Outcome, Question, Verdict
from ringfence.privacy.authorities.scope import Scope, Target
from ringfence.privacy.keys import keyring
from ringfence.telephony.actions import calls
from ringfence.telephony.ports import Outcome as CallOutcome
from ringfence.telephony.ports import SpooledCall, SpooledLine
from tests.accounts import builders
from tests.telephony.test_call_intake import sold
from tests.world import SYSTEM

NOW = builders.now()
DAY = timedelta(days=1)
CALLERS = ("+442079460977", "+442079460978", "+442079460979")
CALLED_AT = tuple(NOW - days * DAY for days in (20, 10, 2))
CALLS = frozenset({"telephony.CallRecord.caller", "telephony.CallRecord.started_at"})
NAME = frozenset({"accounts.Person.name"})
PDF = b"%PDF-1.7 a demand about somebody"
REASON = "Read, and thought about."


def staff() -> Actor:
    """Return a member of staff for privacy whom nobody has met yet."""
    return Actor.staff(uuid4(), frozenset({Role.PRIVACY}), purpose="law")


def call(e164: str, caller: str, at: datetime) -> None:
    """Have a call taken in."""
    one = SpooledCall(
        f"{e164} {at}", caller, e164, at, None, at + DAY / 1000, CallOutcome.BUSY, "edge-1", 0, 486
    )
    calls.take_in(lines=[SpooledLine("spool", 1, one)], by=SYSTEM, at=at)


@dataclass
class Suspect:
    """A customer with two numbers, three calls to the first and one to the second."""

    email: str = "customer1@example.com"
    person: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.person = builders.customer(email=self.email, name="Customer One")
        began = NOW - 30 * DAY
        self.number, self.e164, _subject = sold(self.person, at=began)
        self.other, self.other_e164, _subject = sold(self.person, at=began)
        for caller, at in zip(CALLERS, CALLED_AT, strict=True):
            call(self.e164, caller, at)
        call(self.other_e164, CALLERS[0], CALLED_AT[1])


class Demand:
    """A demand on its way, with the authority that alone can open its package."""

    def __init__(self, *targets: Target, **said: Any) -> None:
        self.secret = pyrage.x25519.Identity.generate()
        self.first, self.second = staff(), staff()
        asked = Scope(
            said.pop("fields", CALLS), said.pop("since", NOW - 15 * DAY), said.pop("until", NOW - 5 * DAY)
        )
        paper = {
            "kind": DemandKind.HANDING_OVER,
            "sort": AuthoritySort.POLICE,
            "authority": "Example Police",
            "reference": "EX-17",
            "legal_basis": "Section 210",
            "named": "The number +442079460100",
            "key": str(self.secret.to_public()),
            "key_checked": "Called back on the number of their own page.",
            "received_at": NOW - DAY,
            "deadline": NOW + 7 * DAY,
            "content": PDF,
        }
        made = Paper(**{**paper, **said})
        self.key = registering.receive(paper=made, asked=asked, targets=targets, by=self.first, at=NOW)

    @property
    def row(self) -> AuthorityDemand:
        """How it is stored now."""
        return AuthorityDemand.objects.get(pk=self.key)

    @property
    def targets(self) -> list[DemandTarget]:
        """Whom it concerns, as it is stored."""
        return list(DemandTarget.objects.filter(demand=self.key).order_by("id"))

    def judge(self, by: Actor, *verdicts: Verdict) -> "Demand":
        """Have somebody judge the questions, with yes unless said otherwise."""
        for question, verdict in zip(Question, verdicts or (Verdict.YES,) * 3, strict=False):
            deciding.judge(demand=self.key, question=question, verdict=verdict, reason=REASON, by=by, at=NOW)
        return self

    def judged(self, *verdicts: Verdict) -> "Demand":
        """Have both judge it."""
        return self.judge(self.first).judge(self.second, *verdicts)

    def proposed(self, outcome: Outcome = Outcome.FULL, **said: Any) -> "Demand":
        """Have the first propose what is to come of it."""
        made = Proposal(outcome, REASON, **said)
        deciding.propose(demand=self.key, proposal=made, by=self.first, at=NOW)
        return self

    def confirmed(self, by: Actor | None = None) -> "Demand":
        """Have the second confirm it."""
        deciding.confirm(demand=self.key, by=by or self.second, at=NOW)
        return self

    def granted(self, outcome: Outcome = Outcome.FULL, **said: Any) -> "Demand":
        """Have it granted by both, and the package made."""
        self.judged().proposed(outcome, **said).confirmed()
        making.make(demand=self.key, by=SYSTEM, at=NOW)
        return self

    def handed_over(self, quiet_until: date | None = None, at: datetime = NOW, **said: Any) -> "Demand":
        """Have the package taken out."""
        because = "The investigation is secret." if quiet_until else ""
        self.granted(quiet_until=quiet_until, quiet_because=because, **said)
        handing.hand_over(demand=self.key, by=self.first, at=at)
        return self

    def opened(self) -> dict[str, Any]:
        """Open the stored package with the authority's key; return its files by name, as data."""
        keyring.forget()
        closed = b"".join(queries.package(self.key))
        return read(pyrage.decrypt(closed, [self.secret]))


def read(content: bytes) -> dict[str, Any]:
    """Return the files of a package that was opened, as data."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: json.loads(packed.read(name)) for name in packed.namelist()}


def records(files: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all records of a package."""
    return [one for name, file in files.items() if name != "manifest.json" for one in file["records"]]


def next_year(at: datetime) -> datetime:
    """Return the beginning of the next year."""
    return datetime(at.year + 1, 1, 1, tzinfo=UTC)
