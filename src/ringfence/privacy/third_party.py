"""Tables that libraries bring along, declared like our own (privacy-core section 1)."""

from ringfence.privacy.inventory import NOT_PERSONAL, Holds, declare_elsewhere


def declare() -> None:
    """Declare the tables of the job queue. Task arguments are ids only, never personal data."""
    job = ("id", "queue_name", "task_name", "priority", "lock", "args", "status", "scheduled_at", "attempts")
    declare_elsewhere(
        "procrastinate_jobs", Holds(NOT_PERSONAL, *job, "queueing_lock", "abort_requested", "worker")
    )
    declare_elsewhere("procrastinate_events", Holds(NOT_PERSONAL, "id", "job", "type", "at"))
    declare_elsewhere(
        "procrastinate_periodic_defers",
        Holds(NOT_PERSONAL, "id", "task_name", "defer_timestamp", "job", "periodic_id"),
    )
    declare_elsewhere("procrastinate_workers", Holds(NOT_PERSONAL, "id", "last_heartbeat"))
    declare_elsewhere("django_session", Holds(NOT_PERSONAL, "session_key", "session_data", "expire_date"))
