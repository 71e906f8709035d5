"""What is wrong around the store is one sentence, never a traceback."""

import time

import pytest

from ringfence.config import ground
from ringfence.config.environment import read
from ringfence.config.supervisor import Supervisor
from tests.config.installation import Installation, free_port

pytestmark = pytest.mark.slow


def told(status: int, said: str) -> str:
    assert status == 1, said
    assert "Traceback" not in said, said
    lines = [line for line in said.splitlines() if "ringfence: " in line]
    assert len(lines) == 1, said
    return lines[0]


@pytest.mark.parametrize("command", ["migrate", "work", "prepare", "up"])
def test_a_database_server_that_cannot_be_reached(installation: Installation, command: str) -> None:
    port = free_port()
    urls = {
        "DATABASE_URL": f"postgresql://store:secret@127.0.0.1:{port}/data",
        "KEYS_DATABASE_URL": f"postgresql://keys:secret@127.0.0.1:{port}/keys",
    }
    begun = time.monotonic()
    said = told(*installation.run(command, **urls))
    assert "The database does not answer" in said
    assert "secret" not in said
    assert time.monotonic() - begun < 20, "it is said at once"


@pytest.mark.parametrize("name", ["KEYSTORE", "PAYMENTS", "SWITCH", "MAIL"])
def test_an_adapter_that_is_not_there(installation: Installation, name: str) -> None:
    said = told(*installation.run("migrate", **{f"RINGFENCE_{name}": "nope.nothing"}))
    assert f"The setting RINGFENCE_{name} names nope.nothing, which cannot be used" in said


def test_a_key_that_is_lost(migrated: Installation) -> None:
    store = migrated.var / "keystore"
    for path, problem in (
        (store / "index.key", "index.key is missing"),
        (store / "signing.key", "signing.key is missing"),
        (next(store.glob("*.epoch")), "the key store is empty"),
    ):
        away = path.rename(path.with_suffix(".away"))
        if path.suffix == ".epoch":
            assert problem in told(*migrated.run("migrate"))
        _, said = migrated.run("doctor")
        assert "wrong key store" in said, said
        assert "Traceback" not in said
        away.rename(path)
    _, said = migrated.run("doctor")
    assert "ok    key store" in said


def test_a_first_start_asks_for_the_room_it_takes(installation: Installation) -> None:
    settings = read({"RINGFENCE_VAR_DIR": str(installation.var / "new")})
    assert Supervisor(settings)._needed() == ground.FIRST_START_BYTES
    (settings.var_dir / "postgres" / "data").mkdir(parents=True)
    assert Supervisor(settings)._needed() == ground.LEAST_FREE_BYTES
