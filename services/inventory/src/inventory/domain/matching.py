"""How a listing or sale finds its article, and how articles are found by words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from inventory.domain.words import OwnerKind

_WORD = re.compile(r"\w+", re.UNICODE)
_LONGEST_TERM = 64


class CreateFrom(StrEnum):
    """Which unmatched listings become articles by themselves."""

    SKU_ONLY = "sku_only"
    """Those with a SKU; one without waits for a person."""
    ALL = "all"
    """Those without a SKU too, each an article of its own (`Policy.create_from`)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A tenant's settings."""

    create_articles: bool = True
    """Make an article of a live listing whose SKU no article has."""
    default_owner: OwnerKind = OwnerKind.OWN
    """Whose articles are that no owner rule takes."""
    create_from: CreateFrom = CreateFrom.SKU_ONLY
    """With `all`, a live listing without SKU becomes an article of its own as soon as it is seen, as Depop items have none.

    Two articles for one item would sell it twice. So it waits for a person (and is suggested) where an article of
    the same title is there that its account does not show yet; and a listing with a SKU waits where such an article
    has no SKU. The same item under another title on two marketplaces is two articles until they are merged: who lists
    without SKUs on several keeps `sku_only`.
    """

    @property
    def creates_without_sku(self) -> bool:
        """Whether a listing without SKU may become an article."""
        return self.create_articles and self.create_from is CreateFrom.ALL


def clean_sku(sku: str | None) -> str | None:
    """The SKU as it is compared: trimmed, case kept; None when nothing is left."""
    return (sku or "").strip() or None


def terms_of(*texts: str | None) -> frozenset[str]:
    """The words to find an article by, lower-case; a SKU counts as one word and by its parts."""
    found: set[str] = set()
    for text in texts:
        lowered = (text or "").casefold()
        found.update(word[:_LONGEST_TERM] for word in _WORD.findall(lowered))
        if lowered.strip() and " " not in lowered.strip():
            found.add(lowered.strip()[:_LONGEST_TERM])
    return frozenset(found)
