"""A copy has everything, tells what it left out, is sealed at rest, and is made to its end whoever is killed (7.2)."""

import hashlib
import json
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections

from ringfence.accounts.ports import LetterToSend
from ringfence.adapters.mail.writing import written
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import promises, retention, sweeping
from ringfence.privacy.copies import copy_of
from ringfence.privacy.copying import actions, making, queries, schemas
from ringfence.privacy.copying.models import DataCopy, DataCopyPart
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.keys import keyring
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.requests import refusing
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import Channel, Ground, RequestKind
from tests.privacy.asking import letters, officer, post
from tests.privacy.copying import NOW, SYSTEM, TEXTS, asked, data_of, files_of, made, somebody, table_of

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"]),
    pytest.mark.promise("7.2"),
]
Break = Callable[..., None]
VARIES = {"privacy.requests", "history", "privacy.copies", "accounts.letters"}
"""Kinds to which the asking itself adds."""


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps, parts and pages of a few records, as if there were a hundred thousand."""
    for name, value in (("A_STEP", 16), ("AT_ONCE", 8), ("ON_A_PAGE", 10)):
        monkeypatch.setattr(making, name, value)


def test_every_record_is_there_in_every_form(small_steps: None) -> None:
    person = somebody()
    whole = copy_of(person, NOW)
    files = made(person)
    for kind in whole["kinds"]:
        if kind["records"] and kind["name"] not in VARIES:
            found = data_of(files, kind["name"])
            assert _sorted(found["records"]) == _sorted(kind["records"]), kind["name"]
            assert found["fields"] == kind["fields"]
    calls = table_of(files, "telephony.CallRecord")
    assert len({one["id"] for one in calls}) == 30
    messages = [one["text"].removeprefix("'") for one in table_of(files, "telephony.Message")]
    assert sorted(messages) == sorted(TEXTS)
    pages = "".join(content.decode() for name, content in files.items() if name.startswith("pages/"))
    assert "+44 20 7946 0029" in pages
    assert "&lt;b&gt;back&lt;/b&gt;" in pages
    assert "<b>back" not in pages
    assert {"Norge · Norway", "one@example.com"} <= set(re.findall(r">([^<>]+)</dd>", pages))


def _sorted(records: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(record, sort_keys=True) for record in records)


def test_the_lists_of_a_copy_are_true(small_steps: None) -> None:
    files = made(somebody())
    manifest = json.loads(files["manifest.json"])
    listed = {one["name"]: one for one in manifest["files"]}
    assert {*listed, "manifest.json"} == set(files)
    for name, one in listed.items():
        assert one["bytes"] == len(files[name])
        assert one["digest"] == hashlib.sha256(files[name]).hexdigest(), name
    counts = {one["name"]: one["records"] for one in manifest["kinds"]}
    assert counts["telephony.calls"] == 30
    for name, count in counts.items():
        assert not count or len(data_of(files, name)["records"]) == count
    out = {one["what"]: one["why"] for one in manifest["withheld"]}
    assert out["accounts.Person.password"] != out["privacy.DataCopyPart.content"]
    assert all(why["nb"] != why["en"] for why in out.values())
    index = files["index.html"].decode()
    linked = re.findall(r'href="([^"]+)"', index)
    assert linked
    assert set(linked) <= set(files)
    following = [name for name in files if name.startswith("pages/telephony.calls")]
    assert len(following) == 3
    assert all(
        set(re.findall(r'href="(\w[^"]+)"', files[name].decode())) <= _pages(files) for name in following
    )


def _pages(files: dict[str, bytes]) -> set[str]:
    return {name.removeprefix("pages/") for name in files}


def test_each_file_is_as_its_published_schema_says() -> None:
    files = made(somebody())
    for name in schemas.names():
        wanted = schemas.schema(name)
        file = "manifest.json" if name == "manifest" else f"data/{name}.json"
        assert wanted is not None
        if file in files:
            assert list(_objections(json.loads(files[file]), wanted, name)) == []


def _objections(value: Any, schema: Any, where: str) -> Iterator[str]:
    """Yield where a value is not as a schema says, for the words of the language that ours use."""
    if "oneOf" in schema:
        fitting = [one for one in schema["oneOf"] if not list(_objections(value, one, where))]
        yield from [] if len(fitting) == 1 else [f"{where}: fits {len(fitting)} forms"]
        return
    if "const" in schema and value != schema["const"]:
        yield f"{where}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r}"
    kinds = {
        "string": str,
        "integer": int,
        "boolean": bool,
        "array": list,
        "object": dict,
        "null": type(None),
    }
    allowed = schema.get("type", [*kinds])
    if not any(type(value) is kinds[one] for one in ([allowed] if isinstance(allowed, str) else allowed)):
        yield f"{where}: {type(value).__name__} and not {allowed}"
    elif isinstance(value, dict):
        yield from (f"{where}: lacks {name}" for name in set(schema.get("required", ())) - value.keys())
        known = schema.get("properties", {})
        if schema.get("additionalProperties") is False:
            yield from (f"{where}: has {name}" for name in value.keys() - known)
        for name in value.keys() & known:
            yield from _objections(value[name], known[name], f"{where}.{name}")
    elif isinstance(value, list):
        for one in value:
            yield from _objections(one, schema.get("items", {}), where)


@pytest.mark.promise("2.3")
def test_a_copy_is_sealed_until_its_owner_fetches_it() -> None:
    person = somebody()
    copy = asked(person)
    assert queries.copy_for(person, NOW) is not None
    actions.proceed(copy=copy.pk, by=SYSTEM, at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM privacy_datacopypart")
        stored = b"".join(bytes(row[0]) for row in cursor.fetchall())
        cursor.execute("SELECT progress::text FROM privacy_datacopy")
        (progress,) = cursor.fetchone()
    assert b"index" not in stored
    assert b"telephony".hex() not in progress
    other = somebody(email="two@example.com", calls=1)
    found = queries.copy_for(person, NOW)
    assert found is not None
    assert queries.copy_named(person, found.public_id, NOW)
    assert queries.copy_named(other, found.public_id, NOW) is None
    assert queries.copy_named(person, found.public_id, NOW + timedelta(days=7, seconds=1)) is None


def test_the_request_is_met_when_the_copy_is_ready() -> None:
    person = somebody(calls=1)
    copy = asked(person)
    assert asked(person).pk == copy.pk, "asking again joins what is under way"
    request = SubjectRequest.objects.get()
    assert request.state == "approved"
    actions.proceed(copy=copy.pk, by=SYSTEM, at=NOW)
    request.refresh_from_db()
    assert request.state == "closed"
    again = asked(person)
    assert again.pk != copy.pk
    assert not DataCopy.objects.filter(pk=copy.pk).exists(), "the newer one has it all"


def test_a_copy_that_was_approved_elsewhere_is_begun_by_the_sweep() -> None:
    person = somebody(calls=1)
    made_ = requests.open_request(
        subject=person, kind=RequestKind.COPY, channel=Channel.FORM, by=SYSTEM, at=NOW
    )
    with pytest.raises(Refusal, match="no copy to be made"):
        actions.begin(request=made_.pk, by=SYSTEM, at=NOW)
    requests.approve(request=made_.pk, by=Actor.customer(person), at=NOW)
    sweeping.find_lost_work(by=SYSTEM, at=NOW)
    assert DataCopy.objects.filter(request=made_).exists()


@pytest.mark.promise("4.3")
@pytest.mark.parametrize("how", ["taken back", "refused", "left behind"])
def test_a_request_that_ends_undone_takes_its_copy_along(how: str) -> None:
    person = somebody(calls=1)
    copy = asked(person)
    request = SubjectRequest.objects.get()
    if how == "taken back":
        requests.withdraw(request=request.pk, by=Actor.customer(person), at=NOW)
    elif how == "refused":
        refusing.refuse(
            request=request.pk, ground=Ground.RIGHTS_OF_OTHERS, reason="No.", by=officer(), at=NOW
        )
        post(NOW)
        refusing.follow_notices(by=SYSTEM, at=NOW)
    else:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE privacy_subjectrequest SET state = 'withdrawn', closed_at = now()")
        sweeping.find_lost_work(by=SYSTEM, at=NOW)
    actions.proceed(copy=copy.pk, by=SYSTEM, at=NOW)
    assert not DataCopy.objects.exists()
    found = promises.promise("7.2")
    assert found
    assert found.check(NOW + timedelta(hours=7)).state == promises.KEPT


def test_a_letter_says_that_a_copy_can_be_fetched_and_nothing_of_it() -> None:
    person = somebody(calls=1)
    copy = asked(person)
    for _time in range(2):
        actions.proceed(copy=copy.pk, by=SYSTEM, at=NOW)
    [facts] = letters("copy-ready")
    assert set(facts) == {"expires_at"}
    for language in ("nb", "en"):
        letter = LetterToSend(copy.pk, "copy-ready", "x@example.com", language, "", facts, NOW)
        text = written(letter).text
        assert f"/{language}/account/data/copy/" in text
        assert copy.public_id not in text


@pytest.mark.promise("2.8")
def test_a_copy_is_gone_after_its_week() -> None:
    person = somebody(calls=1)
    made(person)
    at = NOW + timedelta(days=7, hours=1)
    assert retention.let_go(by=SYSTEM, at=at, dry_run=True)["privacy.copies"] == 1
    actions.let_go(by=SYSTEM, at=at)
    assert not DataCopy.objects.exists()
    assert not DataCopyPart.objects.exists()


@pytest.mark.promise("2.9")
def test_a_deletion_takes_the_copy_along() -> None:
    person = somebody(calls=1)
    copy = asked(person)
    actions.proceed(copy=copy.pk, by=SYSTEM, at=NOW)
    erasure.ask(subject=person, channel=Channel.ACCOUNT, by=SYSTEM, at=NOW)
    erasure.proceed(erasure=Erasure.objects.get().pk, by=SYSTEM, at=NOW)
    assert not DataCopyPart.objects.exists()
    assert not DataCopy.objects.exists()


@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
@pytest.mark.usefixtures("small_steps")
def test_a_worker_killed_at_any_write_is_followed_by_another() -> None:
    person = somebody(calls=40)
    expected = made(person)
    copy = asked(person)
    deaths = 0
    while _killed_at_a_write(copy.pk, skip=deaths % 5):
        deaths += 1
        assert deaths < 40
    assert deaths >= 6
    found = files_of(copy.pk)
    assert Counter(_settled(found)) == Counter(_settled(expected))


def _settled(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files to which neither asking nor the moment adds anything."""
    varying = ("index", "manifest", *(f"{folder}/{kind}" for kind in VARIES for folder in ("data", "pages")))
    tables = ("tables/privacy.", "tables/history", "tables/accounts.OutgoingLetter")
    return {name: said for name, said in files.items() if not name.startswith((*varying, *tables))}


def _killed_at_a_write(copy: UUID, skip: int) -> bool:
    """Work on a copy in a process that dies at a write of its own, past a few; tell whether it did."""
    child = os.fork()
    if child == 0:
        try:
            for alias in connections:
                connections[alias].connection = None
            keyring.forget()
            with connection.execute_wrapper(_Death(skip)):
                actions.proceed(copy=copy, by=SYSTEM, at=NOW)
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


class _Death:
    """Ends the process when it has written to the copies' tables some times."""

    def __init__(self, skip: int) -> None:
        self.left = skip

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
        result = execute(sql, params, many, context)
        if re.match(r'(INSERT INTO|UPDATE) "privacy_datacopy', sql):
            self.left -= 1
            if self.left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return result


@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
@pytest.mark.parametrize(
    ("statement", "days"),
    [
        ("DELETE FROM privacy_datacopypart WHERE file = 'index.html'", 0),
        ("UPDATE privacy_datacopy SET ready_at = NULL, begun_at = begun_at - interval '1 day'", 0),
        ("SELECT 1", 8),
    ],
    ids=["torn", "not-made", "kept-too-long"],
)
def test_a_copy_that_is_not_as_promised_breaks_7_2(break_data: Break, statement: str, days: int) -> None:
    sweeping.sweep(by=SYSTEM, at=NOW)
    made(somebody(calls=1))
    check = promises.promise("7.2")
    assert check is not None
    assert check.check(NOW).state == promises.KEPT
    break_data(statement)
    assert check.check(NOW + timedelta(days=days)).state == promises.BROKEN
