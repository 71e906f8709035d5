"""Checks a form against Stripe's published description of a call, as the official library carries it in its types."""

import re
import types
from collections.abc import Callable, Mapping
from typing import Any, Literal, Union, get_args, get_origin
from urllib.parse import parse_qsl

from typing_extensions import get_type_hints, is_typeddict

_ELSEWHERE = {"UntypedStripeObject": dict, "StripeContext": str, "Mapping": Mapping}


class BadParameter(Exception):
    """A parameter that the description does not have, or not with such a value."""

    def __init__(self, code: str, path: str) -> None:
        """Say which one."""
        super().__init__(path)
        self.code, self.path = code, path


def nested(form: str) -> dict[str, Any]:
    """`a[b][0]=c` as {"a": {"b": ["c"]}}."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(form, keep_blank_values=True, strict_parsing=bool(form)):
        *way, last = re.findall(r"[^\[\]]+", name)
        place = tree
        for step in way:
            place = place.setdefault(step, {})
        assert last not in place, f"{name} is given twice"
        place[last] = value
    return {name: _lists(value) for name, value in tree.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(one) for name, one in value.items()}
    if all(name.isdigit() for name in inner):
        assert [int(name) for name in inner] == list(range(len(inner)))
        return list(inner.values())
    return inner


def check(given: Any, wanted: Any, path: str = "") -> Any:
    """The value in the type that is described. Raises BadParameter."""
    if is_typeddict(wanted):
        return _check_dict(given, wanted, path)
    kind, inner = get_origin(wanted), get_args(wanted)
    if kind in {Union, types.UnionType}:
        return _check_union(given, inner, path)
    if kind is list and isinstance(given, list):
        return [check(one, inner[0], f"{path}[{place}]") for place, one in enumerate(given)]
    if kind is dict and isinstance(given, dict):
        return {name: check(one, inner[1], f"{path}[{name}]") for name, one in given.items()}
    if isinstance(given, str) and (kind is Literal or wanted in _READ):
        fits, read = _READ.get(wanted, (lambda text: text in inner, str))
        if fits(given):
            return read(given)
    raise BadParameter("parameter_invalid", path)


_READ: dict[Any, tuple[Callable[[str], object], Callable[[str], Any]]] = {
    str: (bool, str),
    int: (re.compile(r"-?[0-9]+").fullmatch, int),
    bool: ({"true", "false"}.__contains__, {"true": True, "false": False}.get),
}


def _check_dict(given: Any, wanted: Any, path: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise BadParameter("parameter_invalid", path)
    hints = get_type_hints(wanted, localns=_ELSEWHERE)
    for name in given:
        if name not in hints:
            raise BadParameter("parameter_unknown", f"{path}[{name}]")
    for name in wanted.__required_keys__:
        if name not in given:
            raise BadParameter("parameter_missing", f"{path}[{name}]")
    return {name: check(one, hints[name], f"{path}[{name}]") for name, one in given.items()}


def _check_union(given: Any, inner: tuple[Any, ...], path: str) -> Any:
    """The library adds `str` to lists of words, for words to come; today's words are what counts."""
    words = [one for one in inner if get_origin(one) is Literal]
    others = [one for one in inner if one is bool]
    for one in [*words, *others] if words and isinstance(given, str) else inner:
        try:
            return check(given, one, path)
        except BadParameter:
            continue
    raise BadParameter("parameter_invalid", path)
