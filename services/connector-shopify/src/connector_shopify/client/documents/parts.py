"""What several documents hold."""

from __future__ import annotations

MONEY = "{ shopMoney { amount } }"
MORE = "pageInfo { hasNextPage endCursor }"
