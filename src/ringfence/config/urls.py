"""Where every address of the store leads: machines first, then the pages of each language."""

from importlib.util import find_spec

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

_PAGES = (
    ("", "ringfence.interfaces.storefront.urls"),
    ("", "ringfence.interfaces.account.urls"),
    ("staff/", "ringfence.interfaces.console.urls"),
)
_MACHINES = (
    ("", "ringfence.interfaces.api.urls"),
    ("webhooks/", "ringfence.interfaces.webhooks.urls"),
)


def _included(places: tuple[tuple[str, str], ...]) -> list[URLPattern | URLResolver]:
    return [path(prefix, include(module)) for prefix, module in places if find_spec(module)]


urlpatterns: list[URLPattern | URLResolver] = [
    *_included(_MACHINES),
    *i18n_patterns(*_included(_PAGES), prefix_default_language=True),
]
