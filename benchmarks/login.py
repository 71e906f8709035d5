"""One sign-in with a password: the whole request, beside the password digest alone, which is meant to be slow."""

from collections.abc import Iterator

from benchmarks.ground import Figure, ratio

ADDRESS, PASSWORD = "customer1@example.com", "ring the demo bell"


def measure() -> Iterator[Figure]:
    """Yield the figures."""
    from django.conf import settings
    from django.contrib.auth.hashers import check_password, make_password
    from django.test import Client

    from ringfence.accounts import actions
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    actions.add_customer(
        email=ADDRESS, password=PASSWORD, language="en", by=Actor.system("benchmark"), at=clock.now()
    )
    digest = make_password(PASSWORD)
    turn = iter(range(1_000_000))

    def sign_in() -> None:
        """Sign in from a new network address each time, so that no limit is met."""
        n = next(turn)
        client = Client(REMOTE_ADDR=f"192.0.2.{n % 250}", HTTP_HOST="localhost")
        answer = client.post("/en/login/", {"email": ADDRESS, "password": PASSWORD})
        if answer.status_code != 302:
            raise RuntimeError(f"the sign-in was answered with {answer.status_code}")

    share, mine, other = ratio(sign_in, lambda: check_password(PASSWORD, digest), rounds=9)
    how = "the request through every middleware, with session, sealed device line and ledger line"
    yield Figure("login_ms", mine * 1000, "ms", "-", f"the password digest alone, {other * 1000:.0f} ms", how)
    yield Figure("login_vs_digest", share, "x", "-", "the password digest alone", how)
