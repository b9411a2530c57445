"""All articles by a bulk operation: begun, waited for, its file read line by line, and taken up again after a crash."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, timedelta

from connector_kit.budget import Lane
from connector_kit.domain import Account
from connector_kit.errors import Action, CallFailed
from connector_kit.marketplace import ListingsPage
from kit.clock import Clock
from kit.logs import logger
from prometheus_client import Counter

from connector_shopify.client.bulk_place import BulkPlace
from connector_shopify.client.counting import Counting, is_short
from connector_shopify.client.documents.bulk import all_articles
from connector_shopify.client.files import FILE_GONE, NOT_A_FILE, Files
from connector_shopify.client.http import Admin
from connector_shopify.client.pages import odd_ones
from connector_shopify.client.shown import Shown
from connector_shopify.wire.bulk import (
    BrokenFileError,
    BulkOperation,
    BulkOperationData,
    BulkOperationsData,
    BulkStartData,
    BulkVariants,
)
from connector_shopify.wire.graphql import ShopData
from connector_shopify.wire.listings import VariantNode
from connector_shopify.wire.odd_variants import in_words

log = logger(__name__)

PATIENCE = timedelta(minutes=30)
"""For one operation; Shopify itself gives it ten days."""
_SOONEST, _LATEST = timedelta(seconds=1), timedelta(seconds=10)
"""Until it is asked for again, the later the longer it has taken."""
IN_A_PAGE = 250
_TRIES = 3
"""For one file, without coming further in it."""
_NEWEST = 20
"""Operations that are looked through for one that was begun; a shop allows five at once."""
_EXPIRES = timedelta(days=1)
"""A file that is gone so long after it was begun had its time; one gone before is refused for another reason."""
_WAITING = frozenset({"CREATED", "RUNNING"})

_operations = Counter(
    "soldwire_shopify_bulk_operations",
    "Bulk operations this process began, read to their end, gave up or cancelled.",
    ["outcome"],
)


class GivenUpError(Exception):
    """This operation does not bring the articles. `again`: another one may; else pages do. `brought`: how many it would."""

    def __init__(self, why: str, *, again: bool = False, brought: int = -1) -> None:
        super().__init__(why)
        self.again = again
        self.brought = brought


class Bulk:
    """Raises CallFailed where a later try may help, GivenUpError where pages are the way."""

    def __init__(self, admin: Admin, shown: Shown, clock: Clock) -> None:
        self._admin = admin
        self._shown = shown
        self._clock = clock
        self._counting = Counting(admin)

    def begin(self) -> BulkPlace:
        """A place to be on record before `pages` begins the operation: then a crash begins no second one."""
        return BulkPlace(self._clock().astimezone(UTC))

    async def pages(self, account: Account, place: BulkPlace) -> AsyncGenerator[ListingsPage]:
        """From a place to the end; to where it has to wait, when the operation is still under way."""
        try:
            operation = await self._operation(account, place)
            place = replace(place, operation=operation.id)
            if operation.status in _WAITING:
                yield await self._waiting(account, place)
                return
            self._check(account, operation)
            if not place.lines:
                await self._check_count(account, operation, place)
            async with aclosing(self._file(account, operation, place)) as pages:
                async for page in pages:
                    yield page
        except CallFailed as failed:
            if failed.problem.code not in (FILE_GONE.code, NOT_A_FILE.code):
                raise
            expired = failed.problem.code == FILE_GONE.code and self._clock() - place.asked_at > _EXPIRES
            raise self._given_up(account, str(failed), again=expired) from failed
        _operations.labels("read").inc()

    async def _waiting(self, account: Account, place: BulkPlace) -> ListingsPage:
        waited = self._clock() - place.asked_at
        if waited > PATIENCE:
            try:
                await self.cancel(account, place)
            except CallFailed as failed:
                if failed.problem.action is not Action.FAIL or failed.problem.login:
                    raise  # else it has ended just now, or can't be cancelled: pages need it not to be
            raise self._given_up(account, "it did not end in time")
        return ListingsPage((), str(place), again_in=min(max(waited / 6, _SOONEST), _LATEST))

    def _check(self, account: Account, operation: BulkOperation) -> None:
        if operation.status == "EXPIRED":
            raise CallFailed(FILE_GONE, "the operation has expired")
        if operation.status != "COMPLETED":
            raise self._given_up(account, f"{operation.status} {operation.error_code or ''}".strip())

    async def _check_count(self, account: Account, operation: BulkOperation, place: BulkPlace) -> None:
        """Its own count is what it brought; one far below the shop's ends no listing."""
        brought, counted = operation.root_object_count, await self._counting.variants(account)
        if is_short(brought, counted, elsewhere=place.in_pages):
            why = f"it shows {brought} of {counted} variants"
            raise self._given_up(account, why, brought=brought)

    async def cancel(self, account: Account, place: BulkPlace) -> None:
        """Let go of the operation."""
        if place.operation:
            await self._admin.change(
                account, "CancelBulk", "bulkOperationCancel", {"id": place.gid}, Lane.SYNC
            )
            _operations.labels("cancelled").inc()

    async def _operation(self, account: Account, place: BulkPlace) -> BulkOperation:
        if not place.operation:
            return await self._first(account, place)
        wanted = {"id": place.gid}
        data = await self._admin.read(account, "BulkOperation", wanted, BulkOperationData, Lane.SYNC)
        if data.bulk_operation is None:
            raise CallFailed(FILE_GONE, "the shop does not know the operation any more")
        return data.bulk_operation

    async def _first(self, account: Account, place: BulkPlace) -> BulkOperation:
        """Begin it, or find that it is."""
        try:
            return await self._begun(account, place) or await self._begin(account, place)
        except CallFailed as failed:
            if failed.problem.action is not Action.FAIL or failed.problem.login:
                raise
            raise self._given_up(account, str(failed)) from failed

    async def _begun(self, account: Account, place: BulkPlace) -> BulkOperation | None:
        """One that was begun at this place before, by a process that could not write its id down."""
        wanted = {"first": _NEWEST}
        data = await self._admin.read(account, "BulkOperations", wanted, BulkOperationsData, Lane.SYNC)
        return next((one for one in data.bulk_operations.nodes if place.name in one.query), None)

    async def _begin(self, account: Account, place: BulkPlace) -> BulkOperation:
        """Begin it. It changes nothing of the shop's, so it is a read: one that was lost is looked for first."""
        wanted = {"query": all_articles(place.name)}
        data = await self._admin.read(account, "RunBulk", wanted, BulkStartData, Lane.SYNC)
        begun = data.bulk_operation_run_query
        if begun.bulk_operation is None or begun.user_errors:
            raise self._given_up(account, "; ".join(f"{e.code}: {e.message}" for e in begun.user_errors))
        _operations.labels("begun").inc()
        return begun.bulk_operation

    def _given_up(
        self, account: Account, why: str, *, again: bool = False, brought: int = -1
    ) -> GivenUpError:
        log.warning("a bulk operation does not bring the articles", shop=account.address, reason=why)
        _operations.labels("given up").inc()
        return GivenUpError(why, again=again, brought=brought)

    async def _file(
        self, account: Account, operation: BulkOperation, place: BulkPlace
    ) -> AsyncGenerator[ListingsPage]:
        """Its file to the end, which is where the shop's own counts are reached: one cut off is read on."""
        if operation.url is None:
            # A shop without articles is read in pages; one that had many a moment ago is not emptied on this word.
            raise self._given_up(account, "it has no file")
        currency = (await self._admin.read(account, "Shop", {}, ShopData, Lane.SYNC)).shop.currency_code
        tries = 0
        while True:
            reached = place
            try:
                async with aclosing(_Reading(self._admin.files, operation, place).parts()) as parts:
                    async for part in parts:
                        page, odd = await self._page(account, operation, part, currency, place.odd)
                        place = replace(part.place, odd=odd)
                        yield replace(page, cursor=None if part.last else str(place))
                        if part.last:
                            return
                why = "it is cut off"
            except BrokenFileError as error:
                why = str(error)
            except CallFailed as failed:
                if failed.problem.code in (FILE_GONE.code, NOT_A_FILE.code):
                    raise
                why = str(failed)
            tries = 0 if place != reached else tries + 1
            log.warning("a bulk file is read again", shop=account.address, line=place.lines, reason=why)
            if tries >= _TRIES:
                raise self._given_up(account, why)

    async def _page(
        self, account: Account, operation: BulkOperation, part: _Part, currency: str, odd_before: int
    ) -> tuple[ListingsPage, int]:
        """What is told of some variants, and how many so far are not told exactly as the shop tells them."""
        nodes = [(node, part.place.asked_at) for node in part.nodes]
        seen = await self._shown.several(account, nodes, currency, Lane.SYNC)
        odd = odd_ones(part.nodes, seen)
        count = odd_before + len(odd)
        note = in_words(count, odd[-1]) if odd else None
        return ListingsPage(seen, None, operation.root_object_count, note=note), count


@dataclass(frozen=True, slots=True)
class _Part:
    """Some variants of a file, and the place after them."""

    nodes: Sequence[VariantNode]
    place: BulkPlace
    last: bool = False


class _Reading:
    """One reading of a file, from a place in it."""

    def __init__(self, files: Files, operation: BulkOperation, place: BulkPlace) -> None:
        self._files = files
        self._operation = operation
        self._place = place
        self._variants = BulkVariants(place.lines, place.roots)
        self._nodes: list[VariantNode] = []

    async def parts(self) -> AsyncGenerator[_Part]:
        """All of it. A file that is cut off has no last part."""
        skipped = 0
        async with aclosing(self._files.lines(self._operation.url or "")) as lines:
            async for line in lines:
                if skipped < self._place.lines:
                    skipped += 1
                    continue
                self._add(self._variants.take(line))
                if len(self._nodes) >= IN_A_PAGE:
                    yield self._part(self._here())
        known = self._here()  # without the last variant, whose levels may be cut off
        self._add(self._variants.rest())
        counts = self._operation.object_count, self._operation.root_object_count
        if self._variants.lines >= counts[0] and self._variants.roots >= counts[1]:
            yield self._part(self._here(), last=True)
        elif known != self._place:
            self._nodes = self._nodes[: len(self._nodes) - (self._variants.roots - known.roots)]
            yield self._part(known)

    def _add(self, node: VariantNode | None) -> None:
        if node is not None:
            self._nodes.append(node)

    def _here(self) -> BulkPlace:
        return replace(self._place, lines=self._variants.lines, roots=self._variants.roots)

    def _part(self, place: BulkPlace, *, last: bool = False) -> _Part:
        nodes, self._nodes = self._nodes, []
        return _Part(nodes, place, last)
