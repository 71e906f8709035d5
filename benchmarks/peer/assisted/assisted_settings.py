"""Settings of the peer: as its documentation sets one up, with its log in a database of its own."""

import os


def _database(name: str) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "HOST": os.environ["PEER_HOST"],
        "USER": os.environ["PEER_USER"],
        "PASSWORD": os.environ["PEER_PASSWORD"],
        "CONN_MAX_AGE": None,
    }


SECRET_KEY = "of a peer that lives for a minute"
USE_TZ = True
DATABASES = {"default": _database("peer"), "gdpr_log": _database("peer_log")}
DATABASE_ROUTERS = ["gdpr_assist.routers.EventLogRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "gdpr_assist", "people"]
