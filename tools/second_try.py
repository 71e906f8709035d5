"""Try the tests that failed once more, alone: on a busy machine a real call or a real page can come too late.

Only tests that hang on other processes and on clocks are given this, and only a few at once; whoever needed it is
named, since it wants mending.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

FAILED: Final = Path(".pytest_cache/v/cache/lastfailed")
HANG_ON_OTHERS: Final = ("tests/browser/", "tests/calls/", "tests/config/", "tests/journeys/")
"""Where tests work real processes against the clock."""
AT_MOST: Final = 5
SOME_FAILED: Final = 1
"""What the test runner ends with when it ran everything and tests failed."""


def main(code: int) -> int:
    """Return 0 when all that failed passes alone; otherwise what the whole run ended with."""
    failed = sorted(json.loads(FAILED.read_text())) if FAILED.exists() else []
    if code != SOME_FAILED or not 0 < len(failed) <= AT_MOST:
        return code
    if not all(test.startswith(HANG_ON_OTHERS) for test in failed):
        return code
    again = subprocess.run([sys.executable, "-m", "pytest", "--last-failed", *failed], check=False)
    if again.returncode:
        return code
    print("Passed only when tried alone, to be mended:", *failed, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
