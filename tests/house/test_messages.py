"""Everything a person reads exists in both languages: English in the source, Norwegian in the catalogues."""

import ast
from collections import defaultdict

from tests.house import messages, source


def test_every_text_has_a_norwegian_translation() -> None:
    known = {one.key for one in messages.translations()}
    missing = [f"{file}: {key}" for key, file in messages.asked().items() if key not in known]
    assert not missing, "\n".join(sorted(missing))


def test_every_translation_is_finished_and_fills_the_same_places() -> None:
    faults = []
    for one in messages.translations():
        if one.fuzzy or not all(one.texts):
            faults.append(f"{one.file}: unfinished: {one.key}")
        allowed = [messages.places(one.key.text), messages.places(one.plural or one.key.text)]
        faults += [
            f"{one.file}: places of {text!r}" for text in one.texts if messages.places(text) not in allowed
        ]
    assert not faults, "\n".join(faults)


def test_no_translation_is_left_over() -> None:
    asked = messages.asked()
    found = [f"{one.file}: {one.key}" for one in messages.translations() if one.key not in asked]
    assert not found, "\n".join(found)


def test_a_text_is_translated_alike_everywhere() -> None:
    """Django makes one catalogue of all; two translations of one text would take turns by chance."""
    known = defaultdict(set)
    for one in messages.translations():
        known[one.key].add(one.texts)
    assert {key: texts for key, texts in known.items() if len(texts) > 1} == {}


def test_every_refusal_has_a_sentence_that_can_be_translated() -> None:
    """The sentence of a `Refusal` is marked where it is raised, or is a name whose value is."""
    found = []
    for path in source.python("src"):
        for node in ast.walk(source.tree(path)):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Refusal":
                continue
            if isinstance(node.args[1], ast.Constant | ast.JoinedStr | ast.BinOp):
                found.append(f"{source.named(path)}:{node.lineno}")
    assert not found, "\n".join(found)


def test_no_page_has_a_text_that_is_not_marked() -> None:
    """A word in a template outside a translation tag would be English to every reader."""
    found = []
    for path in source.tracked():
        if path.is_relative_to(source.PACKAGE) and path.suffix == ".html" and "templates" in path.parts:
            found += [f"{source.named(path)}: {words}" for words in messages.unmarked(path)]
    assert not found, "\n".join(found)
