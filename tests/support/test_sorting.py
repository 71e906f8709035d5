"""No letter keeps others from being looked at, and none is taken that nobody will see (1.4, 4.2)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from ringfence.kernel.public_ids import LENGTH
from ringfence.support import actions as support
from ringfence.support import rules, sorting, tasks
from ringfence.support.models import Letter, Ticket
from tests.accounts import builders
from tests.support.desk import STRANGER, tagged

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def take(text: str, *to: str) -> UUID:
    """Have a letter come in that nobody has looked at yet; its id."""
    return support.receive_letter(
        content=f"Subject: Hello\r\n\r\n{text}\r\n".encode(),
        sender=STRANGER,
        recipients=to,
        by=builders.TESTS,
        at=builders.now(),
    )


@pytest.mark.parametrize("tag", ["tkt_" + "u" * LENGTH, "tkt_" + "z" * LENGTH])
def test_what_is_no_id_of_a_ticket_is_no_tag(tag: str) -> None:
    assert rules.tag_of(tagged(tag)) == ""
    take("A question", tagged(tag), settings.CONTACT_EMAIL)
    builders.run_jobs("support.sort_letter")
    assert Letter.objects.get().sorted_at is not None
    assert Ticket.objects.count() == 1


def test_the_sweep_goes_on_past_a_letter_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, _other = (take(text, settings.CONTACT_EMAIL) for text in ("First", "Second"))
    sort = sorting.sort

    def failing(**what: Any) -> None:
        if what["letter"] == broken:
            raise RuntimeError("broken")
        sort(**what)

    monkeypatch.setattr(sorting, "sort", failing)
    monkeypatch.setattr(tasks, "database_moment", lambda: builders.now() + timedelta(hours=1))
    tasks.sort_letters(timestamp=0)
    assert [one.pk for one in Letter.objects.filter(sorted_at=None)] == [broken]
