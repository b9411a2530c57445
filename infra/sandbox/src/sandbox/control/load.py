"""An open-loop load: a sale at each tick, whatever became of the ones before."""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.control.desk import Desk
from sandbox.control.models import BasketLine, NewLoad, NewSale
from sandbox.truth import Listing, SoldOut


@dataclass(slots=True)
class Load:
    """One run and how far it is."""

    plan: NewLoad
    sold: int = 0
    refused: int = 0
    raced: int = 0
    late_ms_max: float = 0.0
    done: bool = False
    task: asyncio.Task[None] | None = field(default=None, repr=False)
    racing: set[asyncio.Task[None]] = field(default_factory=set, repr=False)

    @property
    def planned(self) -> int:
        return round(self.plan.rate * self.plan.seconds)

    def report(self) -> dict[str, object]:
        return {
            "planned": self.planned,
            "sold": self.sold,
            "refused": self.refused,
            "raced": self.raced,
            "late_ms_max": round(self.late_ms_max, 1),
            "done": self.done,
        }


DISORDER_MS, LATE_MS = 1500, 8000


def _travel(plan: NewLoad, chance: random.Random) -> dict[str, Any]:
    """How a sale is told: one share of them each way."""
    luck = chance.random()
    told = {"deliver_webhook": plan.deliver_webhook and chance.random() >= plan.lost}
    if luck < plan.duplicates:
        return {**told, "duplicates": 2}
    if luck < plan.duplicates + plan.disorder:
        return {**told, "delay_ms": DISORDER_MS}
    if luck < plan.duplicates + plan.disorder + plan.late:
        return {**told, "delay_ms": LATE_MS}
    return told


class Loads:
    """The runs of one sandbox."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.runs: dict[str, Load] = {}

    def start(self, plan: NewLoad) -> str:
        run_id = str(len(self.runs) + 1)
        load = Load(plan)
        load.task = asyncio.get_running_loop().create_task(self._run(load))
        self.runs[run_id] = load
        return run_id

    async def _run(self, load: Load) -> None:
        try:
            await self._tick(load)
        finally:
            load.done = True

    async def _tick(self, load: Load) -> None:
        listings, started = self._basket(load.plan), time.monotonic()
        chance = random.Random(load.plan.seed)
        for tick in range(load.planned):
            due = started + tick / load.plan.rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            load.late_ms_max = max(load.late_ms_max, (time.monotonic() - due) * 1000)
            listing = next((x for x in listings if x.buyable), None)
            if listing is None:
                load.refused += 1
                continue
            self._sell(load, listing, chance)
            if not listing.buyable and chance.random() < load.plan.races:
                self._race(load, listing, chance)
        while load.racing:
            await asyncio.wait(load.racing)

    def _sell(self, load: Load, listing: Listing, chance: random.Random) -> None:
        lines = [BasketLine(listing=listing.id)]
        try:
            self._desk.sell(
                listing.platform, NewSale(account=listing.account, lines=lines, **_travel(load.plan, chance))
            )
            load.sold += 1
        except SoldOut:
            load.refused += 1

    def _race(self, load: Load, sold: Listing, chance: random.Random) -> None:
        """Somebody buys the same article's last unit elsewhere, a moment later."""
        others = [
            listing
            for account in load.plan.accounts or ()
            for platform in load.plan.platforms
            if platform != sold.platform
            for listing in self._desk.world.by_sku(platform, account, sold.sku)
        ]
        if not others:
            return
        rival, pause = chance.choice(others), chance.random() * load.plan.race_ms / 1000

        async def buy() -> None:
            await asyncio.sleep(pause)
            load.raced += 1
            self._sell(load, rival, chance)

        task = asyncio.get_running_loop().create_task(buy())
        load.racing.add(task)
        task.add_done_callback(load.racing.discard)

    def _basket(self, plan: NewLoad) -> Iterator[Listing]:
        """What is for sale, in a shuffled order that the seed decides; each unit comes up once."""
        chosen = [
            listing
            for listing in self._desk.world.listings.values()
            if listing.buyable
            and listing.platform in plan.platforms
            and (plan.accounts is None or listing.account in plan.accounts)
        ]
        units = [listing for listing in chosen for _ in range(max(1, listing.quantity))]
        random.Random(plan.seed).shuffle(units)
        return iter(units)

    def stop(self, run_id: str) -> None:
        load = self.runs[run_id]
        for task in (load.task, *load.racing):
            if task is not None:
                task.cancel()
        load.done = True

    def stop_all(self) -> None:
        for run_id in self.runs:
            self.stop(run_id)
