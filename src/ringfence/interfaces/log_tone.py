"""How loud a refused request is in the log: what strangers type into an address bar is no trouble of ours."""

import logging
from http import HTTPStatus
from typing import Final

REQUESTS: Final = "django.request"
FOREIGN_FORM: Final = "django.security.csrf"
FOREIGN_HOST: Final = "django.security.DisallowedHost"
CLIENT_ERRORS: Final = range(HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)


def quieten(record: logging.LogRecord) -> bool:
    """Let a request that was answered with 4xx be a remark for whoever looks for it, a foreign host too, in our words.

    Returns whether the record is still wanted at that level.
    """
    if record.name == FOREIGN_HOST:
        record.msg, record.args = "A request for a host that is not ours was refused.", ()
    elif getattr(record, "status_code", None) not in CLIENT_ERRORS:
        return True
    record.levelno, record.levelname = logging.DEBUG, "DEBUG"
    record.exc_info = record.exc_text = None
    return logging.getLogger(record.name).isEnabledFor(logging.DEBUG)


def install() -> None:
    """Have it applied to what the framework says about requests; again changes nothing."""
    for name in (REQUESTS, FOREIGN_FORM, FOREIGN_HOST):
        logger = logging.getLogger(name)
        if quieten not in logger.filters:
            logger.addFilter(quieten)
