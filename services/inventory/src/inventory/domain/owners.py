"""Whose an article is and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from inventory.domain.money import Money
from inventory.domain.words import OwnerKind

Cost = Money
"""What an article cost its seller, per unit."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose article it is; `consignor_id` only when consigned."""

    kind: OwnerKind = OwnerKind.OWN
    consignor_id: UUID | None = None
