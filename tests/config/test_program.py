"""The program as an operator meets it."""

import psycopg
import pytest

from ringfence.config import embedded, program
from tests.config.installation import Installation


def test_every_command_says_what_it_does() -> None:
    known = program.entries()
    assert {"up", "work", "migrate", "prepare", "settings", "doctor", "switch", "django"} <= set(known)
    assert all(entry.help and entry.needs in {"nothing", "django", "database"} for entry in known.values())


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in program.entries())


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["dance"]) == 2
    assert "there is no command 'dance'" in capsys.readouterr().err


def test_a_malformed_setting_stops_the_start_with_a_sentence(installation: Installation) -> None:
    status, said = installation.run("up", RINGFENCE_WEB_PORT="many")
    assert status == 2
    assert said == (
        "ringfence: The setting RINGFENCE_WEB_PORT is 'many', but a port is a whole number from 1 to 65535.\n"
    )
    assert not (installation.var / "postgres").exists()


@pytest.mark.slow
def test_a_database_newer_than_the_program_is_refused(migrated: Installation) -> None:
    server = embedded.EmbeddedServer(migrated.var)
    with server.running(), psycopg.connect(server.owner_url) as connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('privacy', '9999_tomorrow', now())"
        )
    status, said = migrated.run("migrate")
    assert status == 1
    assert "The data database is newer than this version of the store" in said
    assert "privacy.9999_tomorrow" in said
    assert "Traceback" not in said
    assert not migrated.processes()
