"""Tags and filters of the look: moments, amounts, phone numbers, outbound links, meters, icons."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from django import template
from django.http import QueryDict
from django.template.context import RequestContext
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.interfaces import clock, writing
from ringfence.kernel.money import Money

register = template.Library()

ICONS: Final[dict[str, str]] = {
    "shield": (
        '<path d="M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z"/>'
        '<path d="M9 12c0-2 1.3-3 3-3s3 1 3 3-1.3 3-3 3"/>'
    ),
    "phone": (
        '<path d="M6 3h3l2 5-2.5 1.5a11 11 0 0 0 6 6L16 13l5 2v3'
        'a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z"/>'
    ),
    "mail": '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M3 7l9 6 9-6"/>',
    "out": '<path d="M8 5H5v14h14v-3"/><path d="M13 4h7v7"/><path d="M20 4l-9 9"/>',
    "menu": '<path d="M4 7h16"/><path d="M4 12h16"/><path d="M4 17h16"/>',
    "check": '<path d="M5 13l4 4 10-10"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3 2"/>',
    "cross": '<path d="M6 6l12 12"/><path d="M18 6L6 18"/>',
    "dash": '<path d="M6 12h12"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 21c0-4 4-6 8-6s8 2 8 6"/>',
    "lock": '<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
    "up": '<path d="M12 20V5"/><path d="M6 11l6-6 6 6"/>',
    "down": '<path d="M12 4v15"/><path d="M6 13l6 6 6-6"/>',
}
STATES: Final[dict[str, tuple[str, str, Any]]] = {
    "kept": ("kept", "check", gettext_lazy("Kept")),
    "due_soon": ("due", "clock", gettext_lazy("Due soon")),
    "broken": ("broken", "cross", gettext_lazy("Broken")),
    "not_enforced": ("plain", "dash", gettext_lazy("Not yet checked by software")),
}


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """Draw a small decorative picture, hidden from screen readers. Raises KeyError for an unknown name.

    It has a size of its own, so that a page without its style sheet is plain and not broken.
    """
    drawing = mark_safe(ICONS[name])  # noqa: S308 -- constants of this module
    return format_html(
        '<svg class="icon" width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{}</svg>',
        drawing,
    )


@register.simple_tag
def state(name: str, label: str = "") -> SafeString:
    """Show the state of a promise as symbol and words, so that colour is never alone."""
    kind, symbol, words = STATES[str(name)]
    return format_html('<span class="tag {}">{} {}</span>', kind, icon(symbol), label or words)


@register.simple_tag(name="time")
def time_tag(value: datetime | date | None, form: writing.Form = "short") -> SafeString | str:
    """Write a moment in the reader's zone and language within a `time` element; nothing for None."""
    if value is None:
        return ""
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(), writing.moment(value, form, at=clock.now())
    )


@register.simple_tag
def ago(value: datetime | None) -> SafeString | str:
    """Write how long ago a moment is, with the moment itself as its title; nothing for None."""
    if value is None:
        return ""
    at = clock.now()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        writing.moment(value, "full", at=at),
        writing.since(value, at=at),
    )


@register.filter
def money(amount: Money | None, beside: Money | None = None) -> str:
    """Write an amount in the reader's language; nothing for None. `beside`: another of the same column."""
    return "" if amount is None else writing.money(amount, beside=beside)


@register.filter
def exact(amount: Money | None) -> str:
    """Write an amount with its decimals and the code of its currency; nothing for None."""
    return "" if amount is None else writing.exact(amount)


@register.filter
def whole(count: float | None) -> str:
    """Write a count with its thousands apart; nothing for None."""
    return "" if count is None else writing.whole(count)


@register.filter
def at_most(count: int, most: int) -> str:
    """Write a count up to a bound, and more as the bound with a plus."""
    return writing.whole(count) if count <= most else f"{writing.whole(most)}+"


@register.filter
def e164(value: str | None) -> str:
    """Write a phone number in the groups of its country; nothing for None."""
    return "" if value is None else writing.international(str(value))


@register.simple_tag
def number(value: str, match: str = "") -> SafeString:
    """Show a phone number in its groups, with the digits somebody looked for marked."""
    pieces = format_html_join(
        "",
        "{}",
        (
            (format_html("<mark>{}</mark>", piece.text) if piece.hit else piece.text,)
            for piece in writing.marked(str(value), str(match or ""))
        ),
    )
    return format_html('<span class="number">{}</span>', pieces)


@register.simple_tag
def outbound_link(url: str, text: str = "") -> SafeString:
    """Link to somebody else's site: marked as leaving, and without a referrer (clause 7.1).

    Raises ValueError when `url` is not an absolute http or https address.
    """
    parts = urlsplit(str(url))
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        message = "an outbound link needs an absolute web address"
        raise ValueError(message)
    return format_html(
        '<a class="outbound" href="{}" rel="noopener noreferrer external" referrerpolicy="no-referrer">{}{}'
        '<span class="visually-hidden"> ({})</span></a>',
        url,
        text or parts.netloc,
        icon("out"),
        _("leaves this site"),
    )


@register.simple_tag
def meter(value: float, maximum: float = 100, label: str = "", state: str = "") -> SafeString:
    """Draw how far something has come, from nothing to `maximum`; `label` says the same in words."""
    share = max(0.0, min(1.0, value / maximum)) if maximum else 0.0
    return format_html(
        '<svg class="meter {}" width="112" height="7" role="img" aria-label="{}">'
        '<rect class="track" width="100%" height="100%"/>'
        '<rect class="fill" width="{}%" height="100%"/></svg>',
        state,
        label or _("%(percent)s per cent") % {"percent": round(share * 100)},
        f"{share * 100:.1f}",
    )


@register.simple_tag
def spark(values: Sequence[float], label: str, within: Sequence[float] = ()) -> SafeString:
    """Draw a row of bars, one for each value; `label` says what they are. `within`: a part of each, from below."""
    highest = max(values, default=0) or 1
    width = 300 / max(len(values), 1)
    drawn = [(index, 0.0, value, "") for index, value in enumerate(within)]
    drawn += [
        (index, below, value, "rest" if within else "")
        for index, (value, below) in enumerate(zip(values, within or [0] * len(values), strict=True))
    ]
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (
                kind,
                f"{index * width:.1f}",
                f"{50 - value / highest * 48:.1f}",
                f"{width * 0.72:.1f}",
                f"{(value - below) / highest * 48:.1f}",
            )
            for index, below, value, kind in drawn
        ),
    )
    return format_html(
        '<svg class="spark" width="300" height="50" viewBox="0 0 300 50" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>',
        label,
        bars,
    )


@register.simple_tag(takes_context=True)
def current_query(context: RequestContext | Mapping[str, Any], **changes: object) -> str:
    """Return the query of this page with some parameters changed; None or empty takes one away."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else QueryDict(mutable=True)
    for name, value in changes.items():
        if value in {None, ""}:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.filter
def widget_kind(field: Any) -> str:
    """Return the kind of a bound field's widget, for its layout: "check", "choices", "hidden" or "line"."""
    kind = getattr(field.field.widget, "input_type", "")
    if kind == "checkbox" and not field.field.widget.use_fieldset:
        return "check"
    if field.field.widget.use_fieldset:
        return "choices"
    return "hidden" if field.is_hidden else "line"


@register.filter
def error_target(field: Any) -> str:
    """Return the id of the control an error message of this bound field leads to."""
    identifier = field.auto_id
    return f"{identifier}_0" if field.field.widget.use_fieldset else str(conditional_escape(identifier))
