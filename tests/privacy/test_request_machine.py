"""Requests as a machine: whoever does what in whatever order, no clock moves and nobody is forgotten (clause 4.3).

Hypothesis plays the customer, the form, staff, the post, the worker, a law that keeps something back, and an operator
who restores an older table. A model beside it knows what must be so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import rules
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.requests import actions, confirming, effects, meeting, queries, refusing, warning
from ringfence.privacy.requests.intake_models import RequestLink
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.retention import actions as retention
from ringfence.privacy.retention import holds
from ringfence.privacy.retention_rules import CLASSES_OF_A_PERSON, HoldArticle
from ringfence.privacy.rules import GROUNDS, OPEN_STATES, Channel, Ground, RequestKind, RequestState
from tests.accounts.builders import customer
from tests.privacy.asking import SYSTEM, letters, officer, post
from tests.privacy.conftest import Break

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("4.3"),
]
START = datetime.now(UTC) - timedelta(days=400)
KINDS = st.sampled_from([RequestKind.CHANGE, RequestKind.DELETE, RequestKind.RESTRICT, RequestKind.OBJECT])
STOPS = {RequestKind.RESTRICT, RequestKind.OBJECT}
COLUMNS = (
    "id, subject, kind, channel, state, received_at, waiting_since, carried_out_at, closed_at, asked, repeats,"
    " confirmed_by, warned_day, refusal_article, refusal_reason, notice, notice_sent_at"
)
_people = count()


@dataclass
class Known:
    """An open request as the model has it."""

    id: UUID
    received_at: datetime
    state: RequestState = RequestState.RECEIVED
    token: str = ""
    is_noticed: bool = False


class Requests(RuleBasedStateMachine):
    """One customer and everything that can become of what they ask."""

    break_data: Break

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.person = customer(email=f"one{next(_people)}@example.com")
        self.by = Actor.customer(self.person)
        self.open: dict[RequestKind, Known] = {}
        self.ended: dict[UUID, RequestState] = {}
        self.stopped: set[RequestKind] = set()
        self.erasing = self.erased = False
        self.hold: tuple[UUID, datetime] | None = None
        self.older: (
            tuple[list[tuple[Any, ...]], dict[RequestKind, Known], dict[UUID, RequestState]] | None
        ) = None

    def _try(self, act: Callable[..., Any], *, works: bool, by: Actor | None = None, **what: Any) -> Any:
        """Do something that must work, or must be refused."""
        try:
            done = act(**what, by=by or self.by, at=self.now)
        except Refusal:
            assert not works, act
            return None
        assert works, act
        return done

    def _end(self, kind: RequestKind, state: RequestState) -> None:
        self.ended[self.open.pop(kind).id] = state

    def _begin(self, kind: RequestKind) -> None:
        """The model of what runs by itself once it is approved; a notice is taken back when it is approved now."""
        known = self.open[kind]
        known.is_noticed &= known.state is RequestState.APPROVED
        known.state = RequestState.APPROVED
        if kind in STOPS:
            self._end(kind, RequestState.CLOSED)
            self.stopped.add(kind)
        elif kind is RequestKind.DELETE:
            self.erasing = True

    @precondition(lambda self: not self.erased)
    @rule(kind=KINDS, channel=st.sampled_from(Channel), late=st.integers(0, 3))
    def ask(self, kind: RequestKind, channel: Channel, late: int) -> None:
        """The customer asks, by any way; what is open already is joined."""
        received_at = self.now - timedelta(days=late)
        made = self._try(
            actions.open_request,
            works=not self.erasing,
            subject=self.person,
            kind=kind,
            channel=channel,
            received_at=received_at,
        )
        if made is not None:
            known = self.open.setdefault(kind, Known(made.pk, received_at))
            assert (made.pk, made.received_at) == (known.id, known.received_at)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def send_link(self, data: st.DataObject) -> None:
        """Staff send the letter that asks who it was."""
        kind = data.draw(st.sampled_from(sorted(self.open)))
        known = self.open[kind]
        works = known.state in {RequestState.RECEIVED, RequestState.CONFIRMING}
        self._try(confirming.send_link, works=works, by=officer(), request=known.id)
        if works:
            known.state, known.token = RequestState.CONFIRMING, str(letters("request-confirm")[-1]["token"])

    @precondition(lambda self: self.open)
    @rule(data=st.data(), means=st.sampled_from(["link", "account", "staff"]))
    def confirm(self, data: st.DataObject, means: str) -> None:
        """Somebody says that it was the customer; of staff nobody believes it."""
        kind = data.draw(st.sampled_from(sorted(self.open)))
        known = self.open[kind]
        if means == "staff":
            self._try(actions.approve, works=False, by=officer(), request=known.id)
        elif means == "link":
            works = self._has_link(known) and known.state == RequestState.CONFIRMING
            if self._try(confirming.use_link, works=works, by=Actor.stranger(), token=known.token):
                self._begin(kind)
        elif self._try(confirming.confirm, works=True, request=known.id):
            self._begin(kind)

    @precondition(lambda self: RequestKind.CHANGE in self.open)
    @rule(by_staff=st.booleans())
    def meet(self, by_staff: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        """Somebody says that a change is made."""
        known = self.open[RequestKind.CHANGE]
        works = known.state == RequestState.APPROVED
        by = officer() if by_staff else self.by
        self._try(meeting.meet, works=works, by=by, request=known.id)
        if works:
            self._end(RequestKind.CHANGE, RequestState.CLOSED)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), ground=st.sampled_from(Ground))
    def refuse(self, data: st.DataObject, ground: Ground) -> None:
        """Staff write a notice that refuses."""
        kind = data.draw(st.sampled_from(sorted(self.open)))
        works = kind in GROUNDS[ground] and not (kind is RequestKind.DELETE and self.erasing)
        known = self.open[kind]
        self._try(refusing.refuse, works=works, by=officer(), request=known.id, ground=ground, reason="No.")
        known.is_noticed |= works

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        """The customer takes a request back."""
        kind = data.draw(st.sampled_from(sorted(self.open)))
        works = not (kind is RequestKind.DELETE and self.erasing)
        self._try(actions.withdraw, works=works, request=self.open[kind].id)
        if works:
            self._end(kind, RequestState.WITHDRAWN)

    @precondition(lambda self: self.stopped and not self.erased)
    @rule(data=st.data())
    def lift(self, data: st.DataObject) -> None:
        """The customer lifts what they had stopped; staff cannot."""
        kind = data.draw(st.sampled_from(sorted(self.stopped)))
        self._try(effects.lift, works=False, by=officer(), subject=self.person, kind=kind)
        self._try(effects.lift, works=True, subject=self.person, kind=kind)
        self.stopped.discard(kind)

    @rule(days=st.integers(1, 12))
    def time_passes(self, days: int) -> None:
        """Days go by, and the worker does what is due."""
        self.now += timedelta(days=days)
        warning.warn_all(by=SYSTEM, at=self.now)
        refusing.refuse_unconfirmed(by=SYSTEM, at=self.now)
        for known in self.open.values():
            is_old = self.now >= known.received_at + timedelta(days=rules.UNCONFIRMED_DAYS)
            is_last = self.now >= rules.due_at(known.received_at) - rules.NOTICE_TAKES
            known.is_noticed |= (
                is_old and known.state != RequestState.APPROVED and (is_last or not self._has_link(known))
            )

    def _has_link(self, known: Known) -> bool:
        return RequestLink.objects.filter(request=known.id, expires_at__gt=self.now).exists()

    @rule()
    def post_takes_letters(self) -> None:
        """What a notice refuses is refused once the notice is out."""
        post(self.now)
        refusing.follow_notices(by=SYSTEM, at=self.now)
        for kind in [kind for kind, known in self.open.items() if known.is_noticed]:
            self._end(kind, RequestState.REFUSED)

    @precondition(lambda self: not self.erasing)
    @rule()
    def delete_account(self) -> None:
        """The customer has the account deleted, with whatever else is open."""
        self._try(erasure.ask, works=True, subject=self.person, channel=Channel.ACCOUNT)
        deletion = SubjectRequest.objects.get(subject=self.person, kind=RequestKind.DELETE, closed_at=None)
        known = self.open.setdefault(RequestKind.DELETE, Known(deletion.pk, deletion.received_at))
        known.state, known.is_noticed, self.erasing = RequestState.APPROVED, False, True

    @precondition(lambda self: self.erasing and not self.erased)
    @rule()
    def deletion_ends(self) -> None:
        """The worker carries a deletion to its end."""
        erasure.proceed(erasure=Erasure.objects.get(subject=self.person).pk, by=SYSTEM, at=self.now)
        for kind in list(self.open):
            done = kind is RequestKind.DELETE
            self._end(kind, RequestState.CLOSED if done else RequestState.WITHDRAWN)
        self.erased, self.stopped = True, set()

    @precondition(lambda self: not self.erasing and self.hold is None)
    @rule(days=st.integers(1, 60), classes=st.sets(st.sampled_from(sorted(CLASSES_OF_A_PERSON)), min_size=1))
    def place_hold(self, days: int, classes: set[str]) -> None:
        """Two members of staff keep something back, by law; what was asked goes on all the same."""
        first, until = officer(purpose="law"), self.now + timedelta(days=days)
        made = self._try(
            retention.ask,
            works=True,
            by=first,
            person=self.person,
            classes=classes,
            article=HoldArticle.CLAIM,
            reason="A claim",
            until=until,
        )
        self._try(retention.confirm, works=False, by=first, hold=made.pk)
        self._try(retention.confirm, works=True, by=officer(purpose="law"), hold=made.pk)
        self.hold = (made.pk, until)

    @precondition(lambda self: self.hold is not None)
    @rule()
    def end_hold(self) -> None:
        """The hold ends, by a hand or, past its day, by itself."""
        assert self.hold is not None
        hold, until = self.hold
        if self.now >= until:
            retention.expire(by=SYSTEM, at=self.now)
        else:
            self._try(retention.end, works=True, by=officer(purpose="law"), hold=hold)
        self.hold = None
        assert bool(holds.blocking(self.person, self.now)) == self._is_restricted()

    def _is_restricted(self) -> bool:
        return RequestKind.RESTRICT in self.stopped and not self.erasing

    @precondition(lambda self: not self.erasing)
    @rule()
    def back_up(self) -> None:
        """Keep the table as it is now."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {COLUMNS} FROM privacy_subjectrequest WHERE subject = %s", [self.person])
            rows = cursor.fetchall()
        known = {kind: Known(**vars(one)) for kind, one in self.open.items()}
        self.older = (rows, known, dict(self.ended))

    @precondition(lambda self: self.older is not None and (self.erased or not self.erasing))
    @rule()
    def restore(self) -> None:
        """Put the older table back; of somebody who was deleted since, the deletion is done again."""
        assert self.older is not None
        rows, known, ended = self.older
        ids = [*(one.id for one in self.open.values()), *self.ended, *(row[0] for row in rows)]
        self.break_data("DELETE FROM privacy_requestlink WHERE request_id = ANY(%s)", ids)
        self.break_data("UPDATE privacy_erasure SET request_id = NULL WHERE request_id = ANY(%s)", ids)
        self.break_data("DELETE FROM privacy_subjectrequest WHERE id = ANY(%s)", ids)
        places = ", ".join(["%s"] * len(COLUMNS.split(",")))
        for row in rows:
            self.break_data(f"INSERT INTO privacy_subjectrequest ({COLUMNS}) VALUES ({places})", *row)
        self.open = {kind: Known(**vars(one)) for kind, one in known.items()}
        self.ended = dict(ended)
        refusing.follow_notices(by=SYSTEM, at=self.now)
        told = SubjectRequest.objects.filter(subject=self.person, state=RequestState.REFUSED)
        told_now = set(told.values_list("pk", flat=True)) - set(self.ended)
        for kind in [kind for kind, one in self.open.items() if one.id in told_now]:
            self._end(kind, RequestState.REFUSED)
        if self.erased:
            erasure.begin(subject=self.person, request=None, by=SYSTEM, at=self.now)
            erasure.proceed(erasure=Erasure.objects.get(subject=self.person).pk, by=SYSTEM, at=self.now)
            for kind in list(self.open):
                self._end(kind, RequestState.WITHDRAWN)

    @invariant()
    def table_and_model_agree(self) -> None:
        """Every request is where the model has it, with the clock it had."""
        ids = [*(one.id for one in self.open.values()), *self.ended]
        rows = {row.pk: row for row in SubjectRequest.objects.filter(pk__in=ids)}
        for kind, known in self.open.items():
            row = rows[known.id]
            assert (row.kind, row.state, row.received_at) == (kind, known.state, known.received_at)
            assert row.subject == self.person
        assert {pk: rows[pk].state for pk in self.ended} == self.ended
        assert all(row.due_at == rules.due_at(row.received_at) for row in rows.values())
        assert all(row.closed_at is not None for row in rows.values() if row.state in rules.ENDED)

    @invariant()
    def nobody_is_forgotten(self) -> None:
        """What is open is open for somebody, and what was stopped is stopped."""
        lost = SubjectRequest.objects.filter(subject=None, state__in=OPEN_STATES)
        assert not lost.exists()
        assert queries.figures().open == SubjectRequest.objects.filter(state__in=OPEN_STATES).count()
        assert set(effects.stopped_uses(self.person)) == self.stopped
        in_force = self.hold is not None and self.now < self.hold[1]
        assert bool(holds.blocking(self.person, self.now)) == (in_force or self._is_restricted())
        if self.erased:
            assert not SubjectRequest.objects.filter(subject=self.person).exists()


def test_requests_keep_their_clocks_whatever_happens(break_data: Break) -> None:
    machine = type("Machine", (Requests,), {"break_data": staticmethod(break_data)})
    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=quiet,
            derandomize=True,
            phases=[Phase.generate],
        ),
    )
