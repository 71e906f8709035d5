"""The price list."""

from django.db import models
from django.db.models import Q

from ringfence.kernel.public_ids import new_id
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds
from ringfence.shop.models.orders import COUNTRY_LENGTH, CURRENCY_LENGTH
from ringfence.shop.price_rules import CURRENCIES, NUMBER_TYPES


class Price(Guarded):
    """What every number of one country and type costs in one currency, without VAT, in minor units.

    There is no row where it is not sold in that currency: amounts are set by the operator, never converted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    country = models.CharField(max_length=COUNTRY_LENGTH)
    type = models.CharField(max_length=16, choices=[(kind, kind) for kind in NUMBER_TYPES])
    currency = models.CharField(max_length=CURRENCY_LENGTH, choices=[(code, code) for code in CURRENCIES])
    monthly_minor = models.BigIntegerField()
    setup_minor = models.BigIntegerField()
    since = models.DateTimeField()

    holds = Holds(NOT_PERSONAL, "id", "country", "type", "currency", "monthly_minor", "setup_minor", "since")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["country", "type", "currency"], name="one_price_for_a_country_type_and_currency"
            ),
            models.CheckConstraint(
                condition=Q(monthly_minor__gt=0, setup_minor__gte=0, currency__in=CURRENCIES),
                name="a_price_is_above_zero_in_a_currency_we_sell_in",
            ),
        )
