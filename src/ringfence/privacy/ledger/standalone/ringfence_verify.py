#!/usr/bin/env python3
"""Check a published ledger, a receipt, or one line of it, without trusting the store that published them.

One file, for Python 3.9 and later, with nothing but the standard library and the package `cryptography`.

    python3 verifier.py ledger --url https://store.example [--seen old.note] [--save new.note]
    python3 verifier.py ledger --key key.txt --checkpoint checkpoint.txt --hashes hashes.bin [--seen old.note]
    python3 verifier.py receipt receipt.json --key key.txt [--checkpoint newer.txt --hashes hashes.bin]

A checkpoint is a signed note (C2SP tlog-checkpoint): the ledger's name, its number of lines, and the root of a
Merkle tree over them (RFC 6962). The ledger itself is published as the hashes of its lines, 32 bytes each, so that
nobody learns what happened to whom, and yet nothing can be changed, removed or put in between unseen.

Keep the checkpoint of today (`--save`) and give it again later (`--seen`): a ledger that was cut, rewritten, or set
back in time no longer agrees with it. Without one of your own you can only find that the ledger agrees with itself.

Exit status: 0 when everything holds, 1 when something does not, 2 when the files could not be read.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import urllib.request
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASH_BYTES = 32
KEY_TYPE = b"\x01"
RECEIPT_LINE = "privacy.give_receipt"
EM_DASH = "\u2014"


class Wrong(Exception):
    """Something does not hold; the message says what."""


class Key(NamedTuple):
    """The public key of a ledger, with the ledger's name."""

    origin: str
    name: bytes
    public: bytes


class Checkpoint(NamedTuple):
    """What a signed note states."""

    origin: str
    size: int
    root: bytes


def read_key(text: str) -> Key:
    """Return the key in `origin+hash+base64`. Raises Wrong when it contradicts itself."""
    try:
        origin, name, encoded = text.strip().split("+", 2)
        packed = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise Wrong("the key is not a key of a ledger") from error
    expected = hashlib.sha256(origin.encode() + b"\n" + packed).digest()[:4]
    if packed[:1] != KEY_TYPE or len(packed) != 1 + HASH_BYTES or name != expected.hex():
        raise Wrong("the key is not a key of a ledger")
    return Key(origin, expected, packed[1:])


def read_checkpoint(note: str, key: Key) -> Checkpoint:
    """Return what a note states, after checking who signed it. Raises Wrong."""
    body, _, signatures = note.partition("\n\n")
    lines = body.split("\n")
    try:
        origin, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
    except (IndexError, ValueError) as error:
        raise Wrong("not a checkpoint") from error
    if origin != key.origin:
        raise Wrong(f"the checkpoint is of another ledger: {origin}")
    for line in signatures.strip("\n").split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.rpartition(" ")
        try:
            signature = base64.b64decode(encoded, validate=True)
        except ValueError:
            continue
        if dash != EM_DASH or name != key.origin or signature[:4] != key.name:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature[4:], (body + "\n").encode())
        except InvalidSignature as error:
            raise Wrong("the checkpoint's signature does not hold") from error
        return Checkpoint(origin, size, root)
    raise Wrong("the checkpoint is not signed with this key")


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of a line."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The tree over published hashes, kept as the roots of its complete subtrees."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Take in the next hash."""
        self._roots.append(leaf)
        self.size += 1
        count = self.size
        while count % 2 == 0:
            right = self._roots.pop()
            self._roots.append(node_hash(self._roots.pop(), right))
            count //= 2

    def root(self) -> bytes:
        """Return the root over everything taken in."""
        if not self._roots:
            return hashlib.sha256(b"").digest()
        found = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            found = node_hash(left, found)
        return found


def check_ledger(
    hashes: Iterable[bytes],
    checkpoint: Checkpoint,
    seen: Checkpoint | None = None,
    wanted: Sequence[int] = (),
) -> dict[int, bytes]:
    """Check the hashes against a checkpoint, and against an older one. Raises Wrong.

    Returns the hashes at the wanted positions.
    """
    if seen is not None and seen.size > checkpoint.size:
        raise Wrong(
            f"the ledger was cut or set back: you saw {seen.size} lines signed, the checkpoint has {checkpoint.size}"
        )
    tree, found = Tree(), {}
    if seen is not None and seen.size == 0 and seen.root != tree.root():
        raise Wrong("the checkpoint you saw is not one of an empty ledger")
    for leaf in hashes:
        if tree.size == checkpoint.size:
            break
        if tree.size in wanted:
            found[tree.size] = leaf
        tree.add(leaf)
        if seen is not None and tree.size == seen.size and tree.root() != seen.root:
            raise Wrong(f"the ledger was rewritten: its first {seen.size} lines are not those you saw signed")
    if tree.size < checkpoint.size:
        raise Wrong(f"the ledger was cut: {checkpoint.size} lines were signed, {tree.size} are published")
    if tree.root() != checkpoint.root:
        raise Wrong("the published lines are not those that were signed")
    return found


def root_from_path(leaf: bytes, position: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that an audit path leads to, or None when it has the wrong length (RFC 9162, 2.1.3.2)."""
    if not 0 <= position < size:
        return None
    last, found = size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if position % 2 or position == last:
            found = node_hash(step, found)
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            found = node_hash(found, step)
        position, last = position // 2, last // 2
    return found if last == 0 else None


def canonical(content: Any) -> bytes:
    """Return the bytes of a line or a receipt that are hashed: compact JSON with sorted keys."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check_line(proof: dict[str, Any], key: Key) -> Checkpoint:
    """Check that a line is in the ledger of a signed checkpoint. Raises Wrong."""
    try:
        line, position, note = proof["line"], int(proof["position"]), str(proof["checkpoint"])
        path = [base64.b64decode(step, validate=True) for step in proof["path"]]
    except (KeyError, TypeError, ValueError) as error:
        raise Wrong("not a proof") from error
    checkpoint = read_checkpoint(note, key)
    if root_from_path(leaf_hash(canonical(line)), position, checkpoint.size, path) != checkpoint.root:
        raise Wrong("the line is not in the ledger that was signed")
    return checkpoint


def check_receipt(receipt: dict[str, Any], key: Key) -> Checkpoint:
    """Check a receipt: its body is the one in the ledger's line, and the line is in the ledger. Raises Wrong."""
    try:
        body, proof = receipt["body"], receipt["proof"]
        facts, action = proof["line"]["facts"], proof["line"]["action"]
        named, stated, number = facts["receipt"], facts["digest"], body["receipt"]
    except (KeyError, TypeError) as error:
        raise Wrong("not a receipt") from error
    if action != RECEIPT_LINE or named != number or stated != hashlib.sha256(canonical(body)).hexdigest():
        raise Wrong("the receipt was altered: it is not the one in the ledger")
    return check_line(proof, key)


def _read(place: str) -> bytes:
    if place.startswith(("http://", "https://")):
        with urllib.request.urlopen(place, timeout=60) as answer:  # noqa: S310 - http and https only
            return bytes(answer.read())
    return Path(place).read_bytes()


def _hashes(content: bytes) -> list[bytes]:
    if len(content) % HASH_BYTES:
        raise Wrong("the published hashes end in the middle of one")
    return [content[start : start + HASH_BYTES] for start in range(0, len(content), HASH_BYTES)]


def _sources(words: argparse.Namespace) -> None:
    """Fill in the addresses that a store publishes under."""
    if words.url:
        base = words.url.rstrip("/")
        words.key = words.key or f"{base}/ledger/key"
        words.checkpoint = words.checkpoint or f"{base}/ledger/checkpoint"
        words.hashes = words.hashes or f"{base}/ledger/hashes"
    if not words.key:
        raise Wrong("say whose ledger it is: --url or --key")


def _ledger(words: argparse.Namespace) -> str:
    if not words.checkpoint or not words.hashes:
        raise Wrong("say where the ledger is: --url, or --checkpoint and --hashes")
    key = read_key(_read(words.key).decode())
    note = _read(words.checkpoint).decode()
    checkpoint = read_checkpoint(note, key)
    seen = read_checkpoint(Path(words.seen).read_text(encoding="utf-8"), key) if words.seen else None
    check_ledger(_hashes(_read(words.hashes)), checkpoint, seen)
    if words.save:
        Path(words.save).write_text(note, encoding="utf-8")
    since = f", and the first {seen.size} are those you saw" if seen else ""
    return f"The ledger of {checkpoint.origin} holds: {checkpoint.size} lines, as signed{since}."


def _receipt(words: argparse.Namespace) -> str:
    key = read_key(_read(words.key).decode())
    receipt = json.loads(Path(words.file).read_text(encoding="utf-8"))
    old = check_receipt(receipt, key)
    if words.checkpoint and words.hashes:
        newer = read_checkpoint(_read(words.checkpoint).decode(), key)
        position = int(receipt["proof"]["position"])
        found = check_ledger(_hashes(_read(words.hashes)), newer, old, [position])
        if found.get(position) != leaf_hash(canonical(receipt["proof"]["line"])):
            raise Wrong("the receipt's line is no longer in the published ledger")
    return f"The receipt {receipt['body']['receipt']} holds. Final in every backup: {receipt['body']['final_at'][:10]}."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(description="Check a published ledger or a receipt.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="ledger|receipt")
    ledger = verbs.add_parser("ledger", help="check a whole published ledger")
    ledger.add_argument("--seen", help="a checkpoint you kept from earlier")
    ledger.add_argument("--save", help="where to keep the checkpoint for next time")
    receipt = verbs.add_parser("receipt", help="check a receipt")
    receipt.add_argument("file")
    for verb in (ledger, receipt):
        verb.add_argument("--url", help="the store's address")
        verb.add_argument("--key", help="its public key: a file or an address")
        verb.add_argument("--checkpoint", help="its newest checkpoint: a file or an address")
        verb.add_argument("--hashes", help="the hashes of its lines: a file or an address")
    words = parser.parse_args(arguments)
    try:
        _sources(words)
        verdict = _ledger(words) if words.verb == "ledger" else _receipt(words)
    except Wrong as wrong:
        sys.stderr.write(f"Does not hold: {wrong}.\n")
        return 1
    except (OSError, ValueError) as problem:
        sys.stderr.write(f"Cannot be read: {problem}\n")
        return 2
    sys.stdout.write(verdict + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
