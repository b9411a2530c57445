"""Whose an article is and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from inventory.domain.words import OwnerKind


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose article it is; `consignor_id` only when consigned."""

    kind: OwnerKind = OwnerKind.OWN
    consignor_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What the article cost its seller, per unit."""

    amount: Decimal
    currency: str
