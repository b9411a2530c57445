"""Records each call a marketplace gets, and carries its effects out, now or late."""

import asyncio
import time
from collections.abc import Callable

from sandbox.truth import Call, Effect, Listing, World, now
from sandbox.web import Request

Change = Callable[[], None]


class Visit:
    """One call being answered; `change` is how it touches a listing, so that the truth knows."""

    def __init__(self, world: World, call: Call, effect_delay: float = 0.0) -> None:
        self.world = world
        self.call = call
        self.effect_delay = effect_delay
        self._epoch = world.epoch
        self._started = time.perf_counter()

    def change(
        self,
        listing: Listing,
        requested: int,
        apply: Change,
        after: Change | None = None,
        *,
        of_product: bool = False,
    ) -> None:
        """Change a listing and note what a buyer could take before and after; late under `effect_delayed`.

        `of_product`: what changes is its product's, and so is the time of it.
        """
        if self.effect_delay > 0:
            loop = asyncio.get_running_loop()
            loop.call_later(self.effect_delay, self._late, listing, requested, apply, after, of_product)
        else:
            self._apply(listing, requested, apply, after, of_product)

    def _late(
        self,
        listing: Listing,
        requested: int,
        apply: Change,
        after: Change | None,
        of_product: bool,
    ) -> None:
        if self._epoch == self.world.epoch:
            self._apply(listing, requested, apply, after, of_product)
            self.world.commit(self.call)

    def _apply(
        self, listing: Listing, requested: int, apply: Change, after: Change | None, of_product: bool
    ) -> None:
        before, shown = listing.offered, listing.standing
        apply()
        changed = shown != listing.standing
        at = now()
        effect = Effect(listing.id, requested, before, listing.offered, changed, at, time.monotonic())
        self.call.effects.append(effect)
        if changed:
            if of_product:
                listing.product_at = at
            else:
                listing.updated_at = at
            self.world.commit(listing, self.call)  # together: the answer may be held back, or never come
        if changed and after:
            after()

    def close(self, status: int | None) -> None:
        """Write the call down, unless all was forgotten meanwhile; a dropped connection has no status."""
        if self._epoch != self.world.epoch:
            return
        self.call.status = status
        self.call.ms = round((time.perf_counter() - self._started) * 1000, 3)
        self.world.commit(self.call)


def new_call(world: World, platform: str, account: str, operation: str, request: Request) -> Call:
    return Call(
        seq=world.next(),
        at=now(),
        monotonic=time.monotonic(),
        platform=platform,
        account=account,
        operation=operation,
        traceparent=request.headers.get("traceparent"),
    )
