"""The stand-alone verifier, run as a stranger runs it: files in, a verdict out (clause 2.6)."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.privacy.ledger import checkpoints, published

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SYSTEM = Actor.system("tests")
Break = Callable[..., None]
pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("2.6"),
]


@action("tests.note")
def note_down(*, step: int, by: Actor, at: datetime) -> None:
    """Leave a line."""
    about(uuid4(), step=step)


class Stranger:
    """Somebody outside with a folder of published files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "key").write_text(published.key())

    def fetch(self) -> None:
        """Save what is published now."""
        newest = published.newest()
        assert newest
        (self.folder / "checkpoint").write_text(newest.note)
        (self.folder / "hashes").write_bytes(b"".join(published.hashes(0, newest.size)))

    def keep(self) -> None:
        """Keep the checkpoint, to be shown later."""
        (self.folder / "seen").write_text((self.folder / "checkpoint").read_text())

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the verifier away from the project."""
        command = [sys.executable, "-I", str(published.VERIFIER), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)

    def verify(self, *more: str) -> subprocess.CompletedProcess[str]:
        """Check the saved files."""
        return self.run("ledger", "--key", "key", "--checkpoint", "checkpoint", "--hashes", "hashes", *more)


@pytest.fixture
def stranger(tmp_path: Path) -> Stranger:
    """A stranger who has seen the ledger at 11 lines and knows it at more."""
    folder = tmp_path / "stranger"
    folder.mkdir()
    made = Stranger(folder)
    for step in range(11):
        note_down(step=step, by=SYSTEM, at=AT)
    checkpoints.publish(by=SYSTEM, at=AT)
    made.fetch()
    made.keep()
    for step in range(8):
        note_down(step=step, by=SYSTEM, at=AT)
    checkpoints.publish(by=SYSTEM, at=AT)
    made.fetch()
    return made


def test_a_sound_ledger_holds(stranger: Stranger) -> None:
    verdict = stranger.verify("--seen", "seen", "--save", "next")
    assert verdict.returncode == 0, verdict.stderr
    assert "20 lines" in verdict.stdout
    assert (stranger.folder / "next").read_text() == (stranger.folder / "checkpoint").read_text()


def test_two_lines_swapped_are_found(stranger: Stranger) -> None:
    content = (stranger.folder / "hashes").read_bytes()
    (stranger.folder / "hashes").write_bytes(content[32:64] + content[:32] + content[64:])
    verdict = stranger.verify()
    assert verdict.returncode == 1
    assert "not those that were signed" in verdict.stderr


def test_a_cut_is_found(stranger: Stranger) -> None:
    content = (stranger.folder / "hashes").read_bytes()
    (stranger.folder / "hashes").write_bytes(content[:-64])
    assert "was cut" in stranger.verify().stderr


def test_an_old_checkpoint_shown_again_is_found(stranger: Stranger) -> None:
    folder = stranger.folder
    now = (folder / "checkpoint").read_text()
    (folder / "checkpoint").write_text((folder / "seen").read_text())
    assert stranger.verify().returncode == 0
    (folder / "seen").write_text(now)
    verdict = stranger.verify("--seen", "seen")
    assert verdict.returncode == 1
    assert "set back" in verdict.stderr


def test_a_line_rewritten_and_everything_signed_anew_is_found(stranger: Stranger, break_data: Break) -> None:
    """The installation itself lies: with its own key, over a tree that agrees with itself."""
    (stranger.folder / "seen").write_text((stranger.folder / "checkpoint").read_text())
    for table in ("ledgernode", "ledgerleaf", "checkpoint"):
        break_data(f"DELETE FROM privacy_{table}")
    break_data(
        "UPDATE privacy_ledgerline SET facts = '{\"step\": 99}' WHERE id = (SELECT min(id) + 3 FROM privacy_ledgerline)"
    )
    break_data("INSERT INTO privacy_pendingline SELECT id FROM privacy_ledgerline ON CONFLICT DO NOTHING")
    note_down(step=1, by=SYSTEM, at=AT)
    checkpoints.publish(by=SYSTEM, at=AT)
    stranger.fetch()
    assert stranger.verify().returncode == 0
    verdict = stranger.verify("--seen", "seen")
    assert verdict.returncode == 1
    assert "rewritten" in verdict.stderr


@pytest.mark.parametrize("part", ["size", "signature", "signer"])
def test_a_forged_checkpoint_is_found(stranger: Stranger, part: str) -> None:
    path = stranger.folder / "checkpoint"
    lines = path.read_text().split("\n")
    if part == "size":
        lines[1] = "19"
    elif part == "signature":
        lines[4] = lines[4][:-8] + "AAAAAAA="
    else:
        lines[4] = lines[4].replace("/ledger", "/other")
    path.write_text("\n".join(lines))
    assert stranger.verify().returncode == 1


def test_a_line_is_proven_and_a_changed_one_is_not(stranger: Stranger, tmp_path: Path) -> None:
    from ringfence.privacy.erasure import actions as erasure
    from ringfence.privacy.erasure.models import Erasure, Receipt

    erasure.begin(subject=uuid4(), request=None, by=SYSTEM, at=AT)
    erasure.proceed(erasure=Erasure.objects.get().pk, by=SYSTEM, at=AT)
    receipt = Receipt.objects.get()
    document = {"body": receipt.body, "proof": receipt.proof}
    path = stranger.folder / "receipt.json"
    path.write_text(json.dumps(document))
    stranger.fetch()
    alone = stranger.run("receipt", "receipt.json", "--key", "key")
    assert alone.returncode == 0, alone.stderr
    whole = ["--checkpoint", "checkpoint", "--hashes", "hashes"]
    assert stranger.run("receipt", "receipt.json", "--key", "key", *whole).returncode == 0
    document["body"] = {**receipt.body, "final_at": "2040-01-01T00:00:00+00:00"}
    path.write_text(json.dumps(document))
    verdict = stranger.run("receipt", "receipt.json", "--key", "key")
    assert verdict.returncode == 1
    assert "altered" in verdict.stderr


def test_files_that_cannot_be_read_are_said_so(stranger: Stranger) -> None:
    assert stranger.run("ledger", "--key", "nowhere", "--checkpoint", "x", "--hashes", "y").returncode == 2
    assert stranger.run("ledger").returncode == 1


def test_the_proof_of_consistency_is_published(stranger: Stranger) -> None:
    assert published.consistency(11, 20)
    assert published.consistency(20, 11) is None
    assert published.consistency(0, 5) is None
