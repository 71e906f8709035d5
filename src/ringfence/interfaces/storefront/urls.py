"""The storefront's addresses, under /nb/ and /en/."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import path

from ringfence.interfaces.storefront import (
    abuse_pages,
    catalogue,
    checkout,
    contact_page,
    conversations_page,
    cookie_page,
    information,
    late_payment,
    news_page,
    request_pages,
    search_page,
    statistics_page,
    trial_page,
)

app_name = "storefront"
urlpatterns = [
    path("", search_page.home, name="home"),
    path("numbers/<str:number>/", catalogue.number, name="number"),
    path("numbers/<str:number>/choose/", checkout.choose, name="choose"),
    path("checkout/<str:order>/", checkout.check_out, name="checkout"),
    path("checkout/<str:order>/pay/", checkout.pay, name="pay"),
    path("checkout/<str:order>/let-go/", checkout.let_go, name="let_go"),
    path("checkout/<str:order>/done/", checkout.done, name="done"),
    path("checkout/<str:order>/not-paid/", checkout.not_paid, name="not_paid"),
    path("checkout/<str:order>/take/<str:number>/", late_payment.take_equal, name="take_equal"),
    path("checkout/<str:order>/money-back/", late_payment.money_back, name="money_back"),
    path("prices/", information.prices, name="prices"),
    path("help/", information.help_page, name="help"),
    *contact_page.urlpatterns,
    *conversations_page.urlpatterns,
    path("cookies/", cookie_page.cookies, name="cookies"),
    path("cookies/answer/", cookie_page.choose, name="choose_cookies"),
    path("cookies/receipt/", cookie_page.receipt, name="consent_receipt"),
    path("news/<str:link>/", news_page.news, name="news"),
    path("try/", trial_page.trial, name="trial"),
    path("try/message/", trial_page.message, name="trial_message"),
    path("try/<str:trial>/", trial_page.watched, name="trial_watched"),
    *abuse_pages.urlpatterns,
    *request_pages.urlpatterns,
    *statistics_page.urlpatterns,
]
if find_spec("ringfence.interfaces.storefront.policy_urls"):
    urlpatterns += import_module("ringfence.interfaces.storefront.policy_urls").urlpatterns
