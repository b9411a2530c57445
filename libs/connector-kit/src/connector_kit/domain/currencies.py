"""How finely each currency is counted."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

_CENT = Decimal("0.01")
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_OTHER: Mapping[str, Decimal] = MappingProxyType(
    {**dict.fromkeys(_WHOLE.split(), Decimal(1)), **dict.fromkeys(_THOUSANDTHS.split(), Decimal("0.001"))}
)


def smallest_unit(currency: str) -> Decimal:
    """The currency's smallest unit by ISO 4217: a hundredth, but for a few."""
    return _OTHER.get(currency, _CENT)
