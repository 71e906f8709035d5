"""The settings of how the store is watched: read again from outside, told of, and asked by a collector of metrics."""

from dataclasses import dataclass

from ringfence.config import parsing
from ringfence.config.declaring import declare


@dataclass(frozen=True, kw_only=True)
class WatchSettings:
    """Whom the store tells when a promise breaks, and from where it looks at itself."""

    reading_origin: str | None = declare(
        "RINGFENCE_READING_ORIGIN",
        parsing.origin,
        None,
        "Where the store reads its own public pages again, if the public origin cannot be reached from within.",
        shown="RINGFENCE_PUBLIC_ORIGIN",
    )
    operator_email: str | None = declare(
        "RINGFENCE_OPERATOR_EMAIL",
        parsing.email,
        None,
        "Whom the store writes to when a promise is broken.",
        shown="RINGFENCE_CONTACT_EMAIL",
    )
    metrics_token: str | None = declare(
        "RINGFENCE_METRICS_TOKEN",
        parsing.long_text(16),
        None,
        "Opens /metrics to other machines, as Authorization: Bearer …; at least 16 characters.",
        secret=True,
        shown="this machine only",
    )
