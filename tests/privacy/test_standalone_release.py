"""The verifier of releases, run as a stranger runs it: files in, a verdict out (clause 3.1)."""

import json
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from ringfence.interfaces.commands import verify_release
from ringfence.privacy.ledger import note
from ringfence.privacy.ports import key_store
from ringfence.privacy.statistics import manifest, queries, register
from ringfence.privacy.statistics.standalone import ringfence_release as verifier
from tests.privacy.released import Only, only, people, quarters, release, source

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("3.1"),
]
__all__ = ("only",)
Released = dict[str, Any]
Change = Callable[[Released], object]


@pytest.fixture
def released(only: Only) -> list[Released]:
    """Three releases as they are published, oldest first."""
    calls = register.amounts(quarter=400, month=150, week=50)
    many = people({"NO": 900, "SE": 700}, amount=300)
    only(source("made", people({"NO": 400, "SE": 90, "DK": 2})), source("calls", many, bounds=calls))
    for period in islice(quarters(), 3):
        release(period)
    return [one.as_json() for one in reversed(queries.releases())]


def stranger(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the verifier away from the project."""
    command = [sys.executable, "-I", str(queries.VERIFIER), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def test_sound_releases_hold_and_a_tampered_one_does_not(released: list[Released], tmp_path: Path) -> None:
    (tmp_path / "key").write_text(queries.key())
    (tmp_path / "all").write_text(json.dumps({"releases": released}))
    (tmp_path / "table").write_bytes(queries.releases()[1].table.encode())
    words = ("all", "--key", "key")
    verdict = stranger(tmp_path, *words, "--table", "table", "--save", "seen")
    assert (verdict.returncode, verdict.stderr) == (0, "")
    assert "3 releases" in verdict.stdout
    released[1]["manifest"]["tables"][0]["cells"]["NO"] += 10
    (tmp_path / "all").write_text(json.dumps({"releases": released}))
    verdict = stranger(tmp_path, *words)
    assert verdict.returncode == 1
    assert "release 2: the manifest is not the one that was signed" in verdict.stderr


def signed(content: Released) -> Released:
    """Sign a manifest that says something else, with the store's own key: the store itself cheats."""
    return {"manifest": content, "note": manifest.signed(content["number"], manifest.canonical(content))}


def first_table(of: Released) -> Released:
    """Return the table of amounts, or the first one."""
    found: Released = of["tables"][0]
    return found


def shown_few(of: Released) -> None:
    of["tables"][1]["cells"]["DK"] = 10


def in_unit(of: Released, unit: str) -> Released:
    """Return what a manifest says when its tables protect another unit, with a budget of its own."""
    (cost,) = of["spent"].values()
    year = {"rho_of_the_year": cost["rho"], "epsilon_of_the_year": cost["epsilon"]}
    return {"tables": [{**one, "unit": unit} for one in of["tables"]], "spent": {unit: cost | year}}


CHEATS: dict[str, tuple[Change, str]] = {
    "a figure that is not rounded": (lambda of: first_table(of)["cells"].update(NO=90_001), "not rounded"),
    "a figure of few": (shown_few, "less than may be shown"),
    "too little noise": (
        lambda of: first_table(of)["people"].update(sigma=1_000_000),
        "noise is not as large",
    ),
    "a lower threshold": (lambda of: first_table(of)["people"].update(least=10), "threshold is not as high"),
    "a cost that is not said": (lambda of: of["spent"]["customer"].update(rho=1), "more than a period may"),
    "another epsilon": (lambda of: of["spent"]["customer"].update(epsilon="0.10"), "stated epsilon"),
    "no bounds": (lambda of: first_table(of).update(most_cells=0), "nothing bounds"),
    "a higher budget": (lambda of: of.update(yearly_rho=9_000_000), "other rules"),
    "another mechanism": (lambda of: of.update(mechanism="none"), "other rules"),
    "a day more": (lambda of: of.update(last="2026-10-01"), "is no quarter"),
    "before it was over": (lambda of: of.update(made_at="2026-09-30T23:00:00+00:00"), "that was over"),
    "a year that says less": (
        lambda of: of["spent"]["customer"].update(rho_of_the_year=130_000, epsilon_of_the_year="2.81"),
        "than is said",
    ),
    "a year beyond its budget": (
        lambda of: of["spent"]["customer"].update(rho_of_the_year=900_000, epsilon_of_the_year="7.95"),
        "cost more than its budget",
    ),
    "a unit of its own": (lambda of: of.update(in_unit(of, "caller")), "a unit that has no budget"),
    "another one before it": (lambda of: of.update(previous="A" * 43), "another one than was published"),
    "one left out": (lambda of: of.update(number=4), "are missing"),
    "days of the one before": (lambda of: of.update(first="2026-04-01", last="2026-06-30"), "released twice"),
}


def test_a_store_that_cheats_and_signs_it_is_found_out(released: list[Released]) -> None:
    key = verifier.read_key(queries.key())
    assert verifier.check_all(released, key) == 3
    assert first_table(released[2]["manifest"])["key"] == "calls"
    for name, (change, said) in CHEATS.items():
        content = deepcopy(released[2]["manifest"])
        change(content)
        with pytest.raises(verifier.Wrong) as caught:
            verifier.check_all([*released[:2], signed(content)], key)
        assert said in str(caught.value), name


def test_what_somebody_saw_stays_as_it_was(released: list[Released], tmp_path: Path) -> None:
    (tmp_path / "key").write_text(queries.key())
    (tmp_path / "seen").write_text(json.dumps({"releases": released}))
    content = deepcopy(released[0]["manifest"])
    content["made_at"] = "2026-05-01T00:00:00+00:00"
    (tmp_path / "all").write_text(json.dumps(signed(content)))
    assert stranger(tmp_path, "all", "--key", "key").returncode == 0
    verdict = stranger(tmp_path, "all", "--key", "key", "--seen", "seen")
    assert verdict.returncode == 1
    assert "not the one you saw" in verdict.stderr


def test_the_key_of_the_ledger_does_not_sign_releases(released: list[Released]) -> None:
    other = note.verifier_key("store.example/ledger", key_store().public_key())
    with pytest.raises(verifier.Wrong, match="somebody else"):
        verifier.check_release(released[0], verifier.read_key(other))
    with pytest.raises(verifier.Wrong, match="not a key"):
        verifier.read_key("nothing")


def test_rubbish_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(queries.key())
    (tmp_path / "all").write_text('{"releases": [{"manifest": 3}]}')
    assert stranger(tmp_path, "all", "--key", "key").returncode == 2
    assert stranger(tmp_path, "nowhere", "--key", "key").returncode == 2


def test_the_command_verifies_what_was_released(
    released: list[Released], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert verify_release.run(verify_release_words()) == 0
    assert "3 releases" in capsys.readouterr().out
    file = tmp_path / "one.json"
    released[0]["manifest"]["number"] = 7
    file.write_text(json.dumps(released[0]))
    assert verify_release.run(verify_release_words(str(file))) == 1
    assert "does not hold" in capsys.readouterr().err.lower()


def verify_release_words(*words: str) -> Any:
    import argparse

    parser = argparse.ArgumentParser()
    verify_release.add_arguments(parser)
    return parser.parse_args(words)


def test_releases_of_an_earlier_host_hold_with_the_same_key(
    released: list[Released], settings: Settings, tmp_path: Path
) -> None:
    settings.PUBLIC_ORIGIN = "https://moved.example"
    release(list(islice(quarters(), 4))[3])
    (tmp_path / "key").write_text(queries.key())
    everything = [one.as_json() for one in reversed(queries.releases())]
    (tmp_path / "all").write_text(json.dumps({"releases": everything}))
    verdict = stranger(tmp_path, "all", "--key", "key")
    assert (verdict.returncode, verdict.stderr) == (0, "")
    everything[0]["manifest"]["issuer"] = everything[3]["manifest"]["issuer"]
    with pytest.raises(verifier.Wrong, match="not the one that was signed"):
        verifier.check_all(everything, verifier.read_key(queries.key()))
