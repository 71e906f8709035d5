"""Addresses of the account: every `*_pages` module beside this one enters its own."""

from ringfence.interfaces.pages import addresses_in

app_name = "account"
urlpatterns = addresses_in("ringfence.interfaces.account")
