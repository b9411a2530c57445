"""The GraphQL endpoint: token, cost, throttle, execution."""

from typing import cast

from sandbox.bucket import Bucket
from sandbox.calls import Visit
from sandbox.marketplace import Errand
from sandbox.shopify import naming, oauth
from sandbox.shopify.bulk import Runner
from sandbox.shopify.context import ShopContext
from sandbox.shopify.cost import Variables, actual_cost
from sandbox.shopify.engine import Prepared, root_field
from sandbox.shopify.refusals import INPUTS_MAX, too_many
from sandbox.shopify.webhooks import Webhooks
from sandbox.truth import Account, Listing, World
from sandbox.web import Reply, Request

DEFAULTS = {"maximum_available": 2000.0, "restore_rate": 100.0, "max_query_cost": 1000.0}
THROTTLED = {
    "message": "Throttled",
    "extensions": {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"},
}
UNAUTHORIZED = "[API] Invalid API key or access token (unrecognized login or wrong password)"


class Admin:
    """Answers Admin GraphQL for every shop."""

    def __init__(self, world: World, webhooks: Webhooks, bulk: Runner) -> None:
        self._world = world
        self._webhooks = webhooks
        self._bulk = bulk
        self._engine = bulk.engine
        self._buckets: dict[str, tuple[tuple[float, float], int, Bucket]] = {}

    def identify(self, request: Request) -> tuple[str, str | None, int | None]:
        """Operation, listing and requested quantity, for the record and for faults."""
        prepared, name, variables = self._parse(request)
        operation = prepared.operation(name) if prepared else None
        field = root_field(operation) if operation else None
        listing, quantity = _aim(variables)
        return (field.name.value if field else "unknown"), listing, quantity

    def _parse(self, request: Request) -> tuple[Prepared | None, str | None, Variables]:
        body = request.json
        text = body.get("query") if body else None
        if body is None or not isinstance(text, str):
            return None, None, {}
        name, variables = body.get("operationName"), body.get("variables")
        return (
            self._engine.prepare(text),
            name if isinstance(name, str) else None,
            cast("Variables", variables) if isinstance(variables, dict) else {},
        )

    def answer(self, account: Account, request: Request, visit: Visit) -> Reply:
        token = self._world.live_token(request.headers.get("x-shopify-access-token", ""), "access")
        if token is None or token.account != account.name or not account.installed:
            return Reply.json({"errors": UNAUTHORIZED}, 401)
        oauth.use(self._world, token)
        prepared, name, variables = self._parse(request)
        if prepared is None:
            return Reply.json({"errors": {"query": "Required parameter missing or invalid"}}, 400)
        if prepared.errors:
            return Reply.json({"errors": [error.formatted for error in prepared.errors]})
        if prepared.operation(name) is None:
            return Reply.json({"errors": [{"message": "An operation name is required"}]})
        context = self._context(account, token.client_id, visit, request.base_url)
        return self._metered(context, prepared, name, variables)

    def _metered(
        self,
        context: ShopContext,
        prepared: Prepared,
        name: str | None,
        variables: Variables,
    ) -> Reply:
        account, visit = context.account, context.visit
        longest = max(prepared.longest_list, _longest(variables))
        if longest > INPUTS_MAX:
            return Reply.json({"errors": [too_many(longest).formatted]})
        requested = prepared.price(name)(variables)
        bucket = self._bucket(account)
        limit = int(account.limit("max_query_cost", DEFAULTS["max_query_cost"]))
        if requested > limit:
            text = f"Query cost is {requested}, which exceeds the single query max cost limit ({limit})."
            code = {"code": "MAX_COST_EXCEEDED", "cost": requested, "maxCost": limit}
            return Reply.json({"errors": [{"message": text, "extensions": code}]})
        if not bucket.take(requested):
            visit.call.throttled = True
            return self._throttle(bucket, requested)
        answer = self._engine.run(prepared, name, variables, context)
        field = prepared.operation(name)
        mutating = field is not None and field.operation.value == "mutation"
        actual = requested if mutating else min(requested, actual_cost(answer.get("data")))
        bucket.give_back(requested - actual)
        visit.call.cost = float(actual)
        answer["extensions"] = {"cost": _cost(bucket, requested, actual)}
        return Reply.json(answer, x_shopify_api_version=naming.VERSION)

    def _context(self, account: Account, client_id: str, visit: Visit, base_url: str) -> ShopContext:
        def stock_changed(listing: Listing) -> None:
            self._webhooks.stock(account, [listing], Errand())

        return ShopContext(
            self._world, account, client_id, visit, stock_changed, base_url, self._webhooks, self._bulk
        )

    def throttled(self, request: Request) -> Reply:
        """What a full bucket would answer, on order."""
        account = self._world.account("shopify", request.parts[0])
        return self._throttle(self._bucket(account) if account else Bucket(0, 0), 10)

    def _throttle(self, bucket: Bucket, requested: int) -> Reply:
        return Reply.json({"errors": [THROTTLED], "extensions": {"cost": _cost(bucket, requested, None)}})

    def _bucket(self, account: Account) -> Bucket:
        maximum, rate = (account.limit(key, DEFAULTS[key]) for key in ("maximum_available", "restore_rate"))
        known = self._buckets.get(account.name)
        if known is None or known[0] != (maximum, rate) or known[1] != self._world.epoch:
            known = ((maximum, rate), self._world.epoch, Bucket(maximum, rate))
            self._buckets[account.name] = known
        return known[2]


def _cost(bucket: Bucket, requested: int, actual: int | None) -> dict[str, object]:
    return {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": bucket.status()}


def _aim(variables: Variables) -> tuple[str | None, int | None]:
    """The one listing a call speaks of, when its variables show it."""
    given = variables.get("input")
    rows = (given.get("quantities") or given.get("changes")) if isinstance(given, dict) else None
    variants = variables.get("variants")
    if isinstance(variants, list) and len(variants) == 1 and isinstance(variants[0], dict):
        return naming.number_of(str(variants[0].get("id")), "ProductVariant"), None
    row = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else None
    identifier = (
        str(row.get("inventoryItemId"))
        if row
        else next((str(v) for v in variables.values() if _names_stock(v)), "")
    )
    quantity = row.get("quantity") if row else None
    item = naming.number_of(identifier, "InventoryItem")
    listing = naming.variant_of(item) if item else naming.number_of(identifier, "ProductVariant")
    return listing, quantity if isinstance(quantity, int) else None


def _longest(value: object) -> int:
    """The size of the longest array anywhere in the variables."""
    if isinstance(value, dict):
        return max((_longest(inner) for inner in value.values()), default=0)
    if isinstance(value, list):
        return max(len(value), max((_longest(inner) for inner in value), default=0))
    return 0


def _names_stock(value: object) -> bool:
    return isinstance(value, str) and value.startswith(
        ("gid://shopify/InventoryItem/", "gid://shopify/ProductVariant/")
    )
