"""What strangers ask for wrongly is a note in the log, without a traceback and without the framework's words."""

import logging

import pytest
from django.test import Client


@pytest.mark.django_db(databases=["default", "keys"])
@pytest.mark.parametrize(
    ("path", "host"),
    [("/en/nothing-here/", "testserver"), ("/en/", "foreign.example"), ("/en/staff/", "testserver")],
)
def test_a_refused_request_is_a_note(path: str, host: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert Client().get(path, headers={"host": host}).status_code < 500
    for record in caplog.records:
        assert record.levelno <= logging.INFO
        assert record.exc_info is None
        assert "ALLOWED_HOSTS" not in record.getMessage()


@pytest.mark.django_db(databases=["default", "keys"])
def test_a_form_from_elsewhere_is_a_note(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert Client(enforce_csrf_checks=True).post("/healthz").status_code == 403
    assert caplog.records == []


def test_our_own_faults_stay_loud() -> None:
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Internal Server Error", (), None)
    record.status_code = 500
    assert logging.getLogger("django.request").filter(record)
    assert record.levelno == logging.ERROR
