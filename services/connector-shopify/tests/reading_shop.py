"""A shop whose articles are read: variants, bulk operations and their files, each of which can go wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

Json = dict[str, Any]
FILES = "https://files.example/"
PAGE = 4
"""Nodes of a page, whatever is asked for, so that a few variants have several."""


@dataclass
class Variant:
    """One variant."""

    number: int
    title: str
    levels: dict[str, int]
    status: str = "ACTIVE"
    changed_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    product_changed_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    price: str = "20.00"
    product: int = 0
    """0: one of its own, of the same number."""
    sku: str | None = None
    odd: Json = field(default_factory=dict)
    """What its row says otherwise."""

    @property
    def gid(self) -> str:
        return f"gid://shopify/ProductVariant/{self.number}"

    @property
    def item(self) -> str:
        return f"gid://shopify/InventoryItem/{self.number}"

    def level_rows(self) -> list[Json]:
        return [
            {
                "id": f"gid://shopify/InventoryLevel/{place}?inventory_item_id={self.number}",
                "location": {"id": f"gid://shopify/Location/{place}"},
                "quantities": [{"quantity": units}],
            }
            for place, units in self.levels.items()
        ]

    def row(self) -> Json:
        return {
            "id": self.gid,
            "title": "Default Title",
            "sku": self.sku or f"SKU-{self.number}",
            "updatedAt": self.changed_at.isoformat(),
            "price": self.price,
            "inventoryQuantity": sum(self.levels.values()),
            "inventoryPolicy": "DENY",
            "inventoryItem": {"id": self.item, "tracked": True},
            "product": {
                "id": f"gid://shopify/Product/{self.product or self.number}",
                "title": self.title,
                "status": self.status,
                "updatedAt": max(self.changed_at, self.product_changed_at).isoformat(),
                "vendor": "Demo",
            },
            **self.odd,
        }

    def node(self, levels: int) -> Json:
        shown = self.level_rows()
        page = {"nodes": shown[:levels], "pageInfo": {"hasNextPage": len(shown) > levels, "endCursor": "c"}}
        row = self.row()
        return {**row, "inventoryItem": {**row["inventoryItem"], "inventoryLevels": page}}


@dataclass
class Operation:
    """One bulk operation; `looks` counts how often its state was asked for."""

    number: int
    query: str
    lines: list[bytes]
    roots: int
    looks: int = 0
    cancelled: bool = False
    downloads: int = 0


@dataclass
class ReadingShop:
    """Answers Admin GraphQL and serves files. What it does wrong is set by the test."""

    variants: dict[int, Variant] = field(default_factory=dict)
    operations: dict[int, Operation] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Operations, in order; `file` for a download."""
    queries: list[str] = field(default_factory=list)
    """What changed variants were searched with."""
    ready_after: int = 1
    """Looks at an operation before it has ended."""
    ends_as: str = "COMPLETED"
    refuses: str | None = None
    """Code with which operations are refused."""
    files_at: str = FILES
    file: Callable[[Operation], Iterable[bytes] | int | str] = lambda operation: operation.lines
    """What a download brings: lines, a status, or the address of a redirect."""
    on_request: Callable[[int], None] = lambda _: None
    """Called with the number of each request, when what it asks for is done and not answered yet."""
    precision: str = "EXACT"
    counts: int | None = None
    """How many variants it says it has; None: as many as there are."""
    pages_end: int | None = None
    """Its pages end after the variant of this number, as if there were no more."""
    bulk_ends: int | None = None
    """So do its bulk operations."""
    page: int = PAGE
    refuses_to_cancel: bool = False
    denies: str = ""
    """The operation that our app has no scope for."""
    _document: str = ""
    before_line: dict[int, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """What happens once, before a download brings its line of this number."""
    before_answer: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """What happens once, between what an operation of this name does and its answer."""

    def add(self, number: int, units: int = 1, **more: Any) -> Variant:
        """Put one up for sale."""
        levels = more.pop("levels", {"9": units})
        self.variants[number] = Variant(number, more.pop("title", f"Coat {number}"), levels, **more)
        return self.variants[number]

    def http(self) -> httpx.AsyncClient:
        """A client that reaches this shop, and nothing else."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return await self._download(request)
        body = json.loads(request.content)
        name = body["operationName"]
        self._document = body["query"]
        if name == self.denies:
            error = {"message": "Access denied", "extensions": {"code": "ACCESS_DENIED"}}
            return httpx.Response(200, json={"errors": [error], "data": None})
        answer = getattr(self, f"_{name}")(body["variables"])
        await self._asked(name)
        if name in self.before_answer:
            await self.before_answer.pop(name)()
        # escaped, as half a character can't be encoded
        return httpx.Response(200, content=json.dumps({"data": answer}))

    async def _asked(self, what: str) -> None:
        self.asked.append(what)
        self.on_request(len(self.asked))
        await asyncio.sleep(0)  # where whoever asked may be killed

    async def _download(self, request: httpx.Request) -> httpx.Response:
        operation = self.operations[int(request.url.path.rpartition("/")[2])]
        assert "x-shopify-access-token" not in request.headers
        operation.downloads += 1
        await self._asked("file")
        brought = self.file(operation)
        if isinstance(brought, int):
            return httpx.Response(brought)
        if isinstance(brought, str):
            return httpx.Response(302, headers={"Location": brought})

        async def content() -> AsyncIterator[bytes]:
            for number, line in enumerate(brought):
                if number in self.before_line:
                    await self.before_line.pop(number)()
                yield line[:7]  # no chunk ends where a line does
                yield line[7:] + b"\n"

        return httpx.Response(200, content=content())

    def _CountVariants(self, _: Json) -> Json:
        count = len(self.variants) if self.counts is None else self.counts
        return {"productVariantsCount": {"count": count, "precision": self.precision}}

    def _Shop(self, _: Json) -> Json:
        shop = {"id": "gid://shopify/Shop/1", "name": "Demo", "myshopifyDomain": "demo.myshopify.com"}
        return {"shop": {**shop, "currencyCode": "GBP"}}

    def _Variants(self, wanted: Json) -> Json:
        end = self.pages_end
        return self._page([v for v in self.variants.values() if end is None or v.number <= end], wanted)

    def _ChangedVariants(self, wanted: Json) -> Json:
        self.queries.append(wanted["query"])
        terms = dict(term.split(":", 1) for term in wanted["query"].split())
        found: list[Variant] = list(self.variants.values())
        if "product_ids" in terms:
            ids = set(terms["product_ids"].split(","))
            found = [v for v in found if str(v.product or v.number) in ids]
        operator, at = terms["updated_at"].split("'")[:2]
        since = datetime.fromisoformat(at)
        newer = operator == ">="
        return self._page([v for v in found if (v.changed_at >= since) == newer], wanted)

    def _ChangedProducts(self, wanted: Json) -> Json:
        since = datetime.fromisoformat(wanted["query"].split("'")[1])
        changed = [v for v in self.variants.values() if v.product_changed_at >= since]
        numbers = sorted({v.product or v.number for v in changed})
        rows = [{"id": f"gid://shopify/Product/{number}"} for number in numbers]
        return {"products": {"nodes": rows, "pageInfo": {"hasNextPage": False}}}

    def _page(self, found: Iterable[Variant], wanted: Json) -> Json:
        after = int(wanted["after"] or -1)
        terms = dict(term.split(":", 1) for term in (wanted["query"] or "").split())
        after = max(after, int(terms.get("id", ">-1")[1:]))
        rest = [v for v in sorted(found, key=lambda v: v.number) if v.number > after]
        shown = rest[: self.page]
        info = {"hasNextPage": len(rest) > self.page, "endCursor": str(shown[-1].number) if shown else None}
        nodes = [v.node(wanted["levels"]) for v in shown]
        return {
            "productVariants": {"nodes": nodes, "pageInfo": info},
            "shop": {"currencyCode": "GBP"},
        }

    def _Variant(self, wanted: Json) -> Json:
        found = self.variants.get(int(wanted["id"].rpartition("/")[2]))
        return {
            "productVariant": found.node(wanted["levels"]) if found else None,
            "shop": {"currencyCode": "GBP"},
        }

    def _RunBulk(self, wanted: Json) -> Json:
        if self.refuses:
            error = {"code": self.refuses, "message": "not now"}
            return {"bulkOperationRunQuery": {"bulkOperation": None, "userErrors": [error]}}
        number = len(self.operations) + 1
        made = Operation(number, wanted["query"], self._lines(), len(self._in_bulk()))
        self.operations[number] = made
        return {"bulkOperationRunQuery": {"bulkOperation": self._state(made), "userErrors": []}}

    def _in_bulk(self) -> list[Variant]:
        end = self.bulk_ends
        return [v for v in self.variants.values() if end is None or v.number <= end]

    def _lines(self) -> list[bytes]:
        rows: list[Json] = []
        for number, variant in enumerate(self._in_bulk()):
            parent = variant.gid if number % 2 else variant.item
            rows += [variant.row(), *({**row, "__parentId": parent} for row in variant.level_rows())]
        return [json.dumps(row, ensure_ascii=not _is_whole(row)).encode() for row in rows]

    def _BulkOperation(self, wanted: Json) -> Json:
        operation = self.operations[int(wanted["id"].rpartition("/")[2])]
        operation.looks += 1
        return {"bulkOperation": self._state(operation)}

    def _BulkOperations(self, wanted: Json) -> Json:
        made = list(self.operations.values())
        if "reverse: true" not in self._document:
            made.reverse()  # the newest first, as Shopify's schema says of its default
        return {"bulkOperations": {"nodes": [self._state(one) for one in made[: wanted["first"]]]}}

    def _CancelBulk(self, wanted: Json) -> Json:
        if self.refuses_to_cancel:
            error = {"message": "A bulk operation cannot be canceled when it is completed"}
            return {"bulkOperationCancel": {"userErrors": [error]}}
        self.operations[int(wanted["id"].rpartition("/")[2])].cancelled = True
        return {"bulkOperationCancel": {"userErrors": []}}

    def _state(self, operation: Operation) -> Json:
        ended = operation.looks >= self.ready_after
        done = ended and self.ends_as == "COMPLETED"
        return {
            "id": f"gid://shopify/BulkOperation/{operation.number}",
            "status": self.ends_as if ended else "RUNNING",
            "errorCode": None,
            "objectCount": str(len(operation.lines) if done else 0),
            "rootObjectCount": str(operation.roots if done else 0),
            "url": f"{self.files_at}{operation.number}" if done and operation.lines else None,
            "query": operation.query,
        }


def _is_whole(row: Json) -> bool:
    """Whether its texts can be encoded as they are: half a character is escaped."""
    return "\\ud8" not in json.dumps(row)
