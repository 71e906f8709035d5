"""The receipt of an erasure: what went, what stays and why, when it is final; signed through the ledger.

A receipt is `{"body": ..., "proof": ...}`. The digest of the body stands in a ledger line; the proof leads from that
line to a signed checkpoint. Neither holds anything about the person.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id, public_id
from ringfence.privacy import register, rules
from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.ledger import checkpoints, merkle, note
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


@action(LINE)
def give(*, erasure: UUID, by: Actor, at: datetime) -> ErasureStep:
    """Write the receipt, enter its digest in the ledger, meet the request, and forget whom it was about."""
    found = Erasure.objects.select_for_update().get(pk=erasure)
    if found.step != ErasureStep.RECEIPT or found.subject is None or found.keys_destroyed_at is None:
        nothing_happened()
        return ErasureStep(found.step)
    receipt_id = new_id()
    final_at = keys.final_at(found.keys_destroyed_at)
    body = _body(receipt_id, found, found.subject, final_at, at)
    Receipt.objects.create(
        pk=receipt_id, erasure=found, given_at=at, final_at=final_at, body=body, digest=digest(body)
    )
    about(receipt=public_id("rcp", receipt_id), digest=digest(body).hex())
    if found.request_id:
        requests.carry_out(request=found.request_id, by=by, at=at)
        requests.close(request=found.request_id, by=by, at=at)
    found.subject, found.finished_at, found.step = None, at, rules.step_after(found.step)
    found.save()
    return ErasureStep.DONE


def _body(receipt: UUID, found: Erasure, subject: UUID, final_at: datetime, at: datetime) -> dict[str, Any]:
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
        "stays": what_stays(subject, at),
        "searched": found.counts.get("verified", {}),
    }


def what_stays(subject: UUID, at: datetime) -> list[dict[str, Any]]:
    """Return what a law keeps of a person: kind, number of records, article, and the day until which."""
    kept = []
    for holder in register.holders():
        count = (
            sum(register.rows_of(model, subject).count() for model in holder.models) if holder.stays else 0
        )
        if count:
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
    receipt = Receipt.objects.filter(erasure_id=erasure, proof__isnull=True).first()
    if receipt is None:
        return
    checkpoints.publish(by=by, at=at)
    attach_proof(receipt=receipt.pk, by=by, at=at)


@action("privacy.prove_receipt")
def attach_proof(*, receipt: UUID, by: Actor, at: datetime) -> None:
    """Keep with a receipt the proof that its line is in the newest checkpoint; itself leaves no line."""
    nothing_happened()
    found = Receipt.objects.select_for_update().get(pk=receipt)
    name = public_id("rcp", receipt)
    line = LedgerLine.objects.filter(action=LINE, facts__receipt=name).order_by("-id").first()
    newest = checkpoints.latest()
    if found.proof is not None or line is None or newest is None:
        return
    found.proof = checkpoints.prove(line, newest).as_json()
    found.save()


def document(receipt: Receipt) -> dict[str, Any]:
    """Return the receipt as it is handed out."""
    return {"body": receipt.body, "proof": receipt.proof}


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
    except (KeyError, TypeError, ValueError):
        return ["malformed"]
    found = []
    if stated != found_digest or named != given or line.get("action") != LINE:
        found.append("altered")
    try:
        statement = note.read(checkpoint, key_store().public_key())
    except note.NoteInvalid:
        return [*found, "not-signed"]
    leaf = merkle.leaf_hash(canonical(line))
    if merkle.root_from_inclusion(leaf, position, statement.size, path) != statement.root:
        found.append("not-in-ledger")
    return found
