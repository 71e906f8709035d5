"""Kill -9 before and after every commit while a notice is sent: each customer gets it once, and nobody is left out."""

from collections import Counter
from collections.abc import Iterator

import pytest

from ringfence.accounts.models import OutgoingLetter
from ringfence.kernel.public_ids import parse
from ringfence.support.models import NoticeRecord
from tests.accounts.builders import customer
from tests.mortals import Mortals
from tests.support.notice_world import scheduled, sent_out, state

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("2.2"),
    pytest.mark.timeout(120),
]
PEOPLE = 3


@pytest.fixture
def mortals() -> Iterator[Mortals]:
    made = Mortals("tests.support.mortal")
    yield made
    made.end()


def test_a_notice_killed_at_every_commit_goes_to_each_once(mortals: Mortals) -> None:
    people = [customer(email=f"one{place}@example.org") for place in range(PEOPLE)]
    notices: list[str] = []
    for moment in range(1, 60):
        notices.append(scheduled())
        if not mortals.kill_at(moment, notice=str(parse(notices[-1], "ntc"))):
            break
    assert len(notices) > 8, "it died before and after each of several commits"
    for public in notices:
        sent_out(public)
        assert state(public) == "sent"
        records = NoticeRecord.objects.filter(notice=parse(public, "ntc"))
        assert sorted(records.values_list("subject", flat=True)) == sorted(people)
    written = Counter(
        letter.facts.open()["notice"] for letter in OutgoingLetter.objects.filter(kind="notice")
    )
    assert written == dict.fromkeys(notices, PEOPLE)
