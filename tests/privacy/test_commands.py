"""The commands of the privacy core: `verify`, `keys`, `sweep`, `demo-erase`."""

import argparse
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.conf import settings as configured
from pytest_django import Settings

from ringfence.interfaces.commands import demo_erase, keys, sweep, verify
from tests.accounts.builders import customer

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
NOTHING = argparse.Namespace()


@pytest.mark.usefixtures("open_mail_port")
def test_a_sweep_makes_what_a_new_installation_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    assert sweep.run(NOTHING) == 0
    assert sweep.run(NOTHING) == 0
    assert "promises broken: 0" in capsys.readouterr().out


@pytest.mark.promise("2.6")
def test_verify_fails_when_the_ledger_does_not_hold(
    capsys: pytest.CaptureFixture[str], break_data: Callable[..., None]
) -> None:
    customer()
    assert verify.run(NOTHING) == 0
    assert "holds together" in capsys.readouterr().out
    break_data("UPDATE privacy_ledgerline SET purpose = 'none' WHERE action = 'accounts.add'")
    assert verify.run(NOTHING) == 1
    assert "rewritten" in capsys.readouterr().out


def test_keys_are_listed_rotated_and_ended(capsys: pytest.CaptureFixture[str]) -> None:
    customer()
    for verb in ("rotate", "end-epochs", "list"):
        assert keys.run(argparse.Namespace(verb=verb)) == 0
    said = capsys.readouterr().out
    assert "in use" in said
    assert "No epoch is over" in said


@pytest.mark.promise("2.9")
def test_a_demo_customer_is_deleted_before_ones_eyes(
    capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    customer(email="customer2@example.com", name="Customer Two")
    words = argparse.Namespace(email="customer2@example.com")
    settings.ENVIRONMENT = replace(configured.ENVIRONMENT, demo=False)
    assert demo_erase.run(words) == 2
    settings.ENVIRONMENT = replace(configured.ENVIRONMENT, demo=True)
    assert demo_erase.run(words) == 0
    said = capsys.readouterr().out
    before, after = said.split("After:")
    assert "accounts_person" in before
    assert "none" in after
    assert "rcp_" in after
    assert demo_erase.run(words) == 0, "once deleted, there is nothing to do"
