"""Pictures of papers are known by their content, drawn anew, and carry nothing but pixels."""

import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from ringfence.kernel.refusal import Refusal
from ringfence.shop.paper_pictures import LARGEST_FILE, LONGEST_SIDE, drawn_anew
from tests.shop.papers import picture

DRAWN = """
import re, sys
from pathlib import Path
from ringfence.shop.paper_pictures import drawn_anew
drawn_anew(Path(sys.argv[1]).read_bytes())
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has very many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_becomes_a_jpeg_of_our_own(kind: str) -> None:
    made = Image.open(BytesIO(drawn_anew(picture(kind))))
    assert (made.format, made.size) == ("JPEG", (640, 480))


@pytest.mark.promise("2.3")
def test_what_a_camera_writes_beside_the_pixels_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera of somebody"
    exif[0x0112] = 6
    content = picture(exif=exif.tobytes(), comment=b"a place on the map")
    assert b"Camera of somebody" in content
    made = drawn_anew(content)
    assert b"Camera" not in made
    assert b"a place" not in made
    assert not Image.open(BytesIO(made)).getexif()
    assert Image.open(BytesIO(made)).size == (480, 640), "turned as the camera was held"


def test_what_is_hidden_behind_a_picture_is_gone() -> None:
    assert b"<script>" not in drawn_anew(picture() + b"<script>alert(1)</script>")


def test_a_large_picture_is_made_smaller() -> None:
    made = Image.open(BytesIO(drawn_anew(picture("JPEG", (4200, 2100)))))
    assert made.size == (LONGEST_SIDE, LONGEST_SIDE // 2)


@pytest.mark.parametrize(("kind", "most"), [("JPEG", 160), ("PNG", 330)])
def test_the_largest_picture_is_in_memory_once(kind: str, most: int, tmp_path: Path) -> None:
    """Forty million pixels take 160 MB; a JPEG is unpacked smaller at once."""
    file = tmp_path / "large"
    file.write_bytes(picture(kind, (6300, 6300)))
    said = subprocess.run(
        [sys.executable, "-c", DRAWN, str(file)], capture_output=True, text=True, check=True
    )
    assert int(said.stdout) < most * 1024


@pytest.mark.parametrize("mode", ["1", "P", "L", "LA", "RGBA", "I;16"])
def test_every_kind_of_pixels_is_drawn(mode: str) -> None:
    out = BytesIO()
    source = Image.linear_gradient("L").resize((3200, 400))
    made = Image.new("I;16", source.size, 300) if mode == "I;16" else source.convert(mode)
    made.save(out, "PNG")
    assert Image.open(BytesIO(drawn_anew(out.getvalue()))).size == (3000, 375)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7\n1 0 obj", "paper.pdf"),
        (b"\n\n%PDF-1.4", "paper.pdf"),
        (b"GIF89a" + b"\0" * 100, "paper.not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "paper.not_a_picture"),
        (b"", "paper.not_a_picture"),
        (picture()[:2000], "paper.not_a_picture"),
        (bomb(50_000, 50_000), "paper.too_many_pixels"),
        (bomb(6000, 6000), "paper.not_a_picture"),
        (picture("PNG", (100, 100)), "paper.too_small"),
        (b"\xff\xd8\xff" + b"\0" * LARGEST_FILE, "paper.too_large"),
    ],
)
def test_what_is_no_sound_picture_is_refused_with_a_word_of_what_to_do(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as raised:
        drawn_anew(content)
    assert raised.value.code == code
    assert str(raised.value).endswith(".")
