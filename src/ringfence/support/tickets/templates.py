"""Texts that staff answer with again and again, in both languages. They are about nobody."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.support.ticket_models import AnswerTemplate


@dataclass(frozen=True, slots=True)
class TemplateShown:
    """A text to answer with."""

    id: UUID
    name: str
    text_nb: str
    text_en: str

    def text(self, language: str) -> str:
        """Return it in the language of a conversation."""
        return self.text_nb if language == "nb" else self.text_en


def templates() -> list[TemplateShown]:
    """Return all of them, by name."""
    return [
        TemplateShown(row.pk, row.name, row.text_nb, row.text_en)
        for row in AnswerTemplate.objects.order_by("name", "pk")
    ]


def template(key: UUID) -> TemplateShown | None:
    """Return one of them."""
    return next((one for one in templates() if one.id == key), None)


def ready_texts(values: Collection[str]) -> set[str]:
    """Return which of some values stand in our ready texts: an answer that has them tells nothing about a person."""
    ours = [text for one in templates() for text in (one.text_nb, one.text_en)]
    return {value for value in values if any(value in text for text in ours)}


@action("ticket.save_template")
def save(*, key: UUID | None, name: str, text_nb: str, text_en: str, by: Actor, at: datetime) -> None:
    """Write a text, or change one. Raises Refusal for a name that is taken."""
    said = " ".join(name.split())
    row = AnswerTemplate.objects.filter(pk=key or new_id()).first() or AnswerTemplate(pk=new_id())
    if AnswerTemplate.objects.filter(name=said).exclude(pk=row.pk).exists():
        raise Refusal("ticket.template_name", gettext_noop("There is a text with this name already."))
    row.name, row.text_nb, row.text_en, row.changed_at = said, text_nb.strip(), text_en.strip(), at
    row.save()
    about(count=1)


@action("ticket.remove_template")
def remove(*, key: UUID, by: Actor, at: datetime) -> None:
    """Remove a text; what was answered with it stays. Doing it again does nothing."""
    if not AnswerTemplate.objects.filter(pk=key).delete()[0]:
        nothing_happened()
