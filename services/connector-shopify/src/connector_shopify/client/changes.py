"""Bringing a variant to a quantity in one request: its stock, what happens at 0, and its product's own state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from connector_kit.budget import Lane
from connector_kit.domain import Account, Call, Listing, SeenListing
from connector_kit.errors import GONE, REFUSED, STALE, CallFailed
from kit.clock import Clock

from connector_shopify.client.documents.changes import both
from connector_shopify.client.http import Admin
from connector_shopify.client.memory import Takedowns
from connector_shopify.client.problems import VARIANT_REFUSED
from connector_shopify.client.products import FIELDS as PRODUCT_FIELDS
from connector_shopify.client.products import given_back
from connector_shopify.client.stock import Level, adjustments, planned, quantities
from connector_shopify.wire.listings import StockRefs, stock_refs
from connector_shopify.wire.takedowns import OwnSettings

Read = Callable[[Account, Listing, Lane], Awaitable[SeenListing | None]]
"""Reads a variant as the shop shows it now; None when the shop does not know it."""

_FIELDS = {
    **PRODUCT_FIELDS,
    "SetQuantities": "inventorySetQuantities",
    "ChangeVariant": "productVariantsBulkUpdate",
}


@dataclass
class _Request:
    """Parts of one request, in the order in which they are carried out."""

    parts: list[str] = field(default_factory=list)
    variables: dict[str, object] = field(default_factory=dict)

    def add(self, part: str, variables: dict[str, object]) -> None:
        """One more part."""
        self.parts.append(part)
        self.variables |= variables


class Changes:
    """Every method sends one state-changing request at most, never again, and raises CallFailed and nothing else."""

    def __init__(self, admin: Admin, read: Read, takedowns: Takedowns, clock: Clock) -> None:
        self._admin = admin
        self._read = read
        self._takedowns = takedowns
        self._clock = clock

    async def set_quantity(self, account: Account, listing: Listing, call: Call) -> None:
        """Make the variant show the call's quantity, if its stock is as the call expects; "already so" sends nothing."""
        refs = stock_refs(listing.refs) or await self._refs(account, listing)
        if call.quantity == 0 and refs.sells_anyway:
            refs = await self._refs(account, listing)  # what is given back one day must be what it is today
            if refs.sells_anyway:
                await self._take_down(account, listing, refs, call)
                return
        if call.quantity and (call.expected is None or call.quantity >= call.expected):
            await self._put_up(account, listing, refs, call)
        else:
            request = _Request()
            _add_stock(request, refs, call, planned(refs, call))
            await self._send(account, request, Lane.LOWER)

    async def _refs(self, account: Account, listing: Listing) -> StockRefs:
        seen = await self._read(account, listing, Lane.LOWER)
        refs = stock_refs(seen.refs) if seen else None
        if refs is None:
            raise CallFailed(GONE)
        return refs

    async def _take_down(self, account: Account, listing: Listing, refs: StockRefs, call: Call) -> None:
        """A variant that sells without stock: counted, not sold at 0, and at 0, all at once."""
        if refs.levels and call.expected not in (None, refs.units):
            raise CallFailed(STALE, "read just now, it shows another quantity")
        levels = planned(refs, call, counted=False)
        own = OwnSettings("CONTINUE" if refs.continues else "DENY", refs.tracked)
        await self._takedowns.remember_variant(account, refs.variant, own)
        request = _Request()
        request.add("ChangeVariant", _variant(refs, "DENY", levels))
        await self._send_compared(account, listing, refs, request, Lane.LOWER)

    async def _put_up(self, account: Account, listing: Listing, refs: StockRefs, call: Call) -> None:
        """More stock, and whatever was taken from it and its product, where they still show what was set."""
        request = _Request()
        if refs.off_show:
            await self._add_product(request, account, refs)
        levels = planned(refs, call)
        own = None if refs.continues else await self._takedowns.variant(account, refs.variant)
        if own is None or own.policy == "DENY":
            if own is not None:
                await self._takedowns.forget_variants(account, [refs.variant], self._clock())
            _add_stock(request, refs, call, levels)
            await self._send(account, request, Lane.RAISE)
            return
        await self._takedowns.give_back_variant(account, refs.variant)
        request.add("ChangeVariant", _variant(refs, own.policy, levels))
        await self._send_compared(account, listing, refs, request, Lane.RAISE)

    async def _add_product(self, request: _Request, account: Account, refs: StockRefs) -> None:
        """Its product first: stock that is refused then leaves a sold-out variant on show, and nothing to buy."""
        taken = (await self._takedowns.products(account, [refs.product])).get(refs.product)
        if taken is not None:
            await self._takedowns.give_back_product(account, refs.product)
            request.add(*given_back(taken))

    async def _send(self, account: Account, request: _Request, lane: Lane) -> None:
        if not request.parts:
            return
        name = request.parts[0] if len(request.parts) == 1 else both(*request.parts)
        fields = [_FIELDS[part] for part in request.parts]
        await self._admin.change(account, name, fields, request.variables, lane)

    async def _send_compared(
        self, account: Account, listing: Listing, refs: StockRefs, request: _Request, lane: Lane
    ) -> None:
        """Shopify has no code for a comparison of variants that is stale: what it shows afterwards tells."""
        try:
            await self._send(account, request, lane)
        except CallFailed as failed:
            if failed.problem.code != REFUSED.code:
                raise
            now = await self._refs(account, listing)
            as_compared = (now.levels, now.tracked, now.continues) == (
                refs.levels,
                refs.tracked,
                refs.continues,
            )
            raise CallFailed(VARIANT_REFUSED if as_compared else STALE, failed.detail) from failed


def _add_stock(request: _Request, refs: StockRefs, call: Call, levels: list[Level]) -> None:
    if levels:
        wanted = {"name": "available", "reason": "correction", "quantities": quantities(refs, levels)}
        request.add("SetQuantities", {"input": wanted, "key": str(call.key)})


def _variant(refs: StockRefs, policy: str, levels: list[Level]) -> dict[str, object]:
    """Tracked in any case: what is not counted shows no quantity that could be its target."""
    changed: dict[str, object] = {
        "id": f"gid://shopify/ProductVariant/{refs.variant}",
        "inventoryPolicy": policy,
        "inventoryItem": {"tracked": True},
    }
    if levels:
        changed["quantityAdjustments"] = adjustments(levels)
    return {"of": f"gid://shopify/Product/{refs.product}", "variants": [changed]}
