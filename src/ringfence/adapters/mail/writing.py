"""Letters in text and HTML, in the reader's language.

Templates hold no personal data in their subjects, but for the one that an answer has from the letter it answers.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.template import Context, TemplateDoesNotExist
from django.template.engine import Engine
from django.utils import translation

from ringfence.accounts.ports import LetterRejected, LetterToSend

TEMPLATES = Path(__file__).resolve().parent / "templates"
LIBRARIES = {"i18n": "django.templatetags.i18n", "letters": "ringfence.adapters.mail.letter_tags"}


@dataclass(frozen=True, slots=True, repr=False)
class Written:
    """A letter in both forms."""

    subject: str
    text: str
    html: str


@lru_cache(maxsize=2)
def _engine(form: str) -> Engine:
    return Engine(dirs=[str(TEMPLATES)], libraries=LIBRARIES, autoescape=form == "html")


def written(letter: LetterToSend) -> Written:
    """Write a letter. Raises LetterRejected for a kind without a template."""
    around = {
        **letter.facts,
        "language": letter.language,
        "time_zone": letter.time_zone,
        "origin": settings.PUBLIC_ORIGIN,
        "company": settings.COMPANY_NAME,
        "contact_email": settings.CONTACT_EMAIL,
        "contact_phone": settings.CONTACT_PHONE,
    }
    with translation.override(letter.language):
        try:
            text = (
                _engine("text")
                .get_template(f"letters/{letter.kind}.txt")
                .render(Context(around, autoescape=False))
            )
            html = _engine("html").get_template(f"letters/{letter.kind}.html").render(Context(around))
        except TemplateDoesNotExist as missing:
            raise LetterRejected(f"there is no text for letters of kind {letter.kind}") from missing
    subject, _line, body = text.strip().partition("\n")
    return Written(" ".join(subject.split()), _tidy(body), html.strip() + "\n")


def _tidy(text: str) -> str:
    """Keep at most one empty line between paragraphs, and none of the templates' indentation."""
    lines: list[str] = []
    for line in (part.strip() for part in text.strip().splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines) + "\n"
