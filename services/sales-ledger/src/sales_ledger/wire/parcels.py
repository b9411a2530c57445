"""HTTP bodies of couriers: which are known, whom a number may be of; parcels as a sale shows them."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel

from sales_ledger.domain import Line, couriers
from sales_ledger.wire.couriers import catalogue
from sales_ledger.wire.values import View


class ShipmentView(View):
    """One parcel, its courier under one name. `courier_known_by`: the platform said it, or the number tells it;
    `courier_verified`: by its check digit, not its form alone.

    `candidates` are the couriers of whom the number could be, where it could be of several.
    """

    courier: str | None
    courier_known_by: couriers.KnownBy | None
    courier_verified: bool
    candidates: list[str]
    tracking_number: str | None
    tracking_url: str | None
    shipped_at: AwareDatetime | None


class CourierView(BaseModel):
    """A courier. `by_number`: its numbers are known by their format; else it is known by name only."""

    name: str
    also: list[str]
    by_number: bool
    has_link: bool


class CandidateView(View):
    """A courier a number may be of. `verified`: a check digit says so too."""

    courier: str
    formats: list[str]
    verified: bool
    tracking_url: str | None


class RecognisedView(BaseModel):
    """What a bare number tells: the courier, where it can be one only; else none, or several to choose from."""

    number: str
    courier: str | None
    verified: bool
    candidates: list[CandidateView]


def courier_views() -> list[CourierView]:
    """Every courier, sorted by name."""
    known = catalogue()
    by_number = known.recognisable()
    return [
        CourierView(
            name=courier.name,
            also=list(courier.also),
            by_number=courier.name in by_number,
            has_link=known.has_link(courier.name),
        )
        for courier in known.couriers()
    ]


def recognised_view(number: str) -> RecognisedView:
    """Whom a bare number may be of."""
    found = catalogue().recognise(number)
    return RecognisedView(
        number=couriers.folded(number),
        courier=found[0].courier if len(found) == 1 else None,
        verified=any(candidate.verified for candidate in found),
        candidates=[CandidateView.model_validate(candidate) for candidate in found],
    )


def parcels_of(line: Line) -> list[couriers.Parcel]:
    """The parcels of a sale with what we know of their couriers."""
    return [couriers.parcel(catalogue(), shipment, line.platform) for shipment in line.shipments]
