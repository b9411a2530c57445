"""What several documents hold."""

from __future__ import annotations

MONEY = "{ shopMoney { amount } }"
BOTH = "{ shopMoney { amount } presentmentMoney { amount } }"
"""Costs half as much again: only for what is kept in the buyer's currency."""
MORE = "pageInfo { hasNextPage endCursor }"
