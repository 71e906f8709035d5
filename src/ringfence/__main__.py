"""`python -m ringfence` is the installed program `ringfence`."""

import sys

from ringfence.config.program import main

if __name__ == "__main__":
    sys.exit(main())
