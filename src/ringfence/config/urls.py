"""Where every address of the store leads: machines first, then the pages of each language."""

from importlib.util import find_spec

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from ringfence.interfaces import health, well_known

handler400 = "ringfence.interfaces.errors.bad_request"
handler403 = "ringfence.interfaces.errors.permission_denied"
handler404 = "ringfence.interfaces.errors.page_not_found"
handler500 = "ringfence.interfaces.errors.server_error"

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
    path("", health.front_door),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("robots.txt", well_known.robots),
    path(".well-known/security.txt", well_known.security_txt),
    path(".well-known/gpc.json", well_known.gpc_json),
    path("security.txt", require_safe(RedirectView.as_view(url="/.well-known/security.txt"))),
    path("favicon.ico", well_known.favicon),
    *_included(_MACHINES),
    *i18n_patterns(*_included(_PAGES), prefix_default_language=True),
]
