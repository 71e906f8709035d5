"""The receipt of an erasure: what went, what stays and why, when it is final; signed through the ledger.

A receipt is `{"body": ..., "proof": ...}`. The digest of the body stands in a ledger line; the proof leads from that
line to a signed checkpoint. Neither holds anything about the person.
"""

import base64
import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from ringfence.kernel.action import Fact, Line, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id, public_id
from ringfence.privacy import register, registered_rows, rules
from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.ledger import checkpoints, merkle, note
from ringfence.privacy.ledger.append import append_all
from ringfence.privacy.ledger.models import LedgerLine
from ringfence.privacy.ports import key_store
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.rules import ErasureStep

FORMAT = "ringfence-receipt-1"
LINE = "privacy.give_receipt"


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return the bytes of a receipt's body that are hashed: compact JSON with sorted keys."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(body: Mapping[str, Any]) -> bytes:
    """Return the digest that stands in the ledger."""
    return hashlib.sha256(canonical(body)).digest()


@action("privacy.give_receipts")
def give(*, erasures: Collection[UUID], by: Actor, at: datetime) -> None:
    """Write the receipts, enter their digests in the ledger, meet the requests, and forget whom they were about.

    Each receipt has a line of its own, and all of it has none.
    """
    nothing_happened()
    rows = Erasure.objects.select_for_update(of=("self",)).select_related("request")
    waiting = rows.filter(pk__in=[*erasures], step=ErasureStep.RECEIPT, subject__isnull=False)
    found = list(waiting.exclude(keys_destroyed_at=None).order_by("pk"))
    kept = _who_has_what_stays([one.subject for one in found if one.subject])
    given = [_receipt(one, at, what_stays(one.subject, at) if one.subject in kept else []) for one in found]
    Receipt.objects.bulk_create(given)
    append_all(_line(one, by, at) for one in given)
    for request in (one.request_id for one in found if one.request_id):
        requests.carry_out(request=request, by=by, at=at)
        requests.close(request=request, by=by, at=at)
    done = Erasure.objects.filter(pk__in=[one.pk for one in found])
    done.update(subject=None, finished_at=at, step=rules.step_after(ErasureStep.RECEIPT))


def _who_has_what_stays(people: Collection[UUID]) -> set[UUID]:
    stays = [holder for holder in register.holders() if holder.stays]
    return {subject for holder in stays for subject in registered_rows.who_has_any(holder, people)}


def _receipt(found: Erasure, at: datetime, stays: list[dict[str, Any]]) -> Receipt:
    if found.subject is None or found.keys_destroyed_at is None:
        raise ValueError("a receipt needs somebody whose keys are destroyed")
    made, final_at = new_id(), keys.final_at(found.keys_destroyed_at)
    body = _body(made, found, stays, final_at, at)
    return Receipt(pk=made, erasure=found, given_at=at, final_at=final_at, body=body, digest=digest(body))


def _line(receipt: Receipt, by: Actor, at: datetime) -> Line:
    facts: dict[str, Fact] = {
        "receipt": public_id("rcp", receipt.pk),
        "digest": bytes(receipt.digest).hex(),
    }
    return Line(action=LINE, by=by, at=at, facts=facts)


def _body(
    receipt: UUID, found: Erasure, stays: list[dict[str, Any]], final_at: datetime, at: datetime
) -> dict[str, Any]:
    destroyed_at = found.keys_destroyed_at or at
    return {
        "format": FORMAT,
        "receipt": public_id("rcp", receipt),
        "request": public_id("req", found.request_id) if found.request_id else None,
        "issuer": checkpoints.origin(),
        "asked_at": _moment(found.request.received_at if found.request else found.begun_at),
        "done_at": _moment(at),
        "unreadable_since": _moment(destroyed_at),
        "final_at": _moment(final_at),
        "erased": {"classes": found.counts.get("keys", []), "records": found.counts.get("rows", {})},
        "separated": found.counts.get("separated", {}),
        "stays": stays,
        "searched": found.counts.get("verified", {}),
    }


def what_stays(subject: UUID, at: datetime) -> list[dict[str, Any]]:
    """Return what a law keeps of a person: kind, number of records, article, and the day until which."""
    kept = []
    for holder in register.holders():
        if not holder.stays:
            continue
        rows = [register.rows_of(model, subject) for model in holder.models]
        if count := sum((holder.left(of_one) if holder.left else of_one).count() for of_one in rows):
            until = date(at.year + rules.KEPT["books"]["years"], 12, 31)
            until = holder.until(subject, at).date() if holder.until else until
            kept.append(
                {"what": holder.name, "records": count, "why": holder.stays, "until": until.isoformat()}
            )
    return kept


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds")


def prove(*, erasure: UUID, by: Actor, at: datetime) -> None:
    """Publish a checkpoint that takes the receipt's line in, and keep the proof with the receipt."""
    prove_all(erasures=[erasure], by=by, at=at)


def prove_all(*, erasures: Collection[UUID], by: Actor, at: datetime) -> None:
    """Publish one checkpoint that takes the lines of some receipts in, and keep its proofs with them."""
    waiting = Receipt.objects.filter(erasure__in=[*erasures], proof__isnull=True).order_by("given_at", "pk")
    unproven = list(waiting.values_list("pk", flat=True))
    if unproven:
        checkpoints.publish(by=by, at=at)
        attach_proofs(receipts=unproven, by=by, at=at)


@action("privacy.prove_receipt")
def attach_proofs(*, receipts: Collection[UUID], by: Actor, at: datetime) -> None:
    """Keep with receipts the proof that their lines are in the newest checkpoint; itself leaves no line."""
    nothing_happened()
    newest = checkpoints.latest()
    if newest is None:
        return
    rows = Receipt.objects.select_for_update().filter(pk__in=[*receipts], proof__isnull=True).order_by("pk")
    lines = _lines_of(list(rows))
    proofs = checkpoints.prove_all(list(lines.values()), newest)
    proven = [row for row, line in lines.items() if line in proofs]
    for row in proven:
        row.proof = proofs[lines[row]].as_json()
    Receipt.objects.bulk_update(proven, ["proof"])


def _lines_of(receipts: Collection[Receipt]) -> dict[Receipt, int]:
    """Return the lines that gave some receipts, by their ids, looked for from the ledger's end, where they are."""
    wanted = {public_id("rcp", one.pk): one for one in receipts}
    found: dict[Receipt, int] = {}
    for line in LedgerLine.objects.filter(action=LINE).order_by("-id").iterator(chunk_size=200):
        if not wanted:
            break
        receipt = wanted.pop(str(line.facts.get("receipt")), None)
        if receipt is not None:
            found[receipt] = line.pk
    return found


def document(receipt: Receipt) -> dict[str, Any]:
    """Return the receipt as it is handed out."""
    return {"body": receipt.body, "proof": receipt.proof}


def parsed(text: str) -> Any:
    """Return what somebody pastes as a receipt; None for what is none, whatever it is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def faults(content: Any) -> list[str]:
    """Return what is wrong with a receipt that somebody presents, as stable words; nothing when it holds.

    `malformed`: not a receipt. `altered`: the body is not the one in the ledger. `not-in-ledger`: the proof does not
    lead to the checkpoint. `not-signed`: the checkpoint is not signed by this installation.
    """
    try:
        body, proof = content["body"], content["proof"]
        line, position, checkpoint = proof["line"], int(proof["position"]), str(proof["checkpoint"])
        path = [base64.b64decode(step, validate=True) for step in proof["path"]]
        stated, named = str(line["facts"]["digest"]), str(line["facts"]["receipt"])
        given, found_digest = str(body["receipt"]), digest(body).hex()
        leaf = merkle.leaf_hash(canonical(line))
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return ["malformed"]
    found = []
    if stated != found_digest or named != given or line.get("action") != LINE:
        found.append("altered")
    try:
        statement = note.read(checkpoint, key_store().public_key())
    except ValueError:
        return [*found, "not-signed"]
    if merkle.root_from_inclusion(leaf, position, statement.size, path) != statement.root:
        found.append("not-in-ledger")
    return found
