"""The promises the shop keeps, and their checks over live data."""


def enter() -> None:
    """Enter the shop's checks."""
