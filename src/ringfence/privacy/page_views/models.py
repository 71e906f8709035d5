"""How often each public page was opened on each day."""

from typing import Final

from django.db import models
from django.db.models import Q

from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds

PAGE: Final = "^/(nb|en)/(([a-z]+(-[a-z]+)*|-)/)*$"
"""What a page is called: its address as it stands in the code, with a dash for each place that something is put into.
No digit, no capital, no query: a number, an order or a search cannot be written here."""


class PageView(Guarded):
    """How often one page was opened on one day (UTC), by whomever.

    Nothing points from a row to a visit, and nothing from one row to another: neither who, nor from where, nor with
    what, nor when within the day, nor what else they opened. So it is about no person (GDPR recital 26).
    """

    day = models.DateField()
    page = models.CharField(max_length=100)
    views = models.BigIntegerField()

    holds = Holds(NOT_PERSONAL, "id", "day", "page", "views")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["day", "page"], name="a_page_is_counted_once_a_day"),
            models.CheckConstraint(
                condition=Q(page__regex=PAGE), name="a_page_is_named_without_anything_typed"
            ),
            models.CheckConstraint(condition=Q(views__gt=0), name="a_page_that_was_opened_is_counted"),
        )
