"""What the shop holds about people, entered in the register."""


def enter() -> None:
    """Enter the shop's holders."""
