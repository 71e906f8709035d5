"""An invoice as PDF. The same invoice gives the same bytes each time, so that it can be compared."""

from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Final

from django.utils import translation
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from ringfence.interfaces.invoice_words import Document, Line, document
from ringfence.shop.invoices import Invoice

INK: Final = HexColor("#17211d")
SOFT: Final = HexColor("#55625c")
RULE: Final = HexColor("#c9d2cd")
MARGIN: Final = 20 * mm
WIDTH: Final = A4[0] - 2 * MARGIN
AMOUNT: Final = 42 * mm


@cache
def _fonts() -> tuple[str, str]:
    """Register the fonts once; they have Latin, Greek and Cyrillic letters."""
    folder = files("font_roboto") / "files"
    for name in ("Regular", "Bold"):
        pdfmetrics.registerFont(TTFont(f"Roboto-{name}", str(folder / f"Roboto-{name}.ttf")))
    return "Roboto-Regular", "Roboto-Bold"


def _style(**more: Any) -> ParagraphStyle:
    plain, _bold = _fonts()
    return ParagraphStyle(
        "text", **{"fontName": plain, "fontSize": 9.5, "leading": 13.5, "textColor": INK, **more}
    )


def _text(text: str, **more: Any) -> Paragraph:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Paragraph(escaped, _style(**more))


def _row(line: Line) -> list[Paragraph]:
    bold = {"fontName": _fonts()[1]} if line.strong else {}
    return [_text(line.text, **bold), _text(line.amount, alignment=TA_RIGHT, **bold)]


def _parties(said: Document) -> Table:
    heads = [_text(translation.gettext(head), textColor=SOFT) for head in ("Seller", "Buyer")]
    sides = [[_text(line) for line in side] for side in (said.seller, said.buyer)]
    return Table([heads, sides], colWidths=[WIDTH / 2] * 2, style=_top())


def _top(*more: tuple[Any, ...]) -> TableStyle:
    return TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0), *more])


def _story(said: Document) -> list[Any]:
    _plain, bold = _fonts()
    facts = [[_text(label, textColor=SOFT), _text(value)] for label, value in said.facts]
    below = ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE)
    wide = [WIDTH - AMOUNT, AMOUNT]
    gap = Spacer(0, 8 * mm)
    return [
        _text(said.title, fontName=bold, fontSize=20, leading=26),
        Spacer(0, 6 * mm),
        _parties(said),
        gap,
        Table(facts, colWidths=[42 * mm, WIDTH - 42 * mm], style=_top()),
        gap,
        Table([_row(line) for line in said.lines], colWidths=wide, style=_top(below)),
        Spacer(0, 4 * mm),
        Table([_row(line) for line in said.totals], colWidths=wide, style=_top()),
        gap,
        *[_text(note, textColor=SOFT) for note in said.notes],
    ]


def pdf(invoice: Invoice) -> bytes:
    """Return an invoice as PDF, in the language its customer bought in."""
    with translation.override(invoice.language):
        said = document(invoice)
        out = BytesIO()
        template = SimpleDocTemplate(
            out,
            pagesize=A4,
            leftMargin=MARGIN,
            rightMargin=MARGIN,
            topMargin=MARGIN,
            bottomMargin=MARGIN,
            title=said.title,
            author=said.seller[0],
            lang=invoice.language,
            invariant=1,
        )
        template.build(_story(said))
    return out.getvalue()
