"""Pictures of papers: known by their content, drawn anew, and nothing kept of the file they came in.

PDF is refused on purpose: it can hold scripts, other files and several layers, and a picture of the page says the same.
"""

from io import BytesIO
from typing import TYPE_CHECKING, Final

from ringfence.kernel.refusal import Refusal, gettext_noop

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST_FILE: Final = 8 * 1024 * 1024
MOST_PIXELS: Final = 40_000_000
LEAST_SIDE: Final = 200
LONGEST_SIDE: Final = 3000
"""Pixels. A page at this size can be read to the last line."""

SMOOTH: Final = ("L", "RGB", "RGBA", "CMYK")
"""Kinds of pixels that can be made smaller as they are."""

QUALITY: Final = 88
FORMATS: Final = ("JPEG", "PNG")
PDF: Final = b"%PDF-"


def drawn_anew(content: bytes) -> bytes:
    """Return a picture as a JPEG of our own making, without the metadata of the one that came.

    Raises Refusal `paper.too_large`, `paper.pdf`, `paper.not_a_picture`, `paper.too_many_pixels`, `paper.too_small`.
    """
    if len(content) > LARGEST_FILE:
        raise Refusal(
            "paper.too_large",
            gettext_noop(
                "The file is larger than 8 MB. Take the picture at a lower resolution, and try again."
            ),
        )
    if PDF in content[:1024]:
        raise Refusal(
            "paper.pdf",
            gettext_noop(
                "We take no PDF, since it can hide things. Send a picture or a screenshot of the page."
            ),
        )
    picture = _opened(content)
    try:
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        picture.load()
        made = _upright(picture)
    except (OSError, ValueError, SyntaxError, MemoryError):
        raise _not_a_picture() from None
    out = BytesIO()
    made.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _opened(content: bytes) -> "Image":
    """Open a picture and look at its size before any of it is unpacked."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # our own limit below is lower, and a refusal instead of a warning
    try:
        picture = Image.open(BytesIO(content), formats=FORMATS)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise _not_a_picture() from None
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise Refusal(
            "paper.too_many_pixels",
            gettext_noop("The picture has more than 40 million pixels. Make it smaller, and try again."),
        )
    if min(width, height) < LEAST_SIDE:
        raise Refusal(
            "paper.too_small",
            gettext_noop("The picture is too small to be read. Take it again from closer."),
        )
    return picture


def _upright(picture: "Image") -> "Image":
    """Return the pixels alone, turned as the camera was held, on white where they were see-through.

    It is made smaller first: forty million pixels are in memory once, not three times.
    """
    from PIL import Image, ImageOps

    if picture.mode not in SMOOTH or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    turned = ImageOps.exif_transpose(picture).convert("RGBA")
    sheet = Image.new("RGB", turned.size, "white")
    sheet.paste(turned, mask=turned.getchannel("A"))
    return sheet


def _not_a_picture() -> Refusal:
    return Refusal(
        "paper.not_a_picture",
        gettext_noop("This is not a picture that we can read. Send a photo or a screenshot, as JPEG or PNG."),
    )
