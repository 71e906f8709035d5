"""A Merkle tree over the ledger's lines (RFC 6962 section 2.1), on stored nodes of complete subtrees.

`node(level, index)` returns the hash of the complete subtree over leaves [index * 2**level, (index + 1) * 2**level).
Everything here is pure; sizes and indexes count leaves.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator

Node = Callable[[int, int], bytes]
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one line (RFC 6962: 0x00 before the data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 6962: 0x01 before both halves)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """Return the largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def subtree(start: int, size: int, node: Node) -> bytes:
    """Return the hash over `size` leaves from `start`, which is aligned as RFC 6962's recursion aligns it."""
    if size == 0:
        return EMPTY_ROOT
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    left = _split(size)
    return node_hash(subtree(start, left, node), subtree(start + left, size - left, node))


def root(size: int, node: Node) -> bytes:
    """Return the root over the first `size` leaves."""
    return subtree(0, size, node)


def inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """Return the audit path of a leaf in the tree of `size` (RFC 6962 section 2.1.1)."""
    if not 0 <= index < size:
        raise IndexError(f"there is no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start = 0
    while size > 1:
        left = _split(size)
        if index < start + left:
            path.append(subtree(start + left, size - left, node))
            size = left
        else:
            path.append(subtree(start, left, node))
            start, size = start + left, size - left
    return path[::-1]


def consistency(old: int, new: int, node: Node) -> list[bytes]:
    """Return the proof that the tree of `old` leaves is a prefix of that of `new` (RFC 6962 section 2.1.2)."""
    if not 0 < old <= new:
        raise IndexError(f"no proof from {old} to {new}")
    return _consistency(old, 0, new, node, whole=True)


def _consistency(old: int, start: int, size: int, node: Node, *, whole: bool) -> list[bytes]:
    if old == size:
        return [] if whole else [subtree(start, size, node)]
    left = _split(size)
    if old <= left:
        return [*_consistency(old, start, left, node, whole=whole), subtree(start + left, size - left, node)]
    return [
        *_consistency(old - left, start + left, size - left, node, whole=False),
        subtree(start, left, node),
    ]


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Iterable[bytes]) -> bytes | None:
    """Return the root that an audit path leads to, or None when the path has the wrong length (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    position, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if position & 1 or position == last:
            found = node_hash(step, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node_hash(found, step)
        position, last = position >> 1, last >> 1
    return found if last == 0 else None


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: list[bytes]) -> bool:
    """Tell whether a consistency proof holds (RFC 9162 section 2.1.4.2)."""
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path
    if old & (old - 1) == 0:
        path = [old_root, *path]
    if not path:
        return False
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    first = second = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            second = node_hash(second, step)
        position, last = position >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def grow(size: int, leaves: Iterable[bytes], node: Node) -> Iterator[tuple[int, int, bytes]]:
    """Yield the nodes (level, index, hash) that adding `leaves` to a tree of `size` completes, leaves included."""
    fresh: dict[tuple[int, int], bytes] = {}
    position = size
    for leaf in leaves:
        level, index, found = 0, position, leaf
        fresh[0, position] = found
        yield level, index, found
        while index & 1:
            sibling = fresh.get((level, index - 1))
            found = node_hash(node(level, index - 1) if sibling is None else sibling, found)
            level, index = level + 1, index >> 1
            fresh[level, index] = found
            yield level, index, found
        position += 1
