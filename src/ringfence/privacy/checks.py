"""System checks: an unclassified field stops start-up, migrations and the build (clause 1.1)."""

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.db import models

from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import Personal, declared_fields, personal_fields, stored_models, undeclared
from ringfence.privacy.sealed import SealedField


@register("privacy")
def every_field_is_classified(**_kwargs: Any) -> list[CheckMessage]:
    """E001: a field without a declaration. E002: a declaration without a field."""
    problems: list[CheckMessage] = []
    for model in stored_models():
        missing, unknown = undeclared(model)
        hint = f"Add it to `holds` of {model._meta.label}: NOT_PERSONAL or Personal(...)."
        problems += [
            Error(f"{model._meta.label}.{name} is not classified", hint=hint, obj=model, id="ringfence.E001")
            for name in sorted(missing)
        ]
        problems += [
            Error(
                f"{model._meta.label} declares {name}, which it does not have", obj=model, id="ringfence.E002"
            )
            for name in sorted(unknown)
        ]
    return problems


@register("privacy")
def personal_fields_are_sealed(**_kwargs: Any) -> list[CheckMessage]:
    """E003: personal, not sealed, and no reason given. E004: sealed and not declared personal."""
    problems: list[CheckMessage] = []
    for found in personal_fields():
        if found.name in undeclared(found.model)[1]:
            continue
        field = found.model._meta.get_field(found.name)
        if not isinstance(field, SealedField) and not found.declaration.plain:
            hint = "Make it a SealedText, or give `plain=` the reason."
            problems.append(
                Error(f"{found} is personal and not sealed", hint=hint, obj=found.model, id="ringfence.E003")
            )
    for model in stored_models():
        holds = declared_fields(model)
        problems += [
            Error(f"{model._meta.label}.{f.name} is sealed but not personal", obj=model, id="ringfence.E004")
            for f in model._meta.local_concrete_fields
            if isinstance(f, SealedField) and not isinstance(holds.get(f.name), Personal)
        ]
    return problems


@register("privacy")
def own_models_are_guarded(**_kwargs: Any) -> list[CheckMessage]:
    """E005: a model of ours that could be written outside an action."""
    return [
        Error(f"{model._meta.label} is not Guarded", obj=model, id="ringfence.E005")
        for model in stored_models()
        if model.__module__.startswith("ringfence.") and not _is_guarded(model)
    ]


def _is_guarded(model: type[models.Model]) -> bool:
    return issubclass(model, Guarded)
