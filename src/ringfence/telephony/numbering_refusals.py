"""The foreseen "no" of numbers, ranges, blocks and searches: one stable code and one sentence each.

A sentence names the value that is wrong and says what to do about it; it is translated where it is shown.
"""

from typing import Final

from ringfence.kernel.refusal import Refusal, gettext_noop

SENTENCES: Final[dict[str, str]] = {
    "number.shortened": gettext_noop(
        "“%(text)s” was shortened by a spreadsheet. Format the column as text and enter the number again."
    ),
    "number.unreadable": gettext_noop(
        "“%(text)s” is not a phone number. Write it with its country code, such as +4721000000."
    ),
    "number.invalid": gettext_noop(
        "%(number)s does not exist in the numbering plan of its country. Check the digits."
    ),
    "number.no_country": gettext_noop(
        "%(number)s belongs to no country. Only numbers of a country can be offered."
    ),
    "range.different_length": gettext_noop(
        "%(first)s and %(last)s do not have the same number of digits. Check both ends."
    ),
    "range.backwards": gettext_noop(
        "The range ends at %(last)s, before it begins at %(first)s. Exchange the two numbers."
    ),
    "range.different_country": gettext_noop(
        "%(first)s and %(last)s belong to two countries. Enter one range for each."
    ),
    "range.different_type": gettext_noop(
        "%(first)s and %(last)s are of two types, such as fixed and mobile. Enter one range for each."
    ),
    "range.too_long": gettext_noop(
        "The range has %(count)s numbers, and the most is %(most)s. Divide it into shorter ranges."
    ),
    "range.gap": gettext_noop(
        "%(number)s lies in the range but is not a number of its country and type. End the range before it."
    ),
    "block.header": gettext_noop(
        "The first line must name the columns. Missing: %(missing)s. Needed: %(needed)s."
    ),
    "block.empty": gettext_noop("The file is empty. Its first line must name the columns: %(needed)s."),
    "block.quoting": gettext_noop(
        "The line cannot be read: a quotation mark is not closed or stands in the wrong place."
    ),
    "block.too_many_fields": gettext_noop(
        "The line has %(count)s fields, and the first line names %(columns)s columns. "
        "Put a price with a decimal comma in quotation marks, or use semicolons between fields."
    ),
    "block.missing": gettext_noop("The field “%(column)s” is empty. Fill it in."),
    "block.type_unknown": gettext_noop("“%(text)s” is not a type of number. Use one of: %(known)s."),
    "block.type_differs": gettext_noop(
        "The line says %(stated)s; in the numbering plan these numbers are %(found)s. Correct the type."
    ),
    "block.capability_unknown": gettext_noop("“%(text)s” is not a capability. Use some of: %(known)s."),
    "block.not_sold": gettext_noop(
        "In the numbering plan these numbers are %(found)s, and such numbers are not sold here. Leave the line out."
    ),
    "block.document_unknown": gettext_noop("“%(text)s” is not a kind of document. Use some of: %(known)s."),
    "block.carrier": gettext_noop(
        "“%(text)s” is not a carrier's code. Use up to 16 letters, digits and hyphens, or nothing for an own block."
    ),
    "block.overlap": gettext_noop(
        "Some of these numbers were already listed on line %(other)s. Remove one of the two."
    ),
    "search.empty": gettext_noop("Enter at least one digit or letter to search for."),
    "search.too_long": gettext_noop("A number has at most %(most)s digits. Search for fewer."),
    "search.character": gettext_noop(
        "“%(character)s” cannot be searched for. Use digits, letters, ? for any digit, "
        "and * at the beginning or the end."
    ),
    "search.too_long_to_find": gettext_noop(
        "That search takes too long. Write more digits in a row, or choose a country."
    ),
    "search.star": gettext_noop("A * can stand only at the beginning or at the end of what you search for."),
}


def refusal(code: str, **values: object) -> Refusal:
    """Make the refusal with this code; ``values`` fill the places in its sentence."""
    return Refusal(code, SENTENCES[code], **values)
