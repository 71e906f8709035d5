"""django-gdpr-assist, installed in a folder that is thrown away, deleting people with rows such as ours."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from ringfence.config.embedded import SUPERUSER, EmbeddedServer, stop

HERE = Path(__file__).resolve().parent / "assisted"
REQUIREMENTS = ("django-gdpr-assist==1.4.2", "django==4.2.*", "psycopg[binary]")


def deletions_per_s(people: int) -> float:
    """Install it, make people, and return how many of them it deletes a second."""
    folder = Path(tempfile.mkdtemp(prefix="ringfence-peer-"))
    folder.chmod(0o755)
    database = EmbeddedServer(folder)
    process = database.start()
    try:
        python = _installed(folder)
        environment = _environment(database)
        for name in ("default", "gdpr_log"):
            _run(
                python,
                environment,
                "-m",
                "django",
                "migrate",
                "--verbosity",
                "0",
                "--run-syncdb",
                "--database",
                name,
            )
        return float(_run(python, environment, str(HERE / "assisted_deletion.py"), str(people)).split()[-1])
    finally:
        stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _installed(folder: Path) -> str:
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = str(folder / "venv/bin/python")
    quietly = ("--quiet", "--disable-pip-version-check", "--no-input")
    subprocess.run(
        [python, "-m", "pip", "install", *quietly, *REQUIREMENTS], check=True, stderr=subprocess.DEVNULL
    )
    return python


def _environment(database: EmbeddedServer) -> dict[str, str]:
    url = database.url(SUPERUSER, "postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE peer")
        connection.execute("CREATE DATABASE peer_log")
    facts = psycopg.conninfo.conninfo_to_dict(url)
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "assisted_settings",
        "PYTHONPATH": str(HERE),
        "PYTHONWARNINGS": "ignore",
        "PEER_HOST": str(facts["host"]),
        "PEER_USER": str(facts["user"]),
        "PEER_PASSWORD": str(facts["password"]),
    }


def _run(python: str, environment: dict[str, str], *words: str) -> str:
    return subprocess.run(
        [python, *words], env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
