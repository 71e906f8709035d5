"""Where other systems bring their news; no language, no cookies."""

from django.urls import path

from ringfence.interfaces.webhooks import messages, payments

app_name = "webhooks"
urlpatterns = [
    path("payments/", payments.take, name="payments"),
    path("messages/<slug:name>/", messages.take, name="messages"),
]
