"""`make run` and `make test` share one environment, and neither throws away what the other installed."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.house.source import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")


def pins(lock: str) -> set[str]:
    return set(re.findall(r"^[A-Za-z0-9_.\[\],-]+==[^\s;\\]+", (ROOT / lock).read_text(), re.MULTILINE))


def test_what_tests_need_holds_what_running_needs() -> None:
    assert pins(LOCKS[0])
    assert pins(LOCKS[0]) <= pins(LOCKS[1])


def test_nothing_is_installed_again_by_changing_between_run_and_test(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools/environment.sh", tmp_path / "tools")
    for lock in LOCKS:
        shutil.copy(ROOT / lock, tmp_path)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").touch()
    (programs / "ringfence.root").write_text(str(tmp_path))
    (programs / "python").write_text('#!/bin/sh\necho "$@" >>calls\n')
    (programs / "python").chmod(0o755)

    def installed(kind: str) -> int:
        (tmp_path / "calls").write_text("")
        subprocess.run(["sh", "tools/environment.sh", kind], cwd=tmp_path, check=True, capture_output=True)
        return (tmp_path / "calls").read_text().count("pip install")

    assert [installed(kind) for kind in ("run", "run", "test", "run", "test")] == [1, 0, 1, 0, 0]
    with (tmp_path / LOCKS[1]).open("a") as lock:
        lock.write("# changed\n")
    assert [installed(kind) for kind in ("run", "test", "run")] == [1, 1, 0]
