"""The parts of a running store: one line of the table each, in the order they start."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from ringfence.adapters.switch import installed
from ringfence.config import secrets
from ringfence.config.declared import REHEARSAL, Environment

SWITCH_INSTALL = (
    "apt-get install --no-install-recommends kamailio kamailio-sqlite-modules kamailio-tls-modules"
)
NO_PHONES = "No phones can register: Kamailio's module for TLS is not installed."


@dataclass(frozen=True)
class Port:
    """A port a part listens on, and the setting that moves it."""

    number: int
    setting: str
    kind: Literal["tcp", "udp"] = "tcp"


@dataclass(frozen=True)
class Part:
    """One process of the store; `environment` is added to the supervisor's own."""

    name: str
    argv: tuple[str, ...]
    ports: tuple[Port, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: float = 10.0


def ways_out(payments: str) -> tuple[str, ...]:
    """Return the modules by which anything leaves this installation; `payments` is the adapter it has chosen."""
    return (
        "ringfence.adapters.carriers.rehearsal",
        "ringfence.adapters.clamd",
        "ringfence.adapters.mail.smtp",
        "ringfence.adapters.message_forwarder",
        "ringfence.adapters.openid.provider",
        "ringfence.adapters.payments.rehearsal_provider.courier",
        "ringfence.adapters.sip_trial.caller",
        "ringfence.adapters.stranger",
        "ringfence.adapters.switch.control",
        "ringfence.interfaces.page_reading",
        payments.rpartition(".")[0],
    )


def table(settings: Environment) -> list[Part]:
    """The parts this installation runs."""
    own = (sys.executable, "-m", "ringfence")
    sip = [Port(settings.sip_port, "RINGFENCE_SIP_PORT", kind) for kind in ("udp", "tcp")]
    if not absence("phones"):
        sip.append(Port(settings.tls_port, "RINGFENCE_SIP_TLS_PORT"))
    rows = [
        Part("worker", (*own, "work", *(() if absence("switch") else ("--node",)))),
        Part("web", _web(settings), (Port(settings.web_port, "RINGFENCE_WEB_PORT"),)),
        Part("rehearsal", _rehearsal(settings), (Port(settings.rehearsal_port, "RINGFENCE_REHEARSAL_PORT"),)),
        Part("mail", (*own, "mail-in"), (Port(settings.mail_port, "RINGFENCE_MAIL_PORT"),)),
        Part("switch", (*own, "switch"), tuple(sip)),
    ]
    unused = {"rehearsal"} if settings.payments != REHEARSAL else set()
    return [row for row in rows if row.name not in unused and not absence(row.name)]


def absence(name: str) -> str:
    """Why a part, or `phones` of the switch, cannot run here, as a sentence; empty when it can."""
    if name == "phones":
        return "" if installed.has_tls() else f"{NO_PHONES} As root: {installed.TLS_INSTALL}"
    if name == "switch" and shutil.which("kamailio", path=_program_path()) is None:
        return f"No calls: Kamailio is not installed. As root: {SWITCH_INSTALL}"
    missing = {
        "mail": "ringfence.interfaces.commands.mail_in",
        "switch": "ringfence.adapters.switch.kamailio",
        "rehearsal": "ringfence.adapters.payments.rehearsal_provider.__main__",
    }
    if name in missing and find_spec(missing[name]) is None:
        return f"The part {name} is not in this version."
    return ""


def _program_path() -> str:
    """Where system programs are, also for an account whose PATH leaves them out."""
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


def _web(settings: Environment) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", settings.web_address, "--port", str(settings.web_port)),
        *("--workers", str(settings.web_workers), "--blocking-threads", str(settings.web_threads)),
        *("--backpressure", str(settings.web_threads * 8), "--respawn-failed-workers"),
        *("--workers-kill-timeout", "8", "--log-level", "warning"),
        "ringfence.config.wsgi:application",
    )


def _rehearsal(settings: Environment) -> tuple[str, ...]:
    words = Path(settings.var_dir) / "secrets" / "rehearsal-payments"
    secrets.made_once(words.parent, words.name)
    return (
        *(sys.executable, "-m", "ringfence.adapters.payments.rehearsal_provider"),
        *("--host", settings.web_address, "--port", str(settings.rehearsal_port)),
        *("--public-url", f"http://localhost:{settings.rehearsal_port}"),
        *("--data-dir", str(settings.var_dir / "rehearsal")),
        *("--webhook-url", f"http://127.0.0.1:{settings.web_port}/webhooks/payments/"),
        *("--secret-file", str(words)),
    )
