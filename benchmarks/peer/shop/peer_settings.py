"""Settings of the peer's shop: as its documentation sets one up, on PostgreSQL, searched by Whoosh."""

import os

from oscar.defaults import *  # type: ignore[import-not-found]  # noqa: F403 - the peer is installed in a place of its own

SECRET_KEY = "of a shop that lives for a minute"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "peer",
        "HOST": os.environ["PEER_HOST"],
        "USER": os.environ["PEER_USER"],
        "PASSWORD": os.environ["PEER_PASSWORD"],
        "CONN_MAX_AGE": None,
    }
}
HAYSTACK_CONNECTIONS = {
    "default": {
        "ENGINE": "haystack.backends.whoosh_backend.WhooshEngine",
        "PATH": os.environ["PEER_INDEX"],
    }
}
_PARTS = (
    "analytics:Analytics checkout:Checkout address:Address shipping:Shipping catalogue:Catalogue"
    " catalogue.reviews:CatalogueReviews communication:Communication partner:Partner basket:Basket payment:Payment"
    " offer:Offer order:Order customer:Customer search:Search voucher:Voucher wishlists:Wishlists dashboard:Dashboard"
)
_DESKS = (
    "reports users orders catalogue offers partners pages ranges reviews vouchers communications shipping"
)
_DJANGO = "admin auth contenttypes sessions messages staticfiles sites flatpages"
INSTALLED_APPS = [
    *(f"django.contrib.{name}" for name in _DJANGO.split()),
    "oscar.config.Shop",
    *(f"oscar.apps.{part.replace(':', '.apps.')}Config" for part in _PARTS.split()),
    *(f"oscar.apps.dashboard.{desk}.apps.{desk.capitalize()}DashboardConfig" for desk in _DESKS.split()),
    "widget_tweaks",
    "haystack",
    "treebeard",
    "sorl.thumbnail",
    "django_tables2",
]
SITE_ID = 1
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "oscar.apps.basket.middleware.BasketMiddleware",
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "oscar.apps.search.context_processors.search_form",
                "oscar.apps.checkout.context_processors.checkout",
                "oscar.apps.communication.notifications.context_processors.notifications",
                "oscar.core.context_processors.metadata",
            ]
        },
    }
]
ROOT_URLCONF = "peer_shop"
WSGI_APPLICATION = "peer_shop.application"
STATIC_URL = "/static/"
MEDIA_ROOT = os.environ["PEER_MEDIA"]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
OSCAR_ALLOW_ANON_CHECKOUT = True
OSCAR_INITIAL_ORDER_STATUS = OSCAR_INITIAL_LINE_STATUS = "Pending"
OSCAR_ORDER_STATUS_PIPELINE = {"Pending": ()}
