"""The same kinds of rows as an ordinary customer of ours has, in plain columns, with the peer's declarations."""

import uuid

from django.db import models


class Person(models.Model):  # noqa: DJ008 - never shown
    """Somebody with an account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.TextField()
    name = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    address = models.TextField(blank=True)
    registered_at = models.DateTimeField()

    class PrivacyMeta:
        """What of it is private."""

        fields = ("email", "name", "phone", "address")


class SignIn(models.Model):  # noqa: DJ008 - never shown
    """Where and with what somebody signed in."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    network_address = models.TextField(blank=True)
    device = models.TextField(blank=True)
    made_at = models.DateTimeField()

    class PrivacyMeta:
        """What of it is private."""

        fields = ("network_address", "device")


class Acknowledgement(models.Model):  # noqa: DJ008 - never shown
    """A version of the terms that somebody was shown."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    version = models.IntegerField()
    moment = models.TextField()

    class PrivacyMeta:
        """What of it is private."""

        fields = ("moment",)


class Letter(models.Model):  # noqa: DJ008 - never shown
    """A letter to somebody."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    email = models.TextField(blank=True)
    facts = models.TextField(blank=True)

    class PrivacyMeta:
        """What of it is private."""

        fields = ("email", "facts")


class Tenure(models.Model):  # noqa: DJ008 - never shown
    """Since when somebody has a number."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    number = models.TextField()
    began_at = models.DateTimeField()

    class PrivacyMeta:
        """What of it is private."""

        fields = ("number",)


class CallRecord(models.Model):  # noqa: DJ008 - never shown
    """A call to somebody's number."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    caller = models.TextField(blank=True)
    called = models.TextField(blank=True)
    started_at = models.DateTimeField()

    class PrivacyMeta:
        """What of it is private."""

        fields = ("caller", "called")


class Message(models.Model):  # noqa: DJ008 - never shown
    """A message to somebody's number."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    sender = models.TextField(blank=True)
    text = models.TextField(blank=True)
    received_at = models.DateTimeField()

    class PrivacyMeta:
        """What of it is private."""

        fields = ("sender", "text")
