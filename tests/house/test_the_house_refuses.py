"""What must not be built is refused: by start-up, by the linter, by the contract between the rooms."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.config.installation import free_port
from tests.house import source

ROOT = source.ROOT

MODELS = """
from django.db import models
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import (
    NOT_PERSONAL, Basis, Category, Holds, Personal, Purpose, RetentionClass, Source, link,
)
from ringfence.privacy.sealed import SealedText

NAME = Personal(Category.IDENTITY, Source.USE, Purpose.SERVICE, Basis.CONTRACT, RetentionClass.ACCOUNT)


class Visitor({base}):
    subject = models.UUIDField()
    name = {name}

    holds = Holds(NOT_PERSONAL, "id", {declared})
"""
SOUND = {
    "base": "Guarded",
    "name": "SealedText()",
    "declared": 'subject=link("finds the visitor"), name=NAME',
}


def run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, with the environment of this test run and some more."""
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def checked(folder: Path, *words: str, **parts: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the store in an installation with one more app, whose model is built of parts."""
    app = folder / "scratch"
    app.mkdir()
    (app / "__init__.py").touch()
    (app / "models.py").write_text(MODELS.format(**{**SOUND, **parts}))
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
@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"declared": 'subject=link("finds the visitor")'}, "ringfence.E001"),
        ({"declared": 'subject=link("x"), name=NAME, shoe_size=NAME'}, "ringfence.E002"),
        ({"name": "models.CharField(max_length=80)"}, "ringfence.E003"),
        ({"declared": '"name", subject=link("finds the visitor")'}, "ringfence.E004"),
    ],
    ids=["unclassified", "declares-what-is-not-there", "not-sealed", "sealed-and-not-personal"],
)
def test_a_field_that_is_not_classified_stops_migrations(
    tmp_path: Path, parts: dict[str, str], code: str
) -> None:
    found = checked(tmp_path, "migrate", **parts)
    assert found.returncode == 1
    assert code in found.stderr
    assert "Traceback" not in found.stderr


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
    found = checked(tmp_path, command, declared='subject=link("finds the visitor")')
    said = found.stdout + found.stderr
    assert found.returncode == 1, said
    assert "Visitor.name is not classified" in said
    assert "The store is ready" not in said
    assert "migrations applied" not in said


def test_pages_are_not_served_with_a_field_that_is_not_classified(tmp_path: Path) -> None:
    checked(tmp_path, "help", declared='subject=link("finds the visitor")')
    found = run(
        [sys.executable, "-c", "import ringfence.config.wsgi"],
        tmp_path,
        DJANGO_SETTINGS_MODULE="scratch_settings",
        PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT / "src")]),
        RINGFENCE_VAR_DIR=str(tmp_path / "var"),
    )
    assert found.returncode != 0
    assert "Visitor.name is not classified" in found.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "KeyEpoch.objects.create(name='x', began_at=AT)",
        "KeyEpoch(name='x', began_at=AT).save()",
        "KeyEpoch.objects.update(began_at=AT)",
        "KeyEpoch.objects.bulk_create([KeyEpoch(name='x', began_at=AT)])",
        "KeyEpoch.objects.all().delete()",
        "blind.claim('email', 'a', UUID(int=1))",
    ],
)
def test_a_write_outside_an_action_stops_the_program(tmp_path: Path, statement: str) -> None:
    program = f"""
        import django; django.setup()
        from datetime import UTC, datetime
        from uuid import UUID
        from ringfence.privacy.keys import blind
        from ringfence.privacy.keys.models import KeyEpoch
        AT = datetime(2026, 11, 2, tzinfo=UTC)
        {statement}
    """
    found = run(
        [sys.executable, "-c", textwrap.dedent(program)],
        tmp_path,
        DJANGO_SETTINGS_MODULE="ringfence.config.settings",
        RINGFENCE_VAR_DIR=str(tmp_path / "var"),
        PYTHONPATH=str(ROOT / "src"),
    )
    assert found.returncode != 0
    assert "WriteOutsideAction" in found.stderr


CLOCKS = [
    "from datetime import UTC, datetime\nmoment = datetime.now(UTC)\n",
    "from datetime import date\nday = date.today()\n",
    "from django.utils import timezone\nmoment = timezone.now()\n",
    "from django.db.models.functions import Now\nmoment = Now()\n",
    "import time\nmoment = time.time()\n",
]


@pytest.mark.parametrize("room", ["kernel", "privacy", "accounts", "telephony", "shop", "support"])
@pytest.mark.parametrize("content", CLOCKS)
def test_a_room_that_reads_the_clock_fails_the_linter(room: str, content: str) -> None:
    assert "TID251" in linted(f"src/ringfence/{room}/scratch.py", content)


def test_an_interface_may_read_the_clock() -> None:
    assert "TID251" not in linted("src/ringfence/interfaces/scratch.py", CLOCKS[0])


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


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source in which something may be built that must not stay."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(
        ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "*.po", "*.html", "*.zip")
    )
    return folder


@pytest.mark.parametrize(
    ("place", "imported"),
    [
        ("kernel", "ringfence.privacy.keys"),
        ("privacy", "ringfence.accounts.rules"),
        ("accounts", "ringfence.telephony.rules"),
        ("telephony", "ringfence.shop.rules"),
        ("shop", "ringfence.support.apps"),
        ("support", "ringfence.interfaces.clock"),
        ("interfaces", "ringfence.shop.models"),
        ("interfaces", "ringfence.adapters.keystore.files"),
        ("adapters", "ringfence.config.settings"),
    ],
)
def test_an_import_against_the_direction_breaks_the_contract(copy: Path, place: str, imported: str) -> None:
    scratch = copy / "src" / "ringfence" / place / "scratch_of_a_test.py"
    scratch.write_text(f"import {imported}\n")
    try:
        found = contracts(copy)
    finally:
        scratch.unlink()
    assert found.returncode != 0
    assert "scratch_of_a_test" in found.stdout


def test_a_room_without_a_place_breaks_the_contract(copy: Path) -> None:
    room = copy / "src" / "ringfence" / "cellar"
    room.mkdir()
    (room / "__init__.py").touch()
    try:
        assert contracts(copy).returncode != 0
    finally:
        shutil.rmtree(room)


def contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts between the rooms."""
    lint = str(Path(sys.executable).parent / "lint-imports")
    return run([lint, "--no-cache"], folder, PYTHONPATH=str(folder / "src"))
