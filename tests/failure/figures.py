"""What became of a run's sales, in figures: exposure, double sells and whether one could have been prevented."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

Row = Mapping[str, Any]

PREVENTABLE_AFTER = 5.0
"""Seconds after the first sale was there to be read from which a second one should not have been possible."""
_JUST_BEFORE = 30.0
_EVERYWHERE = ("kafka", "postgres", "paused")


@dataclass(frozen=True)
class Outage:
    """The fault plan took something away: `kafka`, `postgres`, a platform, `browser`, or delisting was `paused`.

    A platform counts as away while the plan has it refuse, lose or delay a share of its calls.

    `begun` and `ended` in `time.monotonic()` seconds.
    """

    what: str
    begun: float
    ended: float


@dataclass(frozen=True)
class DoubleSell:
    """A unit sold that was no longer there: how long after the sale that took the last one, excused time left out."""

    sku: str
    first: str
    """The platform that sold the last unit."""
    platform: str
    after: float
    at: float

    @property
    def preventable(self) -> bool:
        """Whether there was time to take the listing down."""
        return self.after > PREVENTABLE_AFTER


@dataclass(frozen=True)
class Spread:
    """Of some spans in seconds: median, 99th percentile, longest, and how many."""

    p50: float
    p99: float
    longest: float
    count: int

    @classmethod
    def of(cls, spans: Sequence[float]) -> Spread:
        """Nearest rank; raises ValueError without any."""
        if not spans:
            raise ValueError("a spread of nothing")
        ordered = sorted(spans)
        return cls(
            ordered[ceil(0.5 * len(ordered)) - 1],
            ordered[ceil(0.99 * len(ordered)) - 1],
            ordered[-1],
            len(ordered),
        )


@dataclass(frozen=True)
class Unit:
    """One unit a marketplace sold, at `time.monotonic()` seconds."""

    sku: str
    platform: str
    listing: str
    at: float


@dataclass
class Figures:
    """One run's figures. `violations` counts by invariant."""

    orders: int = 0
    units: int = 0
    double_sells: Sequence[DoubleSell] = ()
    exposure: Mapping[str, Spread] = field(default_factory=dict)
    still_exposed: int = 0
    """Listings of sold-out articles that nothing took down; those the seller is looking at among them."""
    violations: Mapping[str, int] = field(default_factory=dict)
    lost: int = 0
    duplicates: int = 0
    drained: float = 0.0

    @property
    def preventable(self) -> int:
        """Double sells that there was time to prevent."""
        return sum(one.preventable for one in self.double_sells)

    @property
    def preventable_on(self) -> Mapping[str, int]:
        """The same by the platform that sold what was gone."""
        return Counter(one.platform for one in self.double_sells if one.preventable)

    def lines(self) -> list[str]:
        """As it is printed."""
        where = ", ".join(f"{count} on {platform}" for platform, count in sorted(self.preventable_on.items()))
        kept = ", ".join(f"{name} {count}" for name, count in sorted(self.violations.items())) or "none"
        return [
            f"orders {self.orders}, units sold {self.units}",
            f"lost {self.lost}, duplicate effects {self.duplicates}, other violations: {kept}",
            f"double sells {len(self.double_sells)}, preventable {self.preventable}"
            + (f" ({where})" if where else ""),
            *(
                f"still for sale on {platform} after the last unit sold: p50 {s.p50 * 1000:.0f} ms, "
                f"p99 {s.p99 * 1000:.0f} ms, longest {s.longest:.1f} s, of {s.count} listings"
                for platform, s in sorted(self.exposure.items())
            ),
            f"never taken down: {self.still_exposed}",
            f"drained {self.drained:.1f} s after the last fault",
        ]

    def as_json(self) -> dict[str, Any]:
        """The same for a file."""
        return {
            "orders": self.orders,
            "units": self.units,
            "lost": self.lost,
            "duplicate_effects": self.duplicates,
            "violations": dict(self.violations),
            "double_sells": len(self.double_sells),
            "preventable_double_sells": self.preventable,
            "preventable_on": dict(self.preventable_on),
            "exposure_seconds": {platform: vars(spread) for platform, spread in self.exposure.items()},
            "never_taken_down": self.still_exposed,
            "drained_seconds": self.drained,
        }


def units_of(sales: Iterable[Row]) -> list[Unit]:
    """Each unit the sandbox's orders sold, oldest first."""
    units = [
        Unit(line["sku"], sale["platform"], str(line["listing"]), float(sale["monotonic"]))
        for sale in sales
        for line in sale["lines"]
        for _ in range(line["quantity"])
    ]
    return sorted(units, key=lambda unit: unit.at)


def double_sells(
    units: Iterable[Unit], opening: Mapping[str, int], outages: Sequence[Outage] = ()
) -> list[DoubleSell]:
    """Units sold beyond what was there. The first sale counts as readable at once: its marketplace shows the order.

    Time in which the plan had taken away Kafka, PostgreSQL, one of the two marketplaces or delisting itself is left
    out; for Depop, whose sales and take-downs need one, also time without a browser. So is time in which it had taken
    away a marketplace that sold others of the units just before: that the last one was the last had to be read there.
    """
    by_sku: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        by_sku[unit.sku].append(unit)
    found = []
    for sku, sold in by_sku.items():
        there = opening[sku]
        for extra in sold[there:]:
            last = sold[there - 1]
            before = {unit.platform for unit in sold[:there] if last.at - unit.at < _JUST_BEFORE}
            needed = {*_EVERYWHERE, *before, extra.platform}
            if "depop" in needed:
                needed.add("browser")
            excused = _covered((outage for outage in outages if outage.what in needed), last.at, extra.at)
            after = extra.at - last.at - excused
            found.append(DoubleSell(sku, last.platform, extra.platform, after, extra.at))
    return found


def _covered(outages: Iterable[Outage], since: float, until: float) -> float:
    """Seconds between two moments that lie in at least one outage."""
    total, at = 0.0, since
    for outage in sorted(outages, key=lambda one: one.begun):
        begun, ended = max(at, outage.begun), min(until, outage.ended)
        if ended > begun:
            total += ended - begun
            at = ended
    return total


def exposures(
    units: Iterable[Unit], opening: Mapping[str, int], listings: Iterable[Row], calls: Iterable[Row]
) -> tuple[dict[str, list[float]], int]:
    """By platform: seconds each other listing of an article stayed for sale after its last unit was sold, and how
    many never came down. A listing that sold another unit stayed for sale until then."""
    sold_out: dict[str, Unit] = {}
    left = Counter(opening)
    sold_at: dict[tuple[str, str], float] = {}
    for unit in units:
        left[unit.sku] -= 1
        if left[unit.sku] == 0:
            sold_out[unit.sku] = unit
        sold_at[unit.platform, unit.listing] = unit.at
    down = _taken_down(calls)
    spans: dict[str, list[float]] = defaultdict(list)
    never = 0
    for listing in listings:
        last = sold_out.get(listing["sku"])
        if last is None or (listing["platform"], str(listing["listing"])) == (last.platform, last.listing):
            continue
        key = (listing["platform"], str(listing["listing"]))
        ends = [at for at in (down.get(key), sold_at.get(key)) if at is not None and at >= last.at]
        if listing["buyable"] or not ends:
            never += listing["buyable"]
            continue
        spans[listing["platform"]].append(min(ends) - last.at)
    return spans, never


def _taken_down(calls: Iterable[Row]) -> dict[tuple[str, str], float]:
    """When a call brought each listing to nothing."""
    found: dict[tuple[str, str], float] = {}
    for call in calls:
        for effect in call["effects"]:
            if effect["changed"] and effect["after"] == 0:
                found.setdefault((call["platform"], str(effect["listing"])), float(effect["monotonic"]))
    return found
