"""Where a peer runs: packages of its own in a folder that is thrown away, and a database beside ours."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg

from ringfence.config.embedded import SUPERUSER, EmbeddedServer


def installed(folder: Path, requirements: Sequence[str]) -> str:
    """Install packages into a folder; return the Python that has them."""
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = str(folder / "venv/bin/python")
    quietly = ("--quiet", "--disable-pip-version-check", "--no-input")
    subprocess.run(
        [python, "-m", "pip", "install", *quietly, *requirements], check=True, stderr=subprocess.DEVNULL
    )
    return python


def environment(
    database: EmbeddedServer, code: Path, *, settings: str, databases: Sequence[str]
) -> dict[str, str]:
    """Make databases for a peer whose Django project lies in `code`; return what its processes are started with."""
    url = database.url(SUPERUSER, "postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        for name in databases:
            connection.execute(f'CREATE DATABASE "{name}"')
    facts = psycopg.conninfo.conninfo_to_dict(url)
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": settings,
        "PYTHONPATH": str(code),
        "PYTHONWARNINGS": "ignore",
        "PEER_HOST": str(facts["host"]),
        "PEER_USER": str(facts["user"]),
        "PEER_PASSWORD": str(facts["password"]),
    }


def run(python: str, environ: dict[str, str], *words: str) -> str:
    """Run a program of the peer's to its end; return what it wrote. Raises CalledProcessError."""
    return subprocess.run([python, *words], env=environ, check=True, stdout=subprocess.PIPE, text=True).stdout
