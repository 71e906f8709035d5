"""One running order a number, whatever the code does."""

import pytest
from django.db import IntegrityError, connection

from tests.shop.conftest import Purchase

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


SECOND_ORDER = """
INSERT INTO shop_order SELECT (jsonb_populate_record(o, jsonb_build_object(
    'id', gen_random_uuid(), 'subject', gen_random_uuid(), 'payment_reference', 'another'
))).* FROM shop_order AS o WHERE number = %s
"""


def test_the_database_itself_refuses_a_second_order_for_a_number_in_service(paid: Purchase) -> None:
    with (
        connection.cursor() as cursor,
        pytest.raises(IntegrityError, match="a_number_is_in_service_for_one_order"),
    ):
        cursor.execute(SECOND_ORDER, [paid.view.number])
