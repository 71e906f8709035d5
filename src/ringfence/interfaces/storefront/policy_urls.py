"""Addresses of the policy and of receipts, entered by the storefront."""

from django.urls import path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from ringfence.interfaces.storefront import (
    authority_report,
    policy_changes,
    policy_record,
    promise_pages,
)
from ringfence.interfaces.storefront import policy_views as views

urlpatterns = [
    path("ledger/", require_safe(RedirectView.as_view(pattern_name="storefront:policy")), name="ledger"),
    path("policy/", views.policy, name="policy"),
    path("promises/", require_safe(RedirectView.as_view(pattern_name="storefront:policy")), name="promises"),
    path("promises/<str:clause>/", promise_pages.promise, name="promise"),
    path("policy/<int:number>/", views.policy_version, name="policy_version"),
    path("policy/compare/", policy_changes.compare, name="policy_compare"),
    path("policy/<int:old>/beside/<int:new>/", policy_changes.compared, name="policy_compared"),
    path("policy/record/", policy_record.page, name="policy_record"),
    path("policy/record.json", policy_record.as_json, name="policy_record_json"),
    path("policy/record.csv", policy_record.as_csv, name="policy_record_csv"),
    path("authorities/", authority_report.page, name="authorities"),
    path("authorities/report.json", authority_report.as_json, name="authorities_json"),
    path("receipts/", views.check_receipt, name="receipts"),
    path("receipts/<str:word>/", views.follow_deletion, name="follow_deletion"),
]
