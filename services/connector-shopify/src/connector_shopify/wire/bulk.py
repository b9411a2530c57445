"""Bulk operations, and the file one writes: a line for each variant, then one for each of its stock levels."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from connector_shopify.wire.base import Id, Text
from connector_shopify.wire.graphql import Node
from connector_shopify.wire.listings import VariantNode

# A line's JSON before it is typed; it does not leave this module.
Json = dict[str, Any]


class BulkOperation(Node):
    """One as the shop shows it. The counts are what its file holds: lines, and those that are no part of another."""

    id: Id
    status: str
    error_code: str | None = None
    object_count: int
    root_object_count: int
    url: Text | None = None
    query: Text = ""


class BulkOperationData(Node):
    """Answer of BulkOperation."""

    bulk_operation: BulkOperation | None


class BulkOperations(Node):
    """The newest of them."""

    nodes: tuple[BulkOperation, ...]


class BulkOperationsData(Node):
    """Answer of BulkOperations."""

    bulk_operations: BulkOperations


class BulkError(Node):
    """Why none was begun."""

    code: str | None = None
    message: str


class BulkStart(Node):
    """One that was begun, or why not."""

    bulk_operation: BulkOperation | None = None
    user_errors: tuple[BulkError, ...]


class BulkStartData(Node):
    """Answer of RunBulk."""

    bulk_operation_run_query: BulkStart


class BrokenFileError(ValueError):
    """A line that is not what the file should hold."""


class BulkVariants:
    """Puts a file's lines together to variants. `lines` and `roots` count those of the variants it has given out."""

    def __init__(self, lines: int, roots: int) -> None:
        self.lines = lines
        self.roots = roots
        self._variant: Json | None = None
        self._levels: list[Json] = []

    def take(self, line: bytes) -> VariantNode | None:
        """The variant before, when this line is the next one's. Raises BrokenFileError."""
        row = _row(line)
        parent = row.get("__parentId")
        if parent is None:
            whole = self.rest()
            self._variant = row
            return whole
        if self._variant is None or parent not in (self._variant.get("id"), _item(self._variant).get("id")):
            raise BrokenFileError("a stock level follows another variant than its own")
        self._levels.append(row)
        return None

    def rest(self) -> VariantNode | None:
        """The variant whose lines were taken last: whole when the file has ended, or goes on with another."""
        variant, levels = self._variant, self._levels
        if variant is None:
            return None
        item = {**_item(variant), "inventoryLevels": {"nodes": levels, "pageInfo": {"hasNextPage": False}}}
        try:
            node = VariantNode.model_validate({**variant, "inventoryItem": item})
        except ValidationError as error:
            raise BrokenFileError(f"not a variant: {error}"[:500]) from error
        self.lines += 1 + len(levels)
        self.roots += 1
        self._variant, self._levels = None, []
        return node


def _row(line: bytes) -> Json:
    try:
        row = from_json(line)
    except ValueError as error:
        raise BrokenFileError(f"not JSON: {error}"[:500]) from error
    if not isinstance(row, dict):
        raise BrokenFileError("not an object")
    return row


def _item(variant: Json) -> Json:
    item = variant.get("inventoryItem")
    return item if isinstance(item, dict) else {}
