"""Letters can be read in the dark: no colour is left that was chosen for white paper."""

import re
from uuid import uuid4

from ringfence.accounts.ports import LetterToSend
from ringfence.adapters.mail import writing
from tests.accounts.builders import now


def test_small_print_has_a_class_that_is_lightened_in_the_dark() -> None:
    html = writing.written(
        LetterToSend(uuid4(), "confirm-address", "x@example.com", "en", "", {"token": "a-token"}, now())
    ).html
    small = re.findall(r"<[^>]*#5a6570[^>]*>", html)
    assert small
    assert all('class="foot"' in tag for tag in small)
