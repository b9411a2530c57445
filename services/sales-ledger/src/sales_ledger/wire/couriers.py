"""Courier formats and names: files of data, read and checked once, to the domain's catalogue."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sales_ledger.domain import couriers as domain

_DATA = files("sales_ledger") / "couriers"
_NAMES = "names.json"
_NAMED_GROUP = re.compile(r"\(\?<(?=[A-Za-z])")


class File(BaseModel):
    """What we read of a file of others; it may say more."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ChecksumFile(File):
    """A check digit's algorithm. An algorithm we don't have is refused: its numbers would all pass."""

    name: Literal["mod10", "mod7", "luhn", "s10", "sum_product_with_weightings_and_modulo", "mod_37_36"]
    evens_multiplier: int = 1
    odds_multiplier: int = 1
    reverse: bool = False
    weightings: tuple[int, ...] = ()
    modulo1: int = 11
    modulo2: int = 10
    alphabet: str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

    def to_domain(self) -> domain.Checksum:
        """The same in the domain."""
        return domain.Checksum(**self.model_dump())


class PrependFile(File):
    """Digits that count but are not printed."""

    matches_regex: str
    content: str


class SerialFile(File):
    """How a serial number is made ready for its check."""

    prepend_if: PrependFile


class DemandFile(File):
    """Lookups of `additional`, by name, that must have the number's value."""

    exists: tuple[str, ...] = ()


class ValidationFile(File):
    """What must hold beside the pattern."""

    checksum: ChecksumFile | None = None
    serial_number_format: SerialFile | None = None
    additional: DemandFile = DemandFile()


class RowFile(File):
    """One value of a lookup."""

    matches: str | None = None
    matches_regex: str | None = None
    courier: str | None = None

    def to_domain(self) -> domain.LookupRow:
        """The same in the domain. Raises ValueError for a row without a value."""
        pattern = self.matches_regex or (re.escape(self.matches) if self.matches else None)
        if pattern is None:
            raise ValueError("a lookup's row matches nothing")
        return domain.LookupRow(_compiled(pattern), self.courier)


class LookupFile(File):
    """The values a named group may have."""

    name: str
    regex_group_name: str
    lookup: tuple[RowFile, ...]


class FormatFile(File):
    """One format of a courier, as tracking_number_data describes it."""

    name: str
    regex: str | tuple[str, ...]
    validation: ValidationFile
    tracking_url: str | None = None
    additional: tuple[LookupFile, ...] = ()

    def to_domain(self, courier: str) -> domain.Format:
        """The same in the domain."""
        rules = self.validation
        serial = rules.serial_number_format
        prepend = serial.prepend_if if serial else None
        return domain.Format(
            courier=courier,
            name=self.name,
            pattern=_compiled("".join(self.regex)),
            checksum=rules.checksum.to_domain() if rules.checksum else None,
            prepend=domain.Prepend(_compiled(prepend.matches_regex), prepend.content) if prepend else None,
            demanded=tuple(
                domain.Lookup(a.regex_group_name, tuple(row.to_domain() for row in a.lookup))
                for a in self.additional
                if a.name in rules.additional.exists
            ),
            tracking_url=_secure(self.tracking_url),
        )


class CourierFile(File):
    """A courier and its formats."""

    name: str
    tracking_numbers: tuple[FormatFile, ...]


class NamedFile(File):
    """A courier by name."""

    name: str
    also: tuple[str, ...] = ()
    tracking_url: str | None = None


class NamesFile(File):
    """Our own list of names."""

    couriers: tuple[NamedFile, ...]
    on: dict[str, dict[str, str]] = Field(default_factory=dict)
    nobody: tuple[str, ...] = ()

    def to_domain(self) -> domain.Names:
        """The same in the domain."""
        couriers = tuple(domain.Courier(c.name, c.also, c.tracking_url) for c in self.couriers)
        return domain.Names(couriers, self.on, self.nobody)


def _secure(url: str | None) -> str | None:
    """Some published addresses are older than their couriers' https."""
    return url and re.sub("^http:", "https:", url)


def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of PCRE in Python's spelling."""
    return re.compile(_NAMED_GROUP.sub("(?P<", pattern))


@cache
def catalogue() -> domain.Catalogue:
    """Every format and name we ship. Raises pydantic's ValidationError or ValueError where a file is not what it should be."""
    found = sorted((file for file in _DATA.iterdir() if file.name.endswith(".json")), key=lambda f: f.name)
    read = [CourierFile.model_validate_json(f.read_bytes()) for f in found if f.name != _NAMES]
    names = NamesFile.model_validate(json.loads((_DATA / _NAMES).read_bytes()))
    formats = [form.to_domain(courier.name) for courier in read for form in courier.tracking_numbers]
    return domain.Catalogue(formats, names.to_domain())
