"""`make chaos`: a load of sales while everything that can break does, then one checker over what came of it."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from tests.failure import faults
from tests.failure.faults import Fault, Faults
from tests.failure.figures import Figures, Spread, double_sells, exposures, units_of
from tests.failure.invariants import Violation
from tests.failure.storm import PLATFORMS, Kind, Storm, storm

DRAIN_WITHIN = 120.0
"""Seconds from the last fault."""
_MOST_SHOWN = 20
TOLD = {"duplicates": 0.10, "disorder": 0.05, "late": 0.01, "lost": 0.01, "races": 0.10, "race_ms": 1000}
Json = dict[str, Any]


def mix(units: int) -> list[Kind]:
    """What is put up for so many sales: singles on three marketplaces and on two, the rest in tens on two."""
    singles, pairs = int(units * 0.15), int(units * 0.30)
    return [
        Kind("S", singles, 1, PLATFORMS),
        Kind("P", pairs, 1, PLATFORMS[:2]),
        Kind("T", (units - singles - pairs) // 10, 10, PLATFORMS[:2]),
    ]


@dataclass(frozen=True)
class Outcome:
    """A run's figures, what struck, and each violation."""

    figures: Figures
    struck: Mapping[str, int]
    violations: Sequence[Violation]

    @property
    def held(self) -> bool:
        """Whether nothing was lost, doubled or sold twice that could have been prevented, and all was through in time."""
        figures = self.figures
        return not self.violations and not figures.preventable and figures.drained <= DRAIN_WITHIN

    def lines(self) -> list[str]:
        """As it is printed."""
        struck = ", ".join(f"{count} × {kind}" for kind, count in self.struck.items())
        shown = [f"  {violation}" for violation in self.violations[:_MOST_SHOWN]]
        return [f"faults: {struck}", *self.figures.lines(), *shown, "HELD" if self.held else "BROKEN"]


async def run(
    made: Storm, sales: int, rate: float, plan: Sequence[Fault], freeze_seconds: float = faults.FREEZE_SECONDS
) -> Outcome:
    """Sell so many at an open-loop rate while the plan strikes; wait until all is through, then look."""
    await made.stock(mix(sales))
    breaking = Faults(made.runtime, made.shop.control, made.say, freeze_seconds)
    seconds = sales / rate
    striking = asyncio.create_task(breaking.carry_out(plan, seconds))
    await _sell(made, sales, rate)
    await striking
    ended = max(breaking.ended_at, time.monotonic())
    await made.drained(within=10 * DRAIN_WITHIN)
    return await _look(made, breaking, time.monotonic() - ended)


async def _sell(made: Storm, sales: int, rate: float) -> None:
    names = [account.name for account in made.shop.accounts.values()]
    load = await made.shop.control.post(
        "/load",
        rate=rate,
        seconds=sales / rate,
        platforms=list(PLATFORMS),
        accounts=names,
        seed=made.seed,
        **TOLD,
    )
    while True:
        told = await made.shop.control.get(f"/load/{load['id']}")
        made.say(f"sold {told['sold']} of {told['planned']}, {told['refused']} refused")
        if told["done"]:
            return
        await asyncio.sleep(10)


async def _look(made: Storm, breaking: Faults, drained: float) -> Outcome:
    control = made.shop.control
    sales, listings = await control.truth("sales"), await control.truth("listings")
    units = units_of(sales)
    spans, never = exposures(units, made.opening, listings, await control.truth("calls", changed="true"))
    found = await made.violations()
    twice = double_sells(units, made.opening, breaking.outages)
    for one in [one for one in twice if one.preventable][:_MOST_SHOWN]:
        when = f"{one.after:.1f} s later, at {made.seconds(one.at):.1f} s, on {one.platform}"
        made.say(f"preventable: {one.sku} sold on {one.first} and {when}")
    by_invariant = Counter(violation.invariant for violation in found)
    figures = Figures(
        orders=len(sales),
        units=len(units),
        double_sells=twice,
        exposure={platform: Spread.of(seconds) for platform, seconds in spans.items()},
        still_exposed=never,
        violations=by_invariant,
        lost=sum(violation.what.startswith("lost") for violation in found),
        duplicates=sum(violation.invariant == "I5" or "times" in violation.what for violation in found),
        drained=drained,
    )
    return Outcome(figures, breaking.struck, found)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos SALES=… ARGS=…", description=__doc__)
    parser.add_argument("--sales", type=int, default=50_000)
    parser.add_argument("--rate", type=float, default=20, help="sales per second, open loop")
    parser.add_argument("--seed", type=int, default=1, help="decides order, luck and faults")
    for kind, count in faults.COUNTS.items():
        parser.add_argument(f"--{kind}", type=int, default=count)
    parser.add_argument("--freeze-seconds", type=float, default=faults.FREEZE_SECONDS)
    parser.add_argument("--data", type=Path, help="folder that is kept; default: one that is thrown away")
    parser.add_argument("--json", type=Path, help="write the figures here")
    return parser.parse_args()


async def _main(options: argparse.Namespace, data: Path) -> bool:
    async with storm(data, seed=options.seed) as made:
        counts = {kind: getattr(options, kind) for kind in faults.COUNTS}
        planned = faults.plan(options.seed, **counts)
        outcome = await run(made, options.sales, options.rate, planned, options.freeze_seconds)
    print("\n".join(outcome.lines()))
    if options.json:
        told = {
            "sales": options.sales,
            "rate": options.rate,
            "seed": options.seed,
            "struck": dict(outcome.struck),
        }
        options.json.write_text(json.dumps({**told, **outcome.figures.as_json()}, indent=2) + "\n")
    return outcome.held


def main() -> None:
    """Parse, break everything, print; exits with 1 when something did not hold."""
    options = _parse()
    with tempfile.TemporaryDirectory(prefix="soldwire-chaos-") as folder:
        held = uvloop.run(_main(options, options.data or Path(folder)))
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
