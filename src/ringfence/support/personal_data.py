"""What the support room holds about people (clause 1.1)."""

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.register import add_models
from ringfence.support.models import Letter

add_models("support.letters", gettext_noop("Letters that came in by mail"), Letter)
