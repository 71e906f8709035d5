"""Lists of numbers for sale: what is read, what is rejected and why."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.telephony.number_blocks import Block, Capability, RejectedLine, parse_blocks
from ringfence.telephony.numbering import NumberType, Range
from ringfence.telephony.rules import DocumentKind, SoldType

HEADER = "first,last,type,capabilities,monthly,setup,currency"
WHOLE_HEADER = HEADER + ",carrier,documents"


def parse(*lines: str) -> list[Block | RejectedLine]:
    return list(parse_blocks(lines))


def test_a_good_list() -> None:
    found = parse(
        "\ufeff" + WHOLE_HEADER + "\r\n",
        "+4721000000,+4721000099,fixed,voice sms,59.00,0,NOK\r\n",
        "\r\n",
        '"+44 20 7946 0000",,,,"12,50",,gbp\r\n',
        "+4722000000,,geographic,,,,,Tele-1,identity address\r\n",
    )
    one, two, three = found
    assert isinstance(one, Block)
    assert isinstance(two, Block)
    assert isinstance(three, Block)
    assert (one.line, two.line, one.type) == (2, 4, SoldType.GEOGRAPHIC)
    assert (one.carrier, one.documents, three.carrier) == ("", frozenset(), "tele-1")
    assert three.documents == {DocumentKind.IDENTITY, DocumentKind.ADDRESS}
    assert one.capabilities == {Capability.VOICE, Capability.SMS}
    assert two.numbers == Range("+442079460000", "+442079460000", "GB", 44, NumberType.FIXED)
    assert two.capabilities == {Capability.VOICE}


def test_a_list_from_a_norwegian_spreadsheet() -> None:
    found = parse("sep=;", "currency;monthly;first;note", "NOK;59,5;4721000000;hallo, verden", ";;;")
    assert [type(line) for line in found] == [Block]
    assert isinstance(found[0], Block)
    assert found[0].line == 3
    assert found[0].numbers.first == "+4721000000"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("+4721000000,+4721000099,fixed,voice,59,00,0,NOK", "block.too_many_fields"),
        ('"+4721000000,+4721000099,fixed,voice,59.00,0,NOK', "block.quoting"),
        (",,,,59.00,0,NOK", "block.missing"),
        ("+4782912345", "block.not_sold"),
        ("+4721000000,,premium", "block.not_sold"),
        ("+4721000000,,mobile,,59.00,0,NOK", "block.type_differs"),
        ("+4721000000,,landline,,59.00,0,NOK", "block.type_unknown"),
        ("+4721000000,,,telex,59.00,0,NOK", "block.capability_unknown"),
        ("4.72E+10,,,,59.00,0,NOK", "number.shortened"),
        ("+4711111111,,,,59.00,0,NOK", "number.invalid"),
        ("+4721000010,+4721000000,,,59.00,0,NOK", "range.backwards"),
        ("+4720999999,+4721000000,,,59.00,0,NOK", "number.invalid"),
        ("+4722000050,+4722000150,,,59.00,0,NOK", "block.overlap"),
    ],
)
def test_a_bad_line_is_named_and_stops_nothing(line: str, code: str) -> None:
    before = "+4722000000,+4722000099,,,59.00,0,NOK"
    after = "+4723000000,+4723000099,,,59.00,0,NOK"
    first, rejected, last = parse(HEADER, before, line, after)
    assert isinstance(first, Block)
    assert isinstance(last, Block)
    assert isinstance(rejected, RejectedLine)
    assert (rejected.line, rejected.text) == (3, line)
    assert rejected.refusal.code == code
    assert "%(" not in str(rejected.refusal)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("+4721000000,Carrier One,", "block.carrier"),
        ("+4721000000,a-code-of-17-signs,", "block.carrier"),
        ("+4721000000,,passport", "block.document_unknown"),
    ],
)
def test_a_bad_carrier_or_document_is_named(line: str, code: str) -> None:
    (rejected,) = parse("first,carrier,documents", line)
    assert isinstance(rejected, RejectedLine)
    assert rejected.refusal.code == code


@pytest.mark.parametrize("lines", [(), ("",), ("last,type",), ("+4721000000,,,,59.00,0,NOK",), ('"first',)])
def test_a_list_without_a_usable_first_line(lines: tuple[str, ...]) -> None:
    (rejected,) = parse(*lines)
    assert isinstance(rejected, RejectedLine)
    assert rejected.refusal.code in {"block.header", "block.quoting", "block.empty"}


@settings(deadline=None)
@given(st.lists(st.text()))
def test_no_text_stops_a_list(lines: list[str]) -> None:
    found = parse(HEADER, *lines)
    assert len(found) <= len(lines)
    assert all(isinstance(line, (Block, RejectedLine)) for line in found)
    assert all(
        "%(" not in str(line.refusal) or "%(" in line.text for line in found if isinstance(line, RejectedLine)
    )


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 999), st.integers(0, 99)), max_size=20))
def test_accepted_blocks_never_share_a_number(pairs: list[tuple[int, int]]) -> None:
    lines = [f"+4722{first:06d},+4722{first + extra:06d},,,1,0,NOK" for first, extra in pairs]
    accepted = [line for line in parse(HEADER, *lines) if isinstance(line, Block)]
    every = [number for block in accepted for number in block.numbers]
    assert len(every) == len(set(every))
    assert not pairs or accepted
