"""When a sale takes its terms: once it is known to be consigned, those of its own time, and keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from sales_ledger.domain.line import Line
from sales_ledger.domain.sale import OwnerKind, Sale
from sales_ledger.domain.terms import Terms, in_effect, lock


def lacks_terms(sale: Sale) -> bool:
    """Whether the sale is consigned to somebody and has not taken his terms of its time."""
    owned, line, locked = sale.owned, sale.line, sale.locked
    if line is None or owned.kind is not OwnerKind.CONSIGNED or owned.consignor_id is None:
        return False
    if locked is None:
        return True
    return not sale.is_in_run and (locked.consignor_id, locked.sold_at) != (owned.consignor_id, line.sold_at)


def with_terms(sale: Sale, history: Sequence[Terms]) -> Sale:
    """The sale with the terms of its consignor and time, by all terms there are; without any it has none.

    Whatever came first, the sale or its owner, ends in the same: the terms of a time never change.
    """
    owned, line = sale.owned, sale.line
    if line is None or owned.kind is not OwnerKind.CONSIGNED or owned.consignor_id is None:
        return replace(sale, locked=None)
    if not lacks_terms(sale):
        return replace(sale, locked=sale.locked.at_price(unit_price_of(line)) if sale.locked else None)
    terms = in_effect(history, owned.consignor_id, line.sold_at)
    locked = lock(terms, owned.consignor_id, line.sold_at, unit_price_of(line)) if terms else None
    return replace(sale, locked=locked)


def unit_price_of(line: Line) -> Decimal:
    """What one unit sold for, whatever was refunded or cancelled of it since."""
    return line.price.amount / line.quantity
