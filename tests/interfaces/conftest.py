"""What tests of the interfaces share."""

from tests.mail_port import open_mail_port  # noqa: F401 - a fixture
