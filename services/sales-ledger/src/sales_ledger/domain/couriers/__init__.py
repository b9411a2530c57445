"""Couriers: their tracking number formats and names as data, and what they tell of a parcel."""

from sales_ledger.domain.couriers.catalogue import Candidate, Catalogue, folded
from sales_ledger.domain.couriers.checks import CHECKS, Checksum
from sales_ledger.domain.couriers.formats import Format, Lookup, LookupRow, Match, Prepend
from sales_ledger.domain.couriers.names import Courier, Names
from sales_ledger.domain.couriers.parcels import KnownBy, Parcel, parcel

__all__ = [
    "CHECKS",
    "Candidate",
    "Catalogue",
    "Checksum",
    "Courier",
    "Format",
    "KnownBy",
    "Lookup",
    "LookupRow",
    "Match",
    "Names",
    "Parcel",
    "Prepend",
    "folded",
    "parcel",
]
