"""Couriers by name: however a marketplace spells one, it is the same courier."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Courier:
    """A courier by the one name we have for it, other spellings, and where a number of it can be followed (`%s`)."""

    name: str
    also: tuple[str, ...] = ()
    tracking_url: str | None = None


def key_of(name: str) -> str:
    """What all spellings of a name have in common: RoyalMail, ROYAL_MAIL, "royal mail"."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


class Names:
    """Every courier known by name. `on` holds names that mean another courier on one platform; `nobody` what
    marketplaces write where no courier is named.

    Raises ValueError when one spelling would mean two couriers.
    """

    def __init__(
        self,
        couriers: tuple[Courier, ...],
        on: Mapping[str, Mapping[str, str]] | None = None,
        nobody: tuple[str, ...] = (),
    ) -> None:
        self.couriers = couriers
        self._by_key: dict[str, Courier] = {}
        for courier in couriers:
            for spelled in (courier.name, *courier.also):
                if self._by_key.setdefault(key_of(spelled), courier) is not courier:
                    raise ValueError(f"{spelled} names two couriers")
        self._on = {
            (platform, key_of(spelled)): self._by_key[key_of(name)]
            for platform, names in (on or {}).items()
            for spelled, name in names.items()
        }
        self._nobody = {key_of(word) for word in nobody} | {""}

    def find(self, name: str, platform: str | None = None) -> Courier | None:
        """The courier a platform means by a name; None for a name we don't know."""
        key = key_of(name)
        return self._on.get((platform or "", key)) or self._by_key.get(key)

    def resolve(self, word: str | None, platform: str | None = None) -> str | None:
        """One name for a platform's word: ours if we know it, else its own. None where the word names nobody."""
        if word is None or key_of(word) in self._nobody:
            return None
        found = self.find(word, platform)
        return found.name if found else word.strip()
