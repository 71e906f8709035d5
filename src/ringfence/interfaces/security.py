"""What a browser is told it may do with our pages: content, features, isolation, referrers."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

SELF: Final = "'self'"
NONE: Final = "'none'"

_UNUSED_FEATURES: Final = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "compute-pressure",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "otp-credentials",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "sync-xhr",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)

PERMISSIONS_POLICY: Final = ", ".join(
    [
        *(f"{feature}=()" for feature in _UNUSED_FEATURES),
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
    ]
)
"""Everything a page of ours never needs is off; passkeys are for this site alone."""

HEADERS: Final[Mapping[str, str]] = {
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
}
"""Set on every answer that does not already say otherwise. No referrer leaves the site (clause 7.1)."""

TELLING: Final = ("Server", "X-Powered-By", "X-AspNet-Version", "X-Generator", "X-Runtime", "Via")
"""Headers that would name the software; taken off every answer (clause 2.7)."""

STATISTICS: Final[Mapping[str, Sequence[str]]] = {
    "script-src": ["https://www.googletagmanager.com"],
    "img-src": ["https://*.google-analytics.com", "https://www.googletagmanager.com"],
    "connect-src": [
        "https://*.google-analytics.com",
        "https://*.analytics.google.com",
        "https://www.googletagmanager.com",
    ],
}
"""What a page may load besides, and only where the visitor has said yes to being counted (clause 3.2)."""


def content_security_policy(*, form_targets: Sequence[str] = (), https: bool = True) -> dict[str, Any]:
    """Return the `CONTENT_SECURITY_POLICY` setting: nothing inline, nothing from elsewhere, no frames.

    `form_targets` are origins a form may end up at by redirect, such as the payment provider's hosted page:
    browsers apply `form-action` to the redirect after a POST too (CSP Level 3). Raises ValueError for a
    target that is more or less than an origin.
    """
    for target in form_targets:
        scheme, _separator, host = target.partition("://")
        if scheme not in {"http", "https"} or not host or set(host) & set("/?#;, "):
            message = "a form target is an origin such as https://pay.example.com"
            raise ValueError(message)
    directives: dict[str, Any] = {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF, *form_targets],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
    if https:
        directives["upgrade-insecure-requests"] = True
    return {"DIRECTIVES": directives}
