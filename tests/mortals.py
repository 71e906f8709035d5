"""Processes of a store that do an errand and are killed at the moment they are told, for tests of what is left then."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connections

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("NAME", "USER", "PASSWORD", "HOST", "PORT")


class Mortals:
    """Processes that run errands of a module and die when told."""

    def __init__(self, module: str) -> None:
        """Start the one that starts them."""
        words = [sys.executable, "-m", module]
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ.copy()
        )
        databases = {
            alias: {part: connections[alias].settings_dict[part] for part in PARTS}
            for alias in ("default", "keys")
        }
        keystore, var = str(settings.KEY_STORE_DIR), str(settings.VAR_DIR)
        self._say({"databases": databases, "keystore": keystore, "var": var})

    def _say(self, what: dict[str, object]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def kill_at(self, moment: int, **errand: object) -> bool:
        """Let a process run an errand and kill itself at a moment; whether it got there."""
        self._say({**errand, "die_at": moment})
        assert self.process.stdout is not None
        answered = int(self.process.stdout.readline())
        assert answered in {0, -signal.SIGKILL}, "the process neither lived nor was killed"
        return answered != 0

    def end(self) -> None:
        """Let them end."""
        self.process.communicate(timeout=10)
