"""Releases of statistics, what each cost of the year's budget, and to whom some were handed. Only ever added to."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from ringfence.kernel.public_ids import new_id, public_id
from ringfence.privacy.inventory import NOT_PERSONAL, Holds
from ringfence.privacy.ledger.models import AppendOnly
from ringfence.privacy.statistics.rules import YEARLY_RHO, Level, Unit


class Release(AppendOnly):
    """What was published of one period: the manifest as it was signed, and the same figures as a file for a table.

    `after` is the first day that is not in the period. Exact figures are nowhere: they were never stored.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.PositiveIntegerField(unique=True)
    level = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Level])
    first = models.DateField()
    after = models.DateField()
    made_at = models.DateTimeField()
    manifest = models.TextField()
    note = models.TextField()
    table = models.TextField()

    holds = Holds(
        NOT_PERSONAL, "id", "number", "level", "first", "after", "made_at", "manifest", "note", "table"
    )

    class Meta:
        db_table = "privacy_statisticsrelease"
        constraints = (
            models.UniqueConstraint(fields=["level", "first"], name="a_period_is_released_once"),
            models.CheckConstraint(condition=Q(after__gt=F("first")), name="a_period_has_days"),
            ExclusionConstraint(
                name="no_day_is_released_twice",
                expressions=[
                    (
                        Func("first", "after", function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    )
                ],
            ),
        )

    @property
    def public_id(self) -> str:
        """Return the id that pages and addresses use."""
        return public_id("rls", self.id)


class Spending(AppendOnly):
    """What a release cost one unit, in millionths of rho, of the budget of the year in which its period begins.

    The database adds up the year and refuses what is more than its budget.
    """

    id = models.BigAutoField(primary_key=True)
    release = models.ForeignKey(Release, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    unit = models.CharField(max_length=16, choices=[(one.value, one.value) for one in Unit])
    year = models.PositiveSmallIntegerField()
    rho = models.PositiveIntegerField()

    holds = Holds(NOT_PERSONAL, "id", "release", "unit", "year", "rho")

    class Meta:
        db_table = "privacy_statisticsspending"
        constraints = (
            models.UniqueConstraint(fields=["release", "unit"], name="a_release_costs_a_unit_once"),
            models.CheckConstraint(
                condition=Q(rho__gt=0, rho__lte=YEARLY_RHO), name="a_release_costs_a_years_budget_at_most"
            ),
        )


class Export(AppendOnly):
    """Released tables that were handed to an organisation: which, and to whom."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.CharField(max_length=120)
    purpose = models.CharField(max_length=200)
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    handed_at = models.DateTimeField()

    holds = Holds(NOT_PERSONAL, "id", "organisation", "purpose", "first", "last", "handed_at")

    class Meta:
        db_table = "privacy_statisticsexport"
        constraints = (
            models.CheckConstraint(
                condition=Q(first__gte=1, last__gte=F("first")), name="an_export_is_of_releases"
            ),
        )

    @property
    def public_id(self) -> str:
        """Return the id that pages and addresses use."""
        return public_id("exp", self.id)
