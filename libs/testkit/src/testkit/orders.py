"""How many orders of one history a test goes through."""

from __future__ import annotations

import os

SHORT = 150


def orders() -> int:
    """`SOLDWIRE_ORDERS`, which `make shuffles` sets to a thousand; fewer where everything else is tested too."""
    return int(os.environ.get("SOLDWIRE_ORDERS", SHORT))
