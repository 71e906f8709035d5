"""Keys and blind indexes live in a database of their own."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    """The only models that the `keys` database holds."""

    name = "ringfence.privacy.keys"
    label = "keys"
