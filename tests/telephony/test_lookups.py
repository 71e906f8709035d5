"""Numbers are found by digits without a look through the stock."""

import pytest
from django.db import connection

from ringfence.telephony.lookups import ending_in, numbers_with, whole
from ringfence.telephony.models import Number
from tests.shop.conftest import Purchase, customer, stocked  # noqa: F401 - fixtures
from tests.world import take_in_stock

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


def test_a_number_is_found_by_all_of_its_digits_and_one_in_use_by_the_last() -> None:
    take_in_stock("+442079460000,+442079460003,49,0,NOK,voice")
    free = Number.objects.get(e164="+442079460001").pk
    for text in ("+44 20 7946 0001", "0044 2079460001", "442079460001", "020 7946 0001", "2079460001"):
        assert numbers_with(text) == [free], text
    assert numbers_with("0001") == numbers_with("001") == []


def test_one_in_use_is_found_by_its_last_digits(stocked: list[str], customer: object) -> None:  # noqa: F811
    held = Purchase(customer, stocked[0]).view.number  # type: ignore[arg-type] # the fixture's
    e164 = Number.objects.get(pk=held).e164
    assert numbers_with(e164[-4:]) == numbers_with(e164[-7:]) == [held]


def test_neither_way_reads_the_whole_stock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        try:
            assert "telephony_number_e164" in whole("2079460000").explain()
            assert "numbers_in_use_by_ending" in ending_in("0000").explain()
        finally:
            cursor.execute("RESET enable_seqscan")
