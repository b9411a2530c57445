"""Runs bulk operations: each over a picture of the shop as it was when it started, a page at a time between other calls."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from sandbox.calls import Visit
from sandbox.marketplace import Errand
from sandbox.shopify.bulk.lines import nodes_of, rows
from sandbox.shopify.bulk.plan import CHUNK, Plan, plan
from sandbox.shopify.context import ShopContext
from sandbox.shopify.engine import Engine
from sandbox.shopify.pages import UNPAGED
from sandbox.shopify.webhooks import Webhooks
from sandbox.truth import Account, BulkOperation, Call, World, now

FAULTS = {"bulk_error": "INTERNAL_SERVER_ERROR", "bulk_timeout": "TIMEOUT"}
AT_ONCE = 5


class Failed(Exception):
    """The operation ends here; its code is the operation's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Progress:
    """What an operation has written so far."""

    parts: list[bytes]
    objects: int = 0
    roots: int = 0


class Runner:
    """The operations under way, one task for each."""

    def __init__(self, world: World, webhooks: Webhooks, engine: Engine) -> None:
        self._world = world
        self._webhooks = webhooks
        self.engine = engine
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def busy(self, account: Account) -> int:
        under_way = ("CREATED", "RUNNING", "CANCELING")
        return sum(1 for x in self._world.bulk_of(account.name) if x.status in under_way)

    def start(
        self, account: Account, client_id: str, query: str, wanted: Plan, grouped: bool, fault: str | None
    ) -> BulkOperation:
        operation = BulkOperation(
            seq=self._world.next(),
            account=account.name,
            client_id=client_id,
            query=query,
            grouped=grouped,
            token=secrets.token_urlsafe(32),
            created_at=now(),
            fault=fault,
        )
        self._world.commit(operation)
        self._begin(account, operation, wanted)
        return operation

    def resume(self) -> None:
        """What a stopped process left under way begins again, over the shop as it is now."""
        for operation in list(self._world.bulk_operations.values()):
            account = self._world.account("shopify", operation.account)
            if account is not None and operation.status in ("CREATED", "RUNNING"):
                self._begin(account, operation, plan(self.engine.schema, operation.query))

    def _begin(self, account: Account, operation: BulkOperation, wanted: Plan) -> None:
        picture = self._world.picture(account.name, orders="orders" in wanted.text.lower())
        task = asyncio.get_running_loop().create_task(self._run(account, operation, wanted, picture))
        self._tasks[operation.key] = task
        task.add_done_callback(lambda _: self._tasks.pop(operation.key, None))

    def cancel(self, operation: BulkOperation) -> None:
        operation.status = "CANCELING"
        self._world.commit(operation)

    async def stop(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, account: Account, operation: BulkOperation, wanted: Plan, picture: World) -> None:
        progress, status, code = Progress([]), "COMPLETED", None
        await asyncio.sleep(0)
        if operation.status == "CREATED":
            operation.status = "RUNNING"
            self._world.commit(operation)
        try:
            async with aclosing(self._pages(account, operation, wanted, picture)) as pages:
                async for nodes in pages:
                    self._write(operation, wanted, nodes, progress)
            if operation.fault in FAULTS:
                raise Failed(FAULTS[operation.fault])
            status = "EXPIRED" if operation.fault == "bulk_expired" else "COMPLETED"
        except Failed as error:
            status, code = "FAILED", error.code
        self._finish(
            account, operation, progress, "CANCELED" if operation.status == "CANCELING" else status, code
        )

    async def _pages(
        self, account: Account, operation: BulkOperation, wanted: Plan, picture: World
    ) -> AsyncGenerator[list[dict[str, Any]]]:
        """The roots, some at a time, no faster than the shop's setting; half of them when it is to fail."""
        prepared = self.engine.prepare(wanted.text)
        context = self._context(picture, account, operation.client_id)
        rate = account.limit("bulk_objects_per_second", 0)
        after, started, done = None, time.monotonic(), 0
        while operation.status == "RUNNING":
            page = self._page(prepared, wanted, after, context)
            nodes = nodes_of(page)
            done += len(nodes)
            yield nodes
            more = page["pageInfo"]
            if not more["hasNextPage"] or operation.fault in FAULTS:
                return
            after = more["endCursor"]
            await asyncio.sleep(max(0.0, started + done / rate - time.monotonic()) if rate else 0)

    def _page(self, prepared: Any, wanted: Plan, after: str | None, context: ShopContext) -> dict[str, Any]:
        paged = UNPAGED.set(True)
        try:
            answer = self.engine.run(prepared, None, {"bulkAfter": after}, context)
        finally:
            UNPAGED.reset(paged)
        errors: Any = answer.get("errors")
        if errors:
            denied = errors[0].get("extensions", {}).get("code") == "ACCESS_DENIED"
            raise Failed("ACCESS_DENIED" if denied else "INTERNAL_SERVER_ERROR")
        data: Any = answer["data"]
        page: dict[str, Any] = data[wanted.root]
        return page

    def _write(
        self, operation: BulkOperation, wanted: Plan, nodes: list[dict[str, Any]], progress: Progress
    ) -> None:
        if operation.fault in FAULTS and len(nodes) > 1:
            nodes = nodes[: len(nodes) // 2]
        made = [to_json(row) + b"\n" for row in rows(nodes, wanted.shape, grouped=operation.grouped)]
        progress.parts += made
        progress.objects += len(made)
        progress.roots += len(nodes)
        operation.object_count, operation.root_count = progress.objects, progress.roots

    def _finish(
        self, account: Account, operation: BulkOperation, progress: Progress, status: str, code: str | None
    ) -> None:
        text = b"".join(progress.parts)
        if text and status != "CANCELED":
            self._world.keep(operation.token, text)
        operation.status, operation.error_code, operation.completed_at = status, code, now()
        operation.file_size = len(text) if status != "CANCELED" else None
        operation.has_file = bool(text) and status in ("COMPLETED", "FAILED")
        self._world.commit(operation)
        self._webhooks.bulk_finished(account, operation, Errand())

    def _context(self, picture: World, account: Account, client_id: str) -> ShopContext:
        call = Call(0, now(), time.monotonic(), "shopify", account.name, "bulk")
        visit = Visit(picture, call)
        return ShopContext(picture, account, client_id, visit, lambda _: None, "", self._webhooks, self)


__all__ = ["AT_ONCE", "CHUNK", "Runner"]
