"""The tables of a node: a hundred for the numbers, by their last two digits, and one for the phones.

Small tables, because a table is what the node can be asked for, or told to load anew, in one go: at a million numbers
each holds ten thousand, is read in some 15 ms beside the calls, and needs a hundredth of the memory while it loads.
What the script needs to find a number among them is written when the node starts.
"""

from typing import Final

NUMBERS: Final = tuple(f"did{part:02}" for part in range(100))
PHONES: Final = "phone"
ALL: Final = (*NUMBERS, PHONES)
IN_A_SLOT: Final = 8
"""Entries that may share a slot at the size a table starts with."""
LEAST, MOST = 8, 15
"""Slots of a table, as powers of two."""

_HEAD = """# Written when the node starts; changes are lost.
"""
_TABLE = 'modparam("htable", "htable", "{name}=>size={size};autoexpire=0;dbtable={name}")\n'
_FIND = """
# Finds the route of $var(called) and puts it into $var(route); returns -1 when the number is not known.
route[FIND_NUMBER] {
	switch ($(var(called){s.substr,-2,0}{s.int})) {
"""
_CASE = """		case {part}:
			if ($sht({name}=>$var(called)) == $null) {{
				return -1;
			}}
			$var(route) = $sht({name}=>$var(called));
			break;
"""
_END = """		default:
			return -1;
	}
	return 1;
}
"""


def of_number(digits: str) -> str:
    """Return the table of a number."""
    return NUMBERS[int(digits[-2:])]


def size_for(entries: int) -> int:
    """Return the size, as a power of two, of a table that holds so many entries."""
    return min(max((entries // IN_A_SLOT).bit_length(), LEAST), MOST)


def script(largest: int) -> str:
    """Return the part of the configuration that names the tables of numbers; the largest holds `largest` entries."""
    size = size_for(largest)
    tables = "".join(_TABLE.format(name=name, size=size) for name in NUMBERS)
    cases = "".join(_CASE.format(part=part, name=name) for part, name in enumerate(NUMBERS))
    return f"{_HEAD}{tables}{_FIND}{cases}{_END}"
