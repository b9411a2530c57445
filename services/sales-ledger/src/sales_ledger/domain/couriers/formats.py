"""One format of tracking numbers: what they look like, and what must hold for one to be such a number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sales_ledger.domain.couriers.checks import Checksum


@dataclass(frozen=True, slots=True)
class Prepend:
    """Digits that count for the check but are not printed: put before a serial number that looks like `when`."""

    when: re.Pattern[str]
    content: str

    def to(self, serial: str) -> str:
        """The serial number as the check takes it."""
        return self.content + serial if self.when.search(serial) else serial


@dataclass(frozen=True, slots=True)
class LookupRow:
    """A value that a group may have; for the postal standard, whose post it names."""

    pattern: re.Pattern[str]
    courier: str | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """The values a named group may have, where a number with another one is none."""

    group: str
    rows: tuple[LookupRow, ...]

    def find(self, value: str) -> LookupRow | None:
        """The row of a value."""
        return next((row for row in self.rows if row.pattern.fullmatch(value)), None)


@dataclass(frozen=True, slots=True)
class Match:
    """A number fits a format: whose it would be, and whether a check digit says so too."""

    courier: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Format:
    """A courier's format. `pattern` has the groups `SerialNumber` and, with a checksum, `CheckDigit`."""

    courier: str
    name: str
    pattern: re.Pattern[str]
    checksum: Checksum | None = None
    prepend: Prepend | None = None
    demanded: tuple[Lookup, ...] = ()
    tracking_url: str | None = None

    def match(self, number: str) -> Match | None:
        """What a number in capitals without spaces is by this format; None where its check digit is wrong."""
        found = self.pattern.fullmatch(number)
        if found is None or not self._checks(found):
            return None
        courier = self.courier
        for lookup in self.demanded:
            row = lookup.find(found[lookup.group])
            if row is None:
                return None
            courier = row.courier or courier
        return Match(courier, verified=self.checksum is not None)

    def _checks(self, found: re.Match[str]) -> bool:
        if self.checksum is None:
            return True
        serial = found["SerialNumber"]
        if self.prepend is not None:
            serial = self.prepend.to(serial)
        return self.checksum.expected(serial) == found["CheckDigit"]
