"""A whole installation in a folder of its own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.config.installation import Installation, free_port


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """An installation where nothing runs yet."""
    folder = Path(tempfile.mkdtemp(prefix="ringfence-up-"))
    folder.chmod(0o755)
    made = Installation(
        folder, {name: free_port() for name in ("WEB", "REHEARSAL", "MAIL", "SIP", "SIP_TLS")}
    )
    yield made
    made.clear()


@pytest.fixture(scope="module")
def migrated(installation: Installation) -> Installation:
    """An installation whose databases are made, where nothing runs yet."""
    installation.furnish()
    return installation
