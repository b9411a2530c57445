"""Resolvers of bulk operations: run, asked for, listed and cancelled."""

from typing import Any

from sandbox.shopify import naming
from sandbox.shopify.bulk.plan import NotBulk, plan
from sandbox.shopify.bulk.runner import AT_ONCE
from sandbox.shopify.context import Info, ShopContext, context_of
from sandbox.shopify.pages import Page, paginate
from sandbox.shopify.search import Search
from sandbox.truth import BulkOperation

Row = dict[str, object]
SEARCHED: dict[str, Any] = {
    "id": lambda x: x.seq,
    "status": lambda x: x.status,
    "operation_type": lambda _: "QUERY",
    "created_at": lambda x: x.created_at,
}


def find(context: ShopContext, identifier: str) -> BulkOperation | None:
    number = naming.number_of(identifier, "BulkOperation")
    found = context.world.bulk_operations.get(number or "")
    return found if found and found.account == context.account.name else None


def run(_root: object, info: Info, query: str, groupObjects: bool) -> Row:
    """`bulkOperationRunQuery`."""
    context = context_of(info)
    runner = context.bulk
    most = int(context.account.limit("bulk_at_once", AT_ONCE))
    if runner.busy(context.account) >= most:
        text = f"At most {most} bulk query operations may be in progress for this app and shop."
        return _refused(text, "LIMIT_REACHED", None)
    try:
        wanted = plan(runner.engine.schema, query)
    except NotBulk as error:
        return _refused(str(error), "INVALID", ["query"])
    fault = context.visit.call.fault
    made = runner.start(context.account, context.client_id, query, wanted, groupObjects, fault)
    return {"bulkOperation": made, "userErrors": []}


def cancel(_root: object, info: Info, id: str) -> Row:
    """`bulkOperationCancel`."""
    context = context_of(info)
    found = find(context, id)
    if found is None:
        return _refused("Bulk operation does not exist", None, ["id"])
    if found.status not in ("CREATED", "RUNNING"):
        text = f"A bulk operation cannot be canceled when it is {found.status.lower()}"
        return {**_refused(text, None, None), "bulkOperation": found}
    context.bulk.cancel(found)
    return {"bulkOperation": found, "userErrors": []}


def one(_root: object, info: Info, id: str) -> BulkOperation | None:
    """`bulkOperation`."""
    return find(context_of(info), id)


def page(_root: object, info: Info, **args: Any) -> Page:
    """`bulkOperations`: the newest first, unless reversed."""
    context, args = context_of(info), {**args, "reverse": not args["reverse"]}
    search = Search(args.get("query"), SEARCHED)
    found = [x for x in context.world.bulk_of(context.account.name) if search.keeps(x)]
    if args["sortKey"] == "COMPLETED_AT":
        return paginate(found, args, lambda x: (x.completed_at or x.created_at, x.seq))
    return paginate(found, args, lambda x: (x.created_at, x.seq))


def _refused(message: str, code: str | None, field: list[str] | None) -> Row:
    error: Row = {"message": message, "field": field}
    return {"bulkOperation": None, "userErrors": [{**error, "code": code} if code else error]}


def _address(x: BulkOperation, info: Info) -> str:
    return f"{context_of(info).base_url}/{x.account}/files/{x.token}/bulk-{x.seq}.jsonl"


FIELDS: dict[str, dict[str, Any]] = {
    "BulkOperation": {
        "id": lambda x, _: naming.gid("BulkOperation", x.seq),
        "status": lambda x, _: x.status,
        "type": lambda _x, _: "QUERY",
        "query": lambda x, _: x.query,
        "errorCode": lambda x, _: x.error_code,
        "createdAt": lambda x, _: naming.graph_time(x.created_at),
        "completedAt": lambda x, _: naming.graph_time(x.completed_at) if x.completed_at else None,
        "objectCount": lambda x, _: str(x.object_count),
        "rootObjectCount": lambda x, _: str(x.root_count),
        "fileSize": lambda x, _: None if x.file_size is None else str(x.file_size),
        "url": lambda x, info: _address(x, info) if x.has_file and x.status == "COMPLETED" else None,
        "partialDataUrl": lambda x, info: _address(x, info) if x.has_file and x.status == "FAILED" else None,
    }
}
