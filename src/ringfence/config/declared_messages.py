"""The settings of text messages: how each carrier proves that it is itself."""

from dataclasses import dataclass

from ringfence.config import parsing, parsing_messages
from ringfence.config.declaring import declare

USUAL_FIELDS = (("id", "id"), ("from", "from"), ("to", "to"), ("text", "text"))


@dataclass(frozen=True, kw_only=True)
class MessageSettings:
    """What the carriers' doors for messages need to know; a carrier without its secret is not listened to."""

    twilio_auth_token: str | None = declare(
        "RINGFENCE_TWILIO_AUTH_TOKEN",
        parsing.long_text(16),
        None,
        "Auth token by which Twilio signs the messages it brings to /webhooks/messages/twilio/.",
        secret=True,
    )
    telnyx_public_key: bytes | None = declare(
        "RINGFENCE_TELNYX_PUBLIC_KEY",
        parsing_messages.ed25519_public_key,
        None,
        "Public key by which Telnyx signs the messages it brings to /webhooks/messages/telnyx/.",
    )
    message_addresses: tuple[str, ...] = declare(
        "RINGFENCE_MESSAGE_ADDRESSES",
        parsing.list_of(parsing.ip_network),
        (),
        "Networks of a carrier that signs nothing and brings messages to /webhooks/messages/carrier/.",
    )
    message_secret: str | None = declare(
        "RINGFENCE_MESSAGE_SECRET",
        parsing.long_text(24),
        None,
        "Secret that the carrier that signs nothing sends in the header X-Webhook-Secret.",
        secret=True,
    )
    message_fields: tuple[tuple[str, str], ...] = declare(
        "RINGFENCE_MESSAGE_FIELDS",
        parsing_messages.fields,
        USUAL_FIELDS,
        "What that carrier calls id, from, to and text, and perhaps sent, reference, part and parts; in JSON with"
        " dots, as text=message.body.",
        shown="id=id,from=from,to=to,text=text",
    )
