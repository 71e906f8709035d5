"""Staff see orders and refunds without learning who bought; found by id, digits, state and period."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from ringfence.accounts.queries import profile_of
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy.queries import lines_of
from ringfence.shop import actions, queries, staff_queries
from ringfence.shop.models import Order, Refund
from ringfence.shop.ports import PaymentStatus
from ringfence.shop.staff_queries import Wanted
from tests import world
from tests.accounts import builders

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
SYSTEM = Actor.system("tests")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def staff(client: Client) -> Client:
    builders.staff_member(client, Role.SUPPORT)
    return client


@pytest.fixture
def buyer() -> UUID:
    known = {"name": "Customer One", "country": "NO", "consumer": True, "time_zone": "Europe/Oslo"}
    return builders.customer(email="buyer@example.com", **known)


def bought(person: UUID, *, cancelled: bool = False) -> queries.OrderView:
    by, at = Actor.customer(person), builders.now()
    order = actions.place(subject=person, number=world.free_number().public_id, by=by, at=at)
    actions.check_out(order=order, shown=world.to_pay(order), by=by, at=at)
    view = queries.order(order)
    assert view is not None
    assert view.price is not None
    actions.note_payment_page(order=view.id, reference=f"pay_{order}", by=by, at=at)
    actions.settle(order=view.id, status=PaymentStatus.PAID, amount=view.price.gross, by=SYSTEM, at=at)
    if cancelled:
        actions.cancel(order=order, by=by, at=at)
    found = queries.order(order)
    assert found is not None
    return found


def shown(client: Client, name: str, query: str = "", *places: str) -> str:
    page = client.get(f"{reverse(f'console:{name}', args=places)}?{query}")
    assert page.status_code == 200
    return page.content.decode()


def test_an_order_is_found_by_id_and_by_digits_and_shows_nobody(staff: Client, buyer: UUID) -> None:
    one, other = bought(buyer), bought(buyer)
    assert one.e164 is not None
    digits = one.e164.open()
    for words in (one.public_id, one.public_id.upper(), digits, digits[-4:], digits.replace("+44", "0")):
        page = shown(staff, "orders", f"words={words.replace('+', '%2B')}")
        assert one.public_id in page, words
        assert other.public_id not in page, words
    assert "No such orders" in shown(staff, "orders", "words=ord_00000000000000000000000000")
    assert "No such orders" in shown(staff, "orders", "words=12")
    for page in (shown(staff, "orders"), shown(staff, "order", "", one.public_id)):
        assert "Customer One" not in page
        assert "buyer@example.com" not in page


def test_orders_are_filtered_by_state_and_period(staff: Client, buyer: UUID) -> None:
    active, cancelled = bought(buyer), bought(buyer, cancelled=True)
    page = shown(staff, "orders", "state=active&period=day")
    assert active.public_id in page
    assert cancelled.public_id not in page
    with connection.cursor() as cursor:
        cursor.execute("UPDATE shop_order SET placed_at = placed_at - interval '40 days'")
    assert "No such orders" in shown(staff, "orders", "period=month")
    assert active.public_id in shown(staff, "orders", "period=year")
    assert active.public_id in shown(staff, "orders", "state=nonsense&period=nonsense&after=nonsense")


def test_pages_follow_each_other_and_miss_nothing(buyer: UUID) -> None:
    made = [bought(buyer).public_id for _ in range(5)]
    seen, cursor = [], ""
    for _page in range(3):
        page = staff_queries.orders(Wanted(), cursor, limit=2)
        seen += [row.public_id for row in page.rows]
        cursor = page.cursor
    assert seen == made[::-1]
    assert cursor == ""


def test_empty_lists_say_so(staff: Client) -> None:
    assert "No orders yet" in shown(staff, "orders")
    assert "Nothing here" in shown(staff, "refunds")
    assert "Nothing waits in this queue" in shown(staff, "desk", "queue=refunds")


def test_an_order_shows_its_steps_its_news_and_its_refund(staff: Client, buyer: UUID) -> None:
    found = bought(buyer, cancelled=True)
    page = shown(staff, "order", "", found.public_id)
    for words in ("Waiting for payment", "In service", "Cancelled", "Nothing yet", "Try again now"):
        assert words in page
    assert staff.get(reverse("console:order", args=["ord_00000000000000000000000000"])).status_code == 404


def test_a_refund_that_is_late_is_red_and_stands_on_the_desk(staff: Client, buyer: UUID) -> None:
    found = bought(buyer, cancelled=True)
    assert "Late</span>" not in shown(staff, "refunds").replace("\n", "")
    refund = Refund.objects.get()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE shop_refund SET owed_at = owed_at - interval '2 hours', trouble = 'api_key_expired'"
        )
    for page in (shown(staff, "refunds"), shown(staff, "refunds", "state=trouble"), shown(staff, "desk")):
        assert found.public_id in page
        assert "api_key_expired" in page
        assert "Late" in page
    assert found.public_id not in shown(staff, "refunds", "state=done")
    again = reverse(
        "console:refund_again", args=[staff_queries.refunds("", builders.now()).rows[0].public_id]
    )
    for _click in range(2):
        assert staff.post(again).status_code == 302
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'shop.send_refund'")
        assert cursor.fetchone() == (3,)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE shop_refund SET state = 'done', done_at = now()")
    staff.post(again)
    assert "does not wait any more" in shown(staff, "refunds")
    assert Refund.objects.get().pk == refund.pk


def counted(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as seen:
        work()
    return len(seen)


@pytest.mark.parametrize(("name", "queries_made"), [("orders", 4), ("refunds", 3)])
def test_a_list_of_three_takes_as_many_queries_as_a_list_of_one(
    staff: Client, buyer: UUID, name: str, queries_made: int
) -> None:
    bought(buyer, cancelled=True)
    shown(staff, name)
    assert counted(lambda: shown(staff, name)) == queries_made
    for _more in range(2):
        bought(buyer, cancelled=True)
    assert counted(lambda: shown(staff, name)) == queries_made
    assert Order.objects.count() == 3


def test_who_bought_is_behind_a_purpose(staff: Client, buyer: UUID) -> None:
    found = bought(buyer)
    page = shown(staff, "order", "", found.public_id)
    profile = profile_of(buyer)
    assert profile is not None
    assert profile.number not in page, "an order and its customer's id stand together for a purpose only"
    way = reverse("console:order_customer", args=[found.public_id])
    assert way in page
    assert profile.number not in staff.get(way).content.decode()
    assert profile.number not in staff.post(way, {"purpose": "curiosity"}).content.decode()
    asked = staff.get(reverse("console:customer", args=[profile.number])).content.decode()
    assert "Customer One" not in asked
    led = staff.post(way, {"purpose": "order"}, follow=True).content.decode()
    assert "Customer One" in led
    assert ("accounts.look_at_customer", "order") in {(line.action, line.purpose) for line in lines_of(buyer)}
