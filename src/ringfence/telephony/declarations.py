"""How telephony declares what it holds: it comes from use, serves the service, and rests on the contract."""

from collections.abc import Callable

from ringfence.privacy.inventory import Basis, Category, Personal, Purpose, RetentionClass, Source


def of_use(
    category: Category,
    retention: RetentionClass,
    label: str,
    plain: str = "",
    *,
    common: str = "",
    read: Callable[[bytes], str] | None = None,
) -> Personal:
    """Declare a field; `label`, `plain`, `common` and `read` are those of `Personal`."""
    return Personal(
        category,
        Source.USE,
        Purpose.SERVICE,
        Basis.CONTRACT,
        retention,
        plain=plain,
        label=label,
        common=common,
        read=read,
    )
