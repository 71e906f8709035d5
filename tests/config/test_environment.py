"""Settings: what is read, and the sentence that refuses what cannot be."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.utils.module_loading import import_string
from pytest_django import Settings

from ringfence.adapters.payments.stripe_checkout import StripeCheckout
from ringfence.config import declared, environment
from ringfence.config import settings as of_the_store
from ringfence.config.commands import settings as command


def refusal(**given: str) -> str:
    with pytest.raises(environment.SettingError) as raised:
        environment.read(given)
    return str(raised.value)


def test_nothing_is_needed_for_a_first_run() -> None:
    read = environment.read({"PATH": "/usr/bin", "UNRELATED": "x"})
    assert read.embedded
    assert read.demo
    assert read.web_port == 8000
    assert read.origin == "http://localhost:8000"
    assert read.var_dir.is_absolute()


def test_an_empty_value_is_no_value() -> None:
    assert environment.read({"RINGFENCE_WEB_PORT": " "}).web_port == 8000


def test_an_unknown_name_is_refused_with_the_name_that_was_meant() -> None:
    assert (
        refusal(RINGFENCE_WEBPORT="1")
        == "There is no setting RINGFENCE_WEBPORT; did you mean RINGFENCE_WEB_PORT?"
    )
    assert "`ringfence settings`" in refusal(RINGFENCE_QQQQQQQQ="1")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("RINGFENCE_WEB_PORT", "80000", "a whole number from 1 to 65535"),
        ("RINGFENCE_WEB_PORT", "x", "a whole number from 1 to 65535"),
        ("RINGFENCE_WEB_WORKERS", "0", "from 1 to 64"),
        ("RINGFENCE_TIME_ZONE", "Norway/Nowhere", "a time zone such as"),
        ("RINGFENCE_DEBUG", "maybe", "yes or no"),
        ("RINGFENCE_SIP_NODE", "edge 1", "at most 40 letters"),
        ("RINGFENCE_SIP_NODE", "e" * 41, "at most 40 letters"),
        ("RINGFENCE_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("RINGFENCE_PUBLIC_ORIGIN", "numbers.example.com", "scheme and host"),
        ("RINGFENCE_PUBLIC_ORIGIN", "https://numbers.example.com/shop", "scheme and host"),
        ("RINGFENCE_PUBLIC_ORIGIN", "https://numbers.example.com:x", "scheme and host"),
        ("RINGFENCE_CONTACT_EMAIL", "nobody", "an e-mail address"),
        ("RINGFENCE_WEB_ADDRESS", "localhost", "an IP address"),
        ("RINGFENCE_SIP_TRUNKS", "192.0.2.0/24,192.0.2.1/24", "networks such as 192.0.2.0/24"),
        ("RINGFENCE_SIP_NAME", "sip_one.example.com", "a host name such as"),
        ("RINGFENCE_SIP_NAME", f"{'x' * 63}." * 4 + "com", "a host name such as"),
        ("RINGFENCE_SIP_TLS_KEY", "/", "a file is expected"),
        ("RINGFENCE_KEYSTORE", "not a path", "a dotted path"),
        ("RINGFENCE_OIDC_ISSUER", "login.example.com", "a web address"),
    ],
)
def test_a_malformed_value_is_refused_in_one_sentence(name: str, value: str, expected: str) -> None:
    said = refusal(**{name: value})
    assert said.startswith(f"The setting {name} is {value!r}, but ")
    assert expected in said
    assert said.endswith(".")
    assert "\n" not in said


@pytest.mark.parametrize("name", ["DATABASE_URL", "RINGFENCE_SMTP_URL", "RINGFENCE_SECRET_KEY"])
def test_a_malformed_secret_is_not_repeated(name: str) -> None:
    assert "hunter2" not in refusal(**{name: "hunter2"})


def test_a_secret_can_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("k" * 40 + "\n")
    assert environment.read({"RINGFENCE_SECRET_KEY_FILE": str(path)}).secret_key == "k" * 40
    assert "only one" in refusal(RINGFENCE_SECRET_KEY_FILE=str(path), RINGFENCE_SECRET_KEY="k" * 40)
    assert "cannot be read" in refusal(RINGFENCE_SECRET_KEY_FILE=str(tmp_path / "absent"))


def test_only_secrets_can_be_files() -> None:
    assert refusal(RINGFENCE_WEB_PORT_FILE="/x").startswith("There is no setting RINGFENCE_WEB_PORT_FILE")


def test_both_databases_are_named_or_none() -> None:
    data, keys = "postgresql://a:b@db.example.com/ringfence", "postgresql://c:d@db.example.com/keys"
    assert "KEYS_DATABASE_URL is missing" in refusal(DATABASE_URL=data)
    assert "DATABASE_URL is missing" in refusal(KEYS_DATABASE_URL=keys)
    assert "DATABASE_URL is missing" in refusal(DATABASE_OWNER_URL=data)
    read = environment.read({"DATABASE_URL": data, "KEYS_DATABASE_URL": keys})
    assert not read.embedded
    assert not read.demo


STRIPE_SETTINGS = {
    "RINGFENCE_PAYMENTS": declared.STRIPE,
    "RINGFENCE_STRIPE_SECRET_KEY": "rk_live_" + "a1B2" * 8,
    "RINGFENCE_STRIPE_WEBHOOK_SECRET": "whsec_" + "a1B2" * 8,
}


def test_stripe_is_chosen_with_both_its_secrets_or_not_at_all() -> None:
    read = environment.read(STRIPE_SETTINGS)
    assert (read.payments, read.stripe_secret_key) == (declared.STRIPE, "rk_live_" + "a1B2" * 8)
    assert import_string(declared.STRIPE) is StripeCheckout
    for name in ("RINGFENCE_STRIPE_SECRET_KEY", "RINGFENCE_STRIPE_WEBHOOK_SECRET"):
        rest = {one: value for one, value in STRIPE_SETTINGS.items() if one != name}
        assert refusal(**rest) == f"RINGFENCE_PAYMENTS names Stripe, but {name} is missing."
        alone = refusal(**{name: STRIPE_SETTINGS[name]})
        assert alone == f"{name} is set, but RINGFENCE_PAYMENTS is not {declared.STRIPE}."


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("RINGFENCE_STRIPE_SECRET_KEY", "pk_live_" + "a1B2" * 8, "a publishable key is none"),
        ("RINGFENCE_STRIPE_SECRET_KEY", "sk_live_short", "sk_live_…"),
        ("RINGFENCE_STRIPE_SECRET_KEY", "whsec_" + "a1B2" * 8, "sk_live_…"),
        ("RINGFENCE_STRIPE_WEBHOOK_SECRET", "sk_live_" + "a1B2" * 8, "whsec_…"),
    ],
)
def test_a_malformed_key_of_stripes_stops_the_start_and_is_not_repeated(
    name: str, value: str, expected: str
) -> None:
    said = refusal(**STRIPE_SETTINGS | {name: value})
    assert said.startswith(f"The setting {name} is a value that is kept secret, but ")
    assert expected in said
    assert value not in said


def test_the_checkout_may_lead_to_the_chosen_providers_page_only(tmp_path: Path) -> None:
    code = (
        "from ringfence.config import parts, settings as s;"
        "print(s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'],"
        " 'rehearsal' in [row.name for row in parts.table(s.ENVIRONMENT)])"
    )
    said = {}
    for name, given in {"stripe": STRIPE_SETTINGS, "rehearsal": {}}.items():
        around = {"PYTHONPATH": "src", "RINGFENCE_VAR_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
        command = [sys.executable, "-c", code]
        said[name] = subprocess.run(
            command, env=around | given, capture_output=True, text=True, check=True
        ).stdout
    assert said["stripe"] == """["'self'", 'https://checkout.stripe.com'] False\n"""
    assert said["rehearsal"] == """["'self'", 'http://localhost:8001'] True\n"""


@pytest.mark.promise("2.3")
def test_the_keys_database_is_not_the_data_database() -> None:
    said = refusal(
        DATABASE_URL="postgresql://a:b@db.example.com/ringfence",
        KEYS_DATABASE_URL="postgresql://c:d@db.example.com/ringfence",
    )
    assert "keep keys apart from data" in said


def test_the_manual_lists_every_setting() -> None:
    table = command.markdown()
    for row in declared.rows():
        assert f"`{row.metadata['name']}`" in table
        assert row.metadata["doc"].endswith(".")


def test_demo_customers_are_not_let_onto_a_public_store() -> None:
    public = {"RINGFENCE_PUBLIC_ORIGIN": "https://numbers.example.com"}
    assert not environment.read(public).demo
    assert "everybody knows the passwords" in refusal(**public, RINGFENCE_DEMO="yes")
    assert environment.read({"RINGFENCE_PUBLIC_ORIGIN": "http://localhost:8080"}).demo
    assert environment.read(
        {"RINGFENCE_PUBLIC_ORIGIN": "http://127.0.0.1:8080", "RINGFENCE_DEMO": "yes"}
    ).demo


def test_a_certificate_and_its_key_belong_together() -> None:
    assert "RINGFENCE_SIP_TLS_KEY is missing" in refusal(RINGFENCE_SIP_TLS_CERTIFICATE="/etc/ssl/sip.pem")
    assert "RINGFENCE_SIP_TLS_CERTIFICATE is missing" in refusal(RINGFENCE_SIP_TLS_KEY="/etc/ssl/sip.key")


def test_tls_is_spoken_behind_the_port_of_sip_unless_said_otherwise() -> None:
    assert environment.read({}).tls_port == 15061
    assert environment.read({"RINGFENCE_SIP_PORT": "5060"}).tls_port == 5061
    assert environment.read({"RINGFENCE_SIP_TLS_PORT": "443"}).tls_port == 443


@pytest.mark.promise("2.3")
def test_one_secret_does_not_open_both_sets_of_a_backup() -> None:
    same = "the same secret for both, long enough"
    said = refusal(RINGFENCE_BACKUP_SECRET=same, RINGFENCE_BACKUP_KEYS_SECRET=same)
    assert said == "RINGFENCE_BACKUP_SECRET and RINGFENCE_BACKUP_KEYS_SECRET are the same text."


def test_backups_are_made_by_themselves_where_the_database_is_the_stores_own() -> None:
    own = {"DATABASE_URL": "postgresql://a:b@db/data", "KEYS_DATABASE_URL": "postgresql://a:b@db/keys"}
    assert environment.read({}).backup_daily
    assert not environment.read(own).backup_daily
    assert environment.read(own | {"RINGFENCE_BACKUP_DAILY": "yes"}).backup_daily
    assert "from 1 to 13" in refusal(RINGFENCE_BACKUP_DAYS="14"), "the date on a receipt would not hold"


@pytest.mark.promise("2.3")
def test_a_password_is_kept_so_that_each_guess_is_dear(settings: Settings) -> None:
    """All other tests keep passwords cheaply; the store does not."""
    settings.PASSWORD_HASHERS = of_the_store.PASSWORD_HASHERS
    kept = make_password("four plain words here")
    found = re.match(r"argon2\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$", kept)
    assert found, kept
    assert int(found[1]) >= 19 * 1024, "kibibytes of memory"
    assert int(found[2]) >= 2, "turns"
    assert check_password("four plain words here", kept)
