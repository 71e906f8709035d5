"""Cases of abuse for tests: a customer with a number, somebody who reports it, and members of staff who decide."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import Refusal
from ringfence.support.abuse import appealing, deciding, reporting
from ringfence.support.abuse.rules import AbuseKind, Decision, Outcome
from ringfence.support.abuse_models import AbuseCase, AbuseReport
from ringfence.telephony import queries
from tests import world
from tests.accounts.builders import customer

SYSTEM = Actor.system("tests")
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
REPORTER = "reporter@example.net"


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Expect a foreseen "no" by its code."""
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.code == code


def of_staff() -> Actor:
    """A member of staff who looks into reports."""
    return Actor.staff(new_id(), frozenset({Role.SUPPORT})).for_purpose("abuse")


class Affair:
    """A customer whose number is reported, and what becomes of it."""

    def __init__(self, email: str = "caller@example.com", at: datetime = NOW) -> None:
        self.at = at
        self.subject = customer(email=email)
        self.by = Actor.customer(self.subject)
        self.number = world.number_of(self.subject, at)
        self.first, self.second, self.third = (of_staff() for _ in range(3))
        self.case = UUID(int=0)

    def reported(self, **more: Any) -> "Affair":
        """Have somebody report the number."""
        said = {
            "number": self.number.e164,
            "kind": AbuseKind.FRAUD,
            "said": "They asked for my PIN.",
            "at": self.at,
        }
        report = reporting.report(**{**said, "by": Actor.stranger(), **more})
        self.case = AbuseReport.objects.get(pk=report).case_id
        return self

    def taken_up(self) -> "Affair":
        """Have staff look at it."""
        deciding.take_up(case=self.case, by=self.first, at=self.at)
        return self

    def decided(self, decision: Decision = Decision.SUSPENSION, **more: Any) -> "Affair":
        """Have one of staff decide."""
        said = {"clause": "5.4", "reason": "You called people in a bank’s name.", "at": self.at}
        deciding.decide(**{"case": self.case, "decision": decision, "by": self.first, **said, **more})
        return self

    def closing(self, *, confirmed: bool = True) -> "Affair":
        """Have two of staff close the account."""
        said = {"clause": "5.4", "reason": "It was used for fraud only."}
        deciding.ask_closing(case=self.case, by=self.first, at=self.at, **said)
        if confirmed:
            deciding.confirm_closing(case=self.case, by=self.second, at=self.at)
        return self

    def appealed(self, at: datetime | None = None) -> "Affair":
        """Have the customer appeal."""
        appealing.appeal(case=self.case, text="That was not me.", by=self.by, at=at or self.at)
        return self

    def answered(self, outcome: Outcome, by: Actor | None = None) -> "Affair":
        """Have somebody else answer."""
        said = {"answer": "We looked at it again.", "by": by or self.third, "at": self.at}
        appealing.answer_appeal(case=self.case, outcome=outcome, **said)
        return self

    @property
    def row(self) -> AbuseCase:
        """The case as it stands."""
        return AbuseCase.objects.get(pk=self.case)

    @property
    def state(self) -> str:
        """How the number stands."""
        found = queries.offer(self.number.id)
        assert found is not None
        assert found.state is not None
        return str(found.state)
