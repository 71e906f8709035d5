"""Fills the peer's shop with as many products as its one argument says."""

import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from PIL import Image

django.setup()

from oscar.core.loading import get_model  # type: ignore[import-not-found]  # noqa: E402 - after the set-up


def _model(room: str, name: str) -> Any:
    return get_model(room, name)


Path(settings.MEDIA_ROOT).mkdir()
Image.new("RGB", (200, 200), "white").save(Path(settings.MEDIA_ROOT) / "image_not_found.jpg")
kind = _model("catalogue", "ProductClass").objects.create(
    name="Number", requires_shipping=False, track_stock=True
)
shelf = _model("catalogue", "Category").objects.add_root({"name": "Numbers"})
partner = _model("partner", "Partner").objects.create(name="Own stock")
for number in range(int(sys.argv[1])):
    name = f"4721{number:06d}"
    product = _model("catalogue", "Product").objects.create(title=f"+{name}", product_class=kind, upc=name)
    product.categories.add(shelf)
    _model("partner", "StockRecord").objects.create(
        product=product,
        partner=partner,
        partner_sku=name,
        price_currency="NOK",
        price=49,
        num_in_stock=100_000,
    )
