"""Every setting of the store, read from the environment variables and from nowhere else.

`ringfence.config.declared` names each setting once. A secret may be given as a file:
`RINGFENCE_SECRET_KEY_FILE=/run/secrets/key` is read instead of `RINGFENCE_SECRET_KEY`. An unknown
`RINGFENCE_…` name or a value that cannot be read stops the start with one sentence.
"""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from ringfence.config import parsing
from ringfence.config.declared import STRIPE, Environment, rows

PREFIX = "RINGFENCE_"


class SettingError(ValueError):
    """A setting is unknown, missing or malformed; the message is one sentence for the operator."""


def read(environ: Mapping[str, str]) -> Environment:
    """Read all settings; raise `SettingError` on the first name or value that is not understood."""
    known = {row.metadata["name"]: row for row in rows()}
    secrets = {name + "_FILE" for name, row in known.items() if row.metadata["secret"]}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known and name not in secrets:
            raise SettingError(_unknown(name, [*known, *secrets]))
    values: dict[str, Any] = {}
    for name, row in known.items():
        given = _given(environ, name, secret=row.metadata["secret"])
        if given is not None:
            try:
                values[row.name] = row.metadata["read"](given)
            except ValueError as problem:
                shown = "a value that is kept secret" if row.metadata["secret"] else repr(given)
                raise SettingError(f"The setting {name} is {shown}, but {problem}.") from None
    return _consistent(values)


@cache
def current() -> Environment:
    """The settings of this process, read once."""
    return read(os.environ)


def _unknown(name: str, known: list[str]) -> str:
    near = get_close_matches(name.removeprefix(PREFIX), [one.removeprefix(PREFIX) for one in known], n=1)
    meant = near and (PREFIX + near[0] if PREFIX + near[0] in known else near[0])
    hint = f"did you mean {meant}?" if meant else "see `ringfence settings` for the names there are."
    return f"There is no setting {name}; {hint}"


def _given(environ: Mapping[str, str], name: str, *, secret: bool) -> str | None:
    """The text given for a setting, directly or as a file; an empty text counts as not given."""
    direct, path = environ.get(name, "").strip(), environ.get(name + "_FILE", "").strip() if secret else ""
    if direct and path:
        raise SettingError(f"Both {name} and {name}_FILE are set, but only one of them can count.")
    if not path:
        return direct or None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingError(
            f"The setting {name}_FILE names {path!r}, which cannot be read: {problem}."
        ) from None


def _consistent(values: dict[str, Any]) -> Environment:
    """Build the settings and check what must fit together."""
    data, keys = values.get("database_url"), values.get("keys_database_url")
    if (data is None) != (keys is None):
        missing = "KEYS_DATABASE_URL" if keys is None else "DATABASE_URL"
        raise SettingError(f"DATABASE_URL and KEYS_DATABASE_URL belong together, but {missing} is missing.")
    if data and keys and parsing.same_database(data, keys):
        raise SettingError(
            "DATABASE_URL and KEYS_DATABASE_URL name the same database; keep keys apart from data."
        )
    if values.get("database_owner_url") and data is None:
        raise SettingError("DATABASE_OWNER_URL is set, but DATABASE_URL is missing.")
    if values.get("oidc_issuer") and not values.get("oidc_client_id"):
        raise SettingError("RINGFENCE_OIDC_ISSUER is set, but RINGFENCE_OIDC_CLIENT_ID is missing.")
    _check_stripe(values)
    certificate, key = values.get("sip_tls_certificate"), values.get("sip_tls_key")
    if (certificate is None) != (key is None):
        missing = "RINGFENCE_SIP_TLS_KEY" if key is None else "RINGFENCE_SIP_TLS_CERTIFICATE"
        raise SettingError(
            f"A certificate of the SIP switch and its key belong together, but {missing} is missing."
        )
    if bool(values.get("message_addresses")) != bool(values.get("message_secret")):
        raise SettingError("RINGFENCE_MESSAGE_ADDRESSES and RINGFENCE_MESSAGE_SECRET belong together.")
    public = not parsing.is_local(values.get("public_origin") or "http://localhost")
    if values.get("demo") and public:
        raise SettingError(
            "RINGFENCE_DEMO is set, but RINGFENCE_PUBLIC_ORIGIN is public;"
            " everybody knows the passwords of demo customers."
        )
    if values.get("demo") is None:
        values["demo"] = data is None and not public
    _complete_backups(values)
    if "var_dir" not in values:
        values["var_dir"] = Path("var").absolute()
    return Environment(**values)


def _complete_backups(values: dict[str, Any]) -> None:
    """One secret for both sets would open the whole backup; the embedded database has backups unless told otherwise."""
    if values.get("backup_daily") is None:
        values["backup_daily"] = values.get("database_url") is None
    secret = values.get("backup_secret")
    if secret and secret == values.get("backup_keys_secret"):
        raise SettingError("RINGFENCE_BACKUP_SECRET and RINGFENCE_BACKUP_KEYS_SECRET are the same text.")


def _check_stripe(values: Mapping[str, Any]) -> None:
    """Stripe needs both its secrets; and a secret that nobody uses would let a store give numbers away for nothing."""
    chosen = values.get("payments") == STRIPE
    for name in ("stripe_secret_key", "stripe_webhook_secret"):
        setting = PREFIX + name.upper()
        if chosen and not values.get(name):
            raise SettingError(f"RINGFENCE_PAYMENTS names Stripe, but {setting} is missing.")
        if values.get(name) and not chosen:
            raise SettingError(f"{setting} is set, but RINGFENCE_PAYMENTS is not {STRIPE}.")
