"""A parcel as people see it: the courier under one name, how that is known, and a page to follow it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sales_ledger.domain.couriers.catalogue import Candidate, Catalogue
from sales_ledger.domain.line import Shipment


class KnownBy(StrEnum):
    """Whose word the courier is."""

    PLATFORM = "platform"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A shipment with what we know of its courier; several candidates where the number could be of each."""

    courier: str | None
    courier_known_by: KnownBy | None
    courier_verified: bool
    """Whether the number's check digit names the courier; what a platform says is not checked."""
    candidates: tuple[str, ...]
    tracking_number: str | None
    tracking_url: str | None
    shipped_at: datetime | None


def parcel(catalogue: Catalogue, shipment: Shipment, platform: str) -> Parcel:
    """The platform's word and link win; where it says none, the number tells, if it tells one courier only."""
    number = shipment.tracking_number
    courier, known_by = catalogue.names.resolve(shipment.courier, platform), KnownBy.PLATFORM
    found: tuple[Candidate, ...] = ()
    if courier is None and number:
        found, known_by = catalogue.recognise(number), KnownBy.NUMBER
        courier = found[0].courier if len(found) == 1 else None
    return Parcel(
        courier=courier,
        courier_known_by=known_by if courier else None,
        courier_verified=courier is not None and any(candidate.verified for candidate in found),
        candidates=tuple(candidate.courier for candidate in found) if len(found) > 1 else (),
        tracking_number=number,
        tracking_url=_page(shipment.tracking_url) or _link(catalogue, courier, number),
        shipped_at=shipment.shipped_at,
    )


def _page(url: str | None) -> str | None:
    """What a marketplace passes on may be anything its seller typed; only an address of the web is a link."""
    return url if url and url.lower().startswith(("https://", "http://")) else None


def _link(catalogue: Catalogue, courier: str | None, number: str | None) -> str | None:
    return catalogue.link(courier, number) if courier and number else None
