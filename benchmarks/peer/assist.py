"""django-gdpr-assist, installed in a folder that is thrown away, deleting people with rows such as ours."""

import shutil
import tempfile
from pathlib import Path

from benchmarks.peer import place
from ringfence.config.embedded import EmbeddedServer, stop

HERE = Path(__file__).resolve().parent / "assisted"
REQUIREMENTS = ("django-gdpr-assist==1.4.2", "django==4.2.*", "psycopg[binary]")


def deletions_per_s(people: int) -> float:
    """Install it, make people, and return how many of them it deletes a second."""
    folder = Path(tempfile.mkdtemp(prefix="ringfence-peer-"))
    folder.chmod(0o755)
    database = EmbeddedServer(folder)
    process = database.start()
    try:
        python = place.installed(folder, REQUIREMENTS)
        environment = place.environment(
            database, HERE, settings="assisted_settings", databases=("peer", "peer_log")
        )
        for name in ("default", "gdpr_log"):
            place.run(
                python,
                environment,
                "-m",
                "django",
                "migrate",
                "--verbosity",
                "0",
                "--run-syncdb",
                "--database",
                name,
            )
        return float(
            place.run(python, environment, str(HERE / "assisted_deletion.py"), str(people)).split()[-1]
        )
    finally:
        stop(process)
        shutil.rmtree(folder, ignore_errors=True)
