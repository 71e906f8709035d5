"""The numbers of a page as its list shows them.

Written here and not by a template: twenty rows of it are half the work of the busiest page (docs/decisions/0007).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from ringfence.interfaces import clock, writing
from ringfence.interfaces.stock_words import CAPABILITIES, KINDS
from ringfence.interfaces.storefront import places
from ringfence.interfaces.storefront.marking import marked, written
from ringfence.interfaces.storefront.search_form import Asked
from ringfence.telephony.queries import Offer
from ringfence.telephony.rules import SoldType

_ROW: Final = (
    '<li><div class="main">{}</div><div class="soft">{}<br>{}</div><div>{}</div>'
    '<div class="end cluster"><span>{} <span class="soft">/ {}</span></span>'
    '<a class="button" href="{}{}/{}">{}<span class="visually-hidden"> {}</span></a></div></li>'
)


def place_of(offer: Offer) -> str:
    """Write where a number belongs; its kind where that says more than an area."""
    land = places.country(offer.country)
    if offer.area:
        return f"{offer.area}, {land}"
    return land if offer.type == SoldType.GEOGRAPHIC else f"{land} · {KINDS[SoldType(offer.type)]}"


def _ready(offer: Offer, at: datetime) -> SafeString:
    """Write when a number works, and since when nobody has had it."""
    ready = (
        _("Ready at once · no documents needed")
        if offer.ready_at_once
        else _("Documents needed before it works")
    )
    if offer.unused_since is None:
        return format_html("{}", ready)
    unused = _("Unused since %(unused)s") % {"unused": writing.moment(offer.unused_since, "day", at=at)}
    return format_html("{}<br>{}", ready, unused)


def capabilities_of(offer: Offer) -> tuple[str, ...]:
    """Write what a number can do."""
    return tuple(str(CAPABILITIES.get(name, name)) for name in sorted(offer.capabilities, reverse=True))


def rows(asked: Asked, offers: Sequence[Offer], prices: Mapping[tuple[str, str], str]) -> SafeString:
    """Write the rows; nothing for no numbers."""
    address = asked.address()
    url = reverse("storefront:number", args=["0"]).removesuffix("0/")
    month, choose, at = _("month"), _("Choose"), clock.now()
    tags = {offer.capabilities: _tags(offer) for offer in offers}
    return mark_safe(  # noqa: S308 - every row is made by format_html
        "".join(
            format_html(
                _ROW,
                marked(offer.e164, asked.pattern),
                place_of(offer),
                _ready(offer, at),
                tags[offer.capabilities],
                prices[offer.country, offer.type],
                month,
                url,
                offer.public_id,
                address,
                choose,
                written(offer.e164),
            )
            for offer in offers
        )
    )


def _tags(offer: Offer) -> SafeString:
    return mark_safe("".join(f'<span class="tag">{escape(name)}</span>' for name in capabilities_of(offer)))  # noqa: S308 - escaped
