"""What was at the door when a backup was made is no longer so when it is brought back."""

from datetime import datetime

from django.contrib.sessions.models import Session

from ringfence.accounts.models import OneTimeLink, Person, SignIn, TryCount
from ringfence.accounts.rules import PersonState
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor


@action("accounts.begin_anew")
def begin_anew(*, by: Actor, at: datetime) -> int:
    """End every session, link and count of tries of before, and let each account stay; return how many rows went.

    Who signed out, used a link or came back to their account since the backup did so in data that is lost. So everybody
    signs in again, no link works twice, and no account ends before it was told anew (`leaving.unused`). An account that
    was closed still ends when it was to end. May be repeated.
    """
    count = sum(model.objects.all().delete()[0] for model in (SignIn, OneTimeLink, TryCount))
    Session.objects.all().delete()
    stay = Person.objects.filter(state=PersonState.ACTIVE, leaves_at__isnull=False).update(leaves_at=None)
    about(count=count, stay=stay)
    return count
