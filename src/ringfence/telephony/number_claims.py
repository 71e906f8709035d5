"""Which numbers the lines of one file have listed so far, so that none is listed twice."""

from bisect import bisect_right, insort


class Claims:
    """Numbers and ranges of numbers, each with its line.

    Single numbers are kept apart from ranges, because a file may have a million of either and both have to be quick.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._ranges: list[tuple[int, int, int]] = []
        self._singles: dict[int, int] = {}

    def claim(self, first: int, last: int, line: int) -> int | None:
        """Note a range, both ends included; where a line has listed some of it, return that line and note nothing."""
        other = self._listed(first, last)
        if other is not None:
            return other
        if first == last:
            self._singles[first] = line
        else:
            insort(self._ranges, (first, last, line))
        return None

    def _listed(self, first: int, last: int) -> int | None:
        position = bisect_right(self._ranges, (last, last, 0))
        for begun, ended, line in self._ranges[max(position - 1, 0) : position + 1]:
            if first <= ended and begun <= last:
                return line
        if not self._singles:
            return None
        if first == last:
            return self._singles.get(first)
        if last - first < len(self._singles):
            return next((self._singles[n] for n in range(first, last + 1) if n in self._singles), None)
        return next((line for n, line in self._singles.items() if first <= n <= last), None)
