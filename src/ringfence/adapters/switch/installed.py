"""What is installed of the SIP server, told without loading anything."""

from pathlib import Path

PLACES = ("usr/lib/*/kamailio/modules", "usr/lib*/kamailio/modules", "usr/local/lib*/kamailio/modules")
TLS_INSTALL = "apt-get install --no-install-recommends kamailio-tls-modules"


def has_tls() -> bool:
    """Whether the module that the node needs for TLS is there."""
    return any(True for place in PLACES for _found in Path("/").glob(f"{place}/tls.so"))
