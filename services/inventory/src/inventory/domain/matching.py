"""How a listing or sale finds its article, and how articles are found by words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inventory.domain.words import OwnerKind

_WORD = re.compile(r"\w+", re.UNICODE)
_LONGEST_TERM = 64


@dataclass(frozen=True, slots=True)
class Policy:
    """A tenant's settings."""

    create_articles: bool = True
    """Make an article of a live listing whose SKU no article has."""
    default_owner: OwnerKind = OwnerKind.OWN
    """Whose the articles made that way are."""


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
