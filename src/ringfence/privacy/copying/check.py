"""The check of clause 7.2: a copy would have everything, none waits, and those that are ready are whole."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Max

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import register
from ringfence.privacy.copying import held
from ringfence.privacy.copying.entering import overdue
from ringfence.privacy.copying.making import Progress
from ringfence.privacy.copying.models import DataCopy, DataCopyPart
from ringfence.privacy.inventory import (
    DeclaredField,
    Personal,
    RetentionClass,
    declarations_of,
    personal_fields,
)
from ringfence.privacy.keys import keyring
from ringfence.privacy.promises.registry import BROKEN, DUE_SOON, KEPT, Finding
from ringfence.privacy.requests.intake_models import RequestForm
from ringfence.privacy.rules import RequestKind

SENTENCE: Final = gettext_noop("A copy holds every kind of data that we store about a person.")
TEXT: Final = gettext_noop(
    "Fields in a copy: %(fields)s. Fields a copy would miss: %(missing)s. Copies ready to be fetched: %(ready)s, being"
    " made: %(making)s. The oldest of those was asked for %(waiting_seconds)s ago. Looked at: %(looked_at)s, not whole:"
    " %(torn)s. Kept longer than promised: %(overdue)s. Asked for by form or letter hours ago, and not answered:"
    " %(unanswered)s."
)
SOON: Final = timedelta(minutes=15)
LATE: Final = timedelta(hours=6)
"""How long a copy may be in the making before it is worth a look, and before the promise is broken."""

SAMPLE: Final = 20


def copies_are_complete(at: datetime) -> Finding:
    """Clause 7.2: the register against the declarations, and the newest copies against what they say of themselves."""
    missing = [field for field in personal_fields() if not is_handed_over(field)]
    making = DataCopy.objects.filter(ready_at=None).order_by("begun_at")
    oldest = making.values_list("begun_at", flat=True).first()
    waiting = max(timedelta(0), at - oldest) if oldest else timedelta(0)
    ready = list(DataCopy.objects.filter(expires_at__gt=at).order_by("-ready_at")[:SAMPLE])
    found: dict[str, Any] = {
        "fields": len(personal_fields()) - len(missing),
        "missing": len(missing),
        "ready": DataCopy.objects.filter(expires_at__gt=at).count(),
        "making": making.count(),
        "waiting_seconds": waiting.total_seconds(),
        "looked_at": len(ready),
        "torn": _torn(ready),
        "overdue": overdue(at),
        "unanswered": RequestForm.objects.filter(
            kind__contains=RequestKind.COPY, asked_at__lte=at - LATE
        ).count(),
    }
    if any(found[name] for name in ("missing", "torn", "overdue", "unanswered")) or waiting > LATE:
        return Finding(BROKEN, TEXT, found)
    return Finding(DUE_SOON if waiting > SOON else KEPT, TEXT, found)


def _torn(ready: list[DataCopy]) -> int:
    """Return how many copies lack a piece of a file. Pieces are counted; what they say stays sealed."""
    there = (
        DataCopyPart.objects.filter(copy__in=[copy.pk for copy in ready])
        .values_list("copy", "file")
        .annotate(Count("pk"), Max("number"))
        .order_by()
    )
    pieces = {(copy, file): (count, last) for copy, file, count, last in there}
    keyring.prefetch([copy.subject for copy in ready], RetentionClass.ACCOUNT)
    torn = 0
    for copy in ready:
        files = Progress.of(copy.progress.open()).files
        torn += any(
            pieces.get((copy.pk, name)) != (file.pieces, file.pieces - 1) for name, file in files.items()
        )
    return torn


def is_handed_over(field: DeclaredField) -> bool:
    """Tell whether a copy has a field: its model is entered, and its records are read with this field among them."""
    model = field.model
    holds = declarations_of(model)
    if holds is None or not holds.subject_path or not any(isinstance(d, Personal) for d in holds.values()):
        return True
    if model._meta.app_label == "keys":
        return True
    return any(model in holder.models for holder in register.holders()) and field in set(
        held.fields_of(model)
    )
