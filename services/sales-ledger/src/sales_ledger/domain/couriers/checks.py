"""Check digits: what a serial number's must be, by the algorithm its format names.

The algorithms are those of tracking_number_data (CHECKSUM_ALGORITHMS.md) and, for `luhn`, ISO/IEC 7812-1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Checksum:
    """An algorithm by name with the constants a format gives it; those it does not use are left as they are."""

    name: str
    evens_multiplier: int = 1
    odds_multiplier: int = 1
    reverse: bool = False
    weightings: tuple[int, ...] = ()
    modulo1: int = 11
    modulo2: int = 10
    alphabet: str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

    def expected(self, serial: str) -> str:
        """The check character of a serial number without spaces."""
        return CHECKS[self.name](serial, self)


def _mod10(serial: str, constants: Checksum) -> str:
    multipliers = (constants.evens_multiplier, constants.odds_multiplier)
    characters = reversed(serial) if constants.reverse else serial
    total = sum(_value(c) * multipliers[place % 2] for place, c in enumerate(characters))
    return str(-total % 10)


def _value(character: str) -> int:
    """Letters count as UPS has them: A is 2, B is 3 …, by their last digit."""
    return int(character) if character.isdigit() else (ord(character) - 3) % 10


def _mod7(serial: str, _: Checksum) -> str:
    return str(int(serial) % 7)


def _luhn(serial: str, _: Checksum) -> str:
    doubled = (int(c) * (2 - place % 2) for place, c in enumerate(reversed(serial)))
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def _weighted(serial: str, constants: Checksum) -> int:
    return sum(int(c) * weight for c, weight in zip(serial, constants.weightings, strict=True))


def _s10(serial: str, constants: Checksum) -> str:
    check = 11 - _weighted(serial, constants) % 11
    return {10: "0", 11: "5"}.get(check, str(check))


def _sum_product(serial: str, constants: Checksum) -> str:
    return str(_weighted(serial, constants) % constants.modulo1 % constants.modulo2)


def _mod_37_36(serial: str, constants: Checksum) -> str:
    """ISO/IEC 7064, mod 37,36."""
    size = len(constants.alphabet)
    check = size
    for character in serial:
        check = (check + constants.alphabet.index(character)) % size or size
        check = check * 2 % (size + 1)
    return constants.alphabet[(size + 1 - check) % size]


CHECKS: Mapping[str, Callable[[str, Checksum], str]] = MappingProxyType(
    {
        "mod10": _mod10,
        "mod7": _mod7,
        "luhn": _luhn,
        "s10": _s10,
        "sum_product_with_weightings_and_modulo": _sum_product,
        "mod_37_36": _mod_37_36,
    }
)
"""By the name the data calls each."""
