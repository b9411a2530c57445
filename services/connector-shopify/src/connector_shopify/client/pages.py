"""Pages of variants: read in a size the shop can afford, each variant on its own, and told as they are shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from connector_kit.budget import Lane
from connector_kit.domain import Account, SeenListing
from connector_kit.errors import AMBIGUOUS, CallFailed, read_only
from kit.clock import Clock
from kit.logs import logger
from pydantic import JsonValue, ValidationError

from connector_shopify.client.http import Admin
from connector_shopify.client.position import Position
from connector_shopify.client.problems import TOO_DEAR
from connector_shopify.client.shown import Shown
from connector_shopify.wire.listings import VariantNode, VariantsData
from connector_shopify.wire.odd_variants import (
    UnreadableVariant,
    in_words,
    left_out,
    named,
    read_variant,
    unreadable,
)

log = logger(__name__)

_LEVELS_IN_A_PAGE = 2

Alone = Callable[[Account, str], Awaitable[VariantNode | None]]
"""Reads one variant by its id with all its stock levels; None when the shop does not know it."""


@dataclass(frozen=True, slots=True)
class VariantsPage:
    """What a page brought, and where the next one is. `odd`: those that are not told exactly as Shopify tells them."""

    seen: list[SeenListing]
    brought: int
    following: Position | None
    still_there: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()

    def note(self, odd_before: int = 0) -> str | None:
        """What a person should know of it."""
        return in_words(odd_before + len(self.odd), self.odd[-1]) if self.odd else None


class Pages:
    """Raises CallFailed and nothing else."""

    def __init__(self, admin: Admin, shown: Shown, alone: Alone, clock: Clock) -> None:
        self._admin = admin
        self._shown = shown
        self._alone = alone
        self._clock = clock

    async def page(
        self, account: Account, operation: str, query: str | None, position: Position
    ) -> VariantsPage:
        """The variants of a page, and the position after it; seen at the moment of asking."""
        asked = self._clock()
        data = await self._read(account, operation, query, position.after)
        values = data.product_variants.nodes
        variants = [_one(value) for value in values]
        nodes = [one for one in variants if isinstance(one, VariantNode)]
        whole = [await self._whole(account, node, asked) for node in nodes]
        there = [one for one in whole if one]
        currency = data.shop.currency_code
        seen = await self._shown.several(account, there, currency, Lane.SYNC)
        unread = [one for one in variants if isinstance(one, UnreadableVariant)]
        for one in unread:
            log.error("a variant can't be read", shop=account.address, variant=one.variant_id, why=one.reason)
        return VariantsPage(
            seen,
            len(values),
            position.beyond(len(values), data.product_variants.cursor, _last(variants)),
            tuple(f"variant:{one.variant_id}" for one in unread),
            odd_ones([node for node, _ in there], seen) + tuple(unreadable(one) for one in unread),
        )

    async def _read(
        self, account: Account, operation: str, query: str | None, after: str | None
    ) -> VariantsData:
        limits = self._admin.limits
        while True:
            size = limits.page_size(account.address, operation)
            variables = {"first": size, "after": after, "query": query, "levels": _LEVELS_IN_A_PAGE}
            try:
                return await self._admin.read(account, operation, variables, VariantsData, Lane.SYNC)
            except CallFailed as failed:
                if failed.problem.code != TOO_DEAR.code or size == 1:
                    raise
                limits.too_dear(operation)

    async def _whole(
        self, account: Account, node: VariantNode, asked: datetime
    ) -> tuple[VariantNode, datetime] | None:
        """A page shows the first locations; stock at more of them is read on its own."""
        if not node.cut_off:
            return node, asked
        again = self._clock()
        found = await self._alone(account, node.id)
        return (found, again) if found else None


def odd_ones(nodes: Sequence[VariantNode], seen: Sequence[SeenListing]) -> tuple[str, ...]:
    """Those of which something is left out, each in words."""
    told = ((node, left_out(node, one)) for node, one in zip(nodes, seen, strict=True))
    return tuple(named(node, what) for node, what in told if what)


def _one(value: JsonValue) -> VariantNode | UnreadableVariant:
    """A variant of a page. One that does not even say which it is may be any: the page is asked for again."""
    try:
        return read_variant(value)
    except ValidationError as error:
        raise CallFailed(read_only(AMBIGUOUS), f"a variant without an id: {error}"[:500]) from error


def _last(variants: Sequence[VariantNode | UnreadableVariant]) -> str | None:
    """The id of the last one, from which a search goes on."""
    if not variants:
        return None
    last = variants[-1]
    return last.id if isinstance(last, VariantNode) else last.variant_id
