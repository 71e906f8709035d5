"""What stops the start is said in one sentence."""

import socket
from pathlib import Path
from typing import Literal

import pytest

from ringfence.config import ground
from ringfence.config.parts import Part, Port

ADDRESS = "127.0.0.1"


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_a_taken_port_is_named_with_its_setting(kind: Literal["tcp", "udp"]) -> None:
    with socket.socket(type=socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as other:
        other.bind((ADDRESS, 0))
        if kind == "tcp":
            other.listen()
        number = other.getsockname()[1]
        with pytest.raises(ground.GroundError) as raised:
            ground.ports([Part("mail", (), (Port(number, "RINGFENCE_MAIL_PORT", kind),))], ADDRESS)
    assert str(raised.value) == (
        f"Port {number} ({kind}), where mail listens, is taken by another program;"
        " stop that program or set RINGFENCE_MAIL_PORT to another port."
    )


def test_two_parts_with_one_port_are_refused() -> None:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        number = probe.getsockname()[1]
    parts = [Part("web", (), (Port(number, "ONE"),)), Part("mail", (), (Port(number, "OTHER"),))]
    with pytest.raises(ground.GroundError, match=f"ONE and OTHER are both {number}"):
        ground.ports(parts, ADDRESS)


def test_a_full_disk_is_refused(tmp_path: Path) -> None:
    ground.room(tmp_path, least=1)
    with pytest.raises(ground.GroundError, match=r"has \d+ MB left, but the store needs at least \d+ MB"):
        ground.room(tmp_path, least=2**60)


def test_a_folder_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(ground.GroundError, match="RINGFENCE_VAR_DIR"):
        ground.writable(Path("/proc/ringfence"))


def test_one_folder_has_one_supervisor(tmp_path: Path) -> None:
    ground.writable(tmp_path)
    with (
        ground.alone(tmp_path),
        pytest.raises(ground.GroundError, match=r"already runs in .* \(process \d+\)"),
    ):
        ground.alone(tmp_path)
    ground.alone(tmp_path).close()
