"""Who sells, as invoices say it."""

from django.conf import settings


def country() -> str:
    """Return the country the seller is registered in."""
    return str(settings.SELLER_COUNTRY)


def facts() -> dict[str, str]:
    """Return what an invoice says of the seller (bokføringsforskriften § 5-1-2), as it is at the moment."""
    return {
        "name": settings.COMPANY_NAME,
        "number": settings.COMPANY_NUMBER,
        "vat_number": settings.COMPANY_VAT_NUMBER,
        "address": settings.COMPANY_ADDRESS,
        "country": settings.SELLER_COUNTRY,
        "registered": "yes" if settings.COMPANY_IN_REGISTER else "",
        "email": settings.CONTACT_EMAIL,
        "phone": settings.CONTACT_PHONE,
    }
