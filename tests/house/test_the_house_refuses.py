"""What must not be built is refused: by start-up, by the linter, by the contract between the rooms."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.config.installation import free_port
from tests.house import source

ROOT = source.ROOT

IMPORTS = """
from django.db import models
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import (
    NOT_PERSONAL, Basis, Category, Holds, Personal, Purpose, RetentionClass, Source, link,
)
from ringfence.privacy.sealed import SealedText

NAME = Personal(Category.IDENTITY, Source.USE, Purpose.SERVICE, Basis.CONTRACT, RetentionClass.ACCOUNT)
"""
MODEL = """

class {called}({base}):
    subject = models.UUIDField()
    name = {name}

    holds = Holds(NOT_PERSONAL, "id", {declared})
"""
SOUND = {
    "called": "Visitor",
    "base": "Guarded",
    "name": "SealedText()",
    "declared": 'subject=link("finds the visitor"), name=NAME',
}

UNCLASSIFIED = {"declared": 'subject=link("finds the visitor")'}
Models = Sequence[Mapping[str, str]]


def run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, with the environment of this test run and some more."""
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def checked(folder: Path, *words: str, models: Models = ({},)) -> subprocess.CompletedProcess[str]:
    """Run a command of the store in an installation with one more app, whose models are built of parts."""
    app = folder / "scratch"
    app.mkdir()
    (app / "__init__.py").touch()
    (app / "models.py").write_text(IMPORTS + "".join(MODEL.format(**{**SOUND, **one}) for one in models))
    settings = """
        from ringfence.config.settings import *  # noqa: F403
        INSTALLED_APPS = [*INSTALLED_APPS, "scratch"]  # noqa: F405
    """
    (folder / "scratch_settings.py").write_text(textwrap.dedent(settings))
    paths = os.pathsep.join([str(folder), str(ROOT / "src")])
    return run(
        [sys.executable, "-m", "ringfence", *words],
        folder,
        DJANGO_SETTINGS_MODULE="scratch_settings",
        PYTHONPATH=paths,
        RINGFENCE_VAR_DIR=str(folder / "var"),
    )


def test_a_model_that_declares_everything_is_let_in(tmp_path: Path) -> None:
    found = checked(tmp_path, "migrate", "--check")
    assert "is not classified" not in found.stdout + found.stderr
    assert "migrations are missing" in found.stdout, found.stderr


@pytest.mark.promise("1.1")
def test_a_field_that_is_not_classified_stops_migrations(tmp_path: Path) -> None:
    """Each of four mistakes is named by the model that has it."""
    wrong = {
        "E001": UNCLASSIFIED,
        "E002": {"declared": 'subject=link("x"), name=NAME, shoe_size=NAME'},
        "E003": {"name": "models.CharField(max_length=80)"},
        "E004": {"declared": '"name", subject=link("finds the visitor")'},
    }
    found = checked(tmp_path, "migrate", models=[{"called": code, **parts} for code, parts in wrong.items()])
    assert found.returncode == 1
    assert "Traceback" not in found.stderr
    told = set(re.findall(r"ringfence\.(E\d+): scratch\.(E\d+)", found.stderr))
    assert told == {(code, code) for code in wrong} | {("E004", "E001")}, (
        "what is sealed and undeclared is both"
    )


@pytest.mark.promise("1.1")
@pytest.mark.parametrize("command", ["prepare", "work", "up"])
def test_a_field_that_is_not_classified_stops_the_start(
    tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("KEYS_DATABASE_URL")
    tmp_path.chmod(0o755)
    for name in ("WEB", "REHEARSAL", "MAIL", "SIP", "SIP_TLS"):
        monkeypatch.setenv(f"RINGFENCE_{name}_PORT", str(free_port()))
    found = checked(tmp_path, command, models=[UNCLASSIFIED])
    said = found.stdout + found.stderr
    assert found.returncode == 1, said
    assert "Visitor.name is not classified" in said
    assert "The store is ready" not in said
    assert "migrations applied" not in said


def test_pages_are_not_served_with_a_field_that_is_not_classified(tmp_path: Path) -> None:
    checked(tmp_path, "help", models=[UNCLASSIFIED])
    found = run(
        [sys.executable, "-c", "import ringfence.config.wsgi"],
        tmp_path,
        DJANGO_SETTINGS_MODULE="scratch_settings",
        PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT / "src")]),
        RINGFENCE_VAR_DIR=str(tmp_path / "var"),
    )
    assert found.returncode != 0
    assert "Visitor.name is not classified" in found.stderr


WRITES = """
import django; django.setup()
from datetime import UTC, datetime
from uuid import UUID
from ringfence.kernel.action import WriteOutsideAction
from ringfence.privacy.keys import blind
from ringfence.privacy.keys.models import KeyEpoch
AT = datetime(2026, 11, 2, tzinfo=UTC)
WRITES = [
    lambda: KeyEpoch.objects.create(name='x', began_at=AT),
    lambda: KeyEpoch(name='x', began_at=AT).save(),
    lambda: KeyEpoch.objects.update(began_at=AT),
    lambda: KeyEpoch.objects.bulk_create([KeyEpoch(name='x', began_at=AT)]),
    lambda: KeyEpoch.objects.all().delete(),
    lambda: blind.claim('email', 'a', UUID(int=1)),
]
for place, write in enumerate(WRITES):
    try:
        write()
    except WriteOutsideAction:
        print("refused", place)
WRITES[0]()
"""


def test_a_write_outside_an_action_stops_the_program(tmp_path: Path) -> None:
    found = run(
        [sys.executable, "-c", WRITES],
        tmp_path,
        DJANGO_SETTINGS_MODULE="ringfence.config.settings",
        RINGFENCE_VAR_DIR=str(tmp_path / "var"),
        PYTHONPATH=str(ROOT / "src"),
    )
    assert found.stdout.splitlines() == [f"refused {place}" for place in range(6)], found.stderr
    assert found.returncode != 0
    assert "WriteOutsideAction" in found.stderr


CLOCKS = {
    "datetime.datetime.now": "from datetime import UTC, datetime\nmoment = datetime.now(UTC)\n",
    "datetime.date.today": "from datetime import date\nday = date.today()\n",
    "django.utils.timezone.now": "from django.utils import timezone\nmoment = timezone.now()\n",
    "django.db.models.functions.Now": "from django.db.models.functions import Now\nmoment = Now()\n",
    "time.time": "import time\nmoment = time.time()\n",
}


@pytest.mark.parametrize("room", ["kernel", "privacy", "accounts", "telephony", "shop", "support"])
def test_a_room_that_reads_the_clock_fails_the_linter(room: str) -> None:
    said = linted(f"src/ringfence/{room}/scratch.py", "".join(CLOCKS.values()))
    assert [name for name in CLOCKS if f"TID251 `{name}` is banned" not in said] == []


def test_an_interface_may_read_the_clock() -> None:
    assert "TID251" not in linted("src/ringfence/interfaces/scratch.py", CLOCKS["time.time"])


def linted(name: str, content: str) -> str:
    """Return what the linter says of a file that would have this name."""
    ruff = Path(sys.executable).parent / "ruff"
    done = subprocess.run(
        [ruff, "check", "--no-cache", "--output-format", "concise", "--stdin-filename", name, "-"],
        cwd=ROOT,
        input=f'"""Scratch."""\n\n{content}',
        capture_output=True,
        text=True,
        check=False,
    )
    assert "error" not in done.stderr.lower(), done.stderr
    return done.stdout


AGAINST_THE_DIRECTION = (
    ("kernel", "ringfence.privacy.keys"),
    ("privacy", "ringfence.accounts.rules"),
    ("accounts", "ringfence.telephony.rules"),
    ("telephony", "ringfence.shop.rules"),
    ("shop", "ringfence.support.apps"),
    ("support", "ringfence.interfaces.clock"),
    ("interfaces", "ringfence.shop.models"),
    ("interfaces", "ringfence.adapters.keystore.files"),
    ("adapters", "ringfence.config.settings"),
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the source in which something may be built that must not stay."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        ROOT / "src",
        tmp_path / "src",
        ignore=shutil.ignore_patterns("__pycache__", "*.po", "*.html", "*.zip"),
    )
    return tmp_path


def test_imports_against_the_direction_break_the_contract(copy: Path) -> None:
    """Each of them is named."""
    for place, (room, imported) in enumerate(AGAINST_THE_DIRECTION):
        scratch = copy / "src" / "ringfence" / room / f"scratch_{place}.py"
        scratch.write_text(f"import {imported}\n")
    found = contracts(copy)
    assert found.returncode != 0
    for place, (room, imported) in enumerate(AGAINST_THE_DIRECTION):
        assert f"ringfence.{room}.scratch_{place} -> {imported}" in found.stdout, found.stdout


def test_a_room_without_a_place_breaks_the_contract(copy: Path) -> None:
    room = copy / "src" / "ringfence" / "cellar"
    room.mkdir()
    (room / "__init__.py").touch()
    found = contracts(copy)
    assert found.returncode != 0
    assert "cellar" in found.stdout


def contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts between the rooms."""
    lint = str(Path(sys.executable).parent / "lint-imports")
    return run([lint, "--no-cache"], folder, PYTHONPATH=str(folder / "src"))
