"""Staff see the state of the ledger, and verify it on the spot."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods

from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, staff_only
from ringfence.privacy.ledger import checkpoints, published, verify


@staff_only()
@require_http_methods(["GET", "HEAD", "POST"])
def ledger(request: HttpRequest) -> HttpResponse:
    """Show the newest checkpoint and the size; a POST publishes a checkpoint and reads the whole ledger again."""
    findings, verified = [], False
    if request.method == "POST":
        checkpoints.publish(by=actor_of(request), at=clock.now())
        findings, verified = verify.findings(), True
    around = {
        "newest": published.newest(),
        "recent": published.recent(12),
        "waiting": published.unsigned(),
        "key": published.key(),
        "verified": verified,
        "findings": findings,
    }
    return render(request, "console/ledger.html", around)


urlpatterns = [path("ledger/", ledger, name="ledger")]
