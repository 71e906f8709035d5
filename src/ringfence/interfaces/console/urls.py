"""Addresses of the staff's pages: every `*_pages` module beside this one enters its own."""

from ringfence.interfaces.pages import addresses_in

app_name = "console"
urlpatterns = addresses_in("ringfence.interfaces.console")
