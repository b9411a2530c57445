"""Mutations of stock at a location, under compare-and-set and idempotency keys."""

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from graphql import DirectiveNode, StringValueNode, VariableNode
from pydantic_core import from_json, to_json

from sandbox.shopify import naming, places
from sandbox.shopify.catalogue import Item, find_item
from sandbox.shopify.context import ShopContext, context_of
from sandbox.shopify.refusals import refuse
from sandbox.truth import Listing, Receipt, now

Row = dict[str, Any]
LIMIT = 1_000_000_000
KEY_LIFE = 24 * 3600.0
REASONS = frozenset(
    [
        "correction",
        "cycle_count_available",
        "damaged",
        "movement_canceled",
        "movement_created",
        "movement_received",
        "movement_updated",
        "other",
        "promotion",
        "quality_control",
        "received",
        "reservation_created",
        "reservation_deleted",
        "reservation_updated",
        "restock",
        "safety_stock",
        "shrinkage",
    ]
)


@dataclass(frozen=True, slots=True)
class Move:
    """One line of an inventory mutation, checked: what is to be set and what was expected."""

    listing: Listing
    place: str
    quantity: int
    ledger: str | None = None


def idempotency_key(info: Any) -> str:
    """The key of the `@idempotent` directive on the field, which these mutations cannot do without."""
    for directive in info.field_nodes[0].directives or ():
        if directive.name.value == "idempotent":
            return _directive_key(directive, info.variable_values)
    raise refuse(
        "The @idempotent directive is required for this mutation but was not provided.", "BAD_REQUEST"
    )


def _directive_key(directive: DirectiveNode, variables: Any) -> str:
    value = next(iter(directive.arguments or ())).value
    if isinstance(value, VariableNode):
        given = getattr(variables, "coerced", variables)
        return str(given[value.name.value])
    assert isinstance(value, StringValueNode)
    return value.value


def set_quantities(_root: object, info: Any, input: Row) -> Row:
    """`inventorySetQuantities`: `quantity` becomes what is there, if `changeFromQuantity` still was."""
    return _once(info, "inventorySetQuantities", input, "quantities", "InventorySetQuantitiesInput")


def adjust_quantities(_root: object, info: Any, input: Row) -> Row:
    """`inventoryAdjustQuantities`: `delta` is added, if `changeFromQuantity` still was."""
    return _once(info, "inventoryAdjustQuantities", input, "changes", "InventoryAdjustQuantitiesInput")


def _once(info: Any, name: str, given: Row, rows: str, type_name: str) -> Row:
    context = context_of(info)
    key = idempotency_key(info)
    context.visit.call.idempotency_key = key
    for row in given[rows]:
        if "changeFromQuantity" not in row:
            raise refuse(
                f"{type_name} must include the following argument: changeFromQuantity.",
                "INVALID_FIELD_ARGUMENTS",
            )
    scope = f"{context.client_id}:{context.account.name}:{name}:{key}"
    fingerprint = hashlib.sha256(to_json(given)).hexdigest()
    earlier = _replay(context, scope, fingerprint)
    if earlier is not None:
        return earlier
    outcome = _move(context, given, given[rows])
    context.world.commit(
        Receipt(scope, fingerprint, to_json(outcome).decode(), time.time() + context.visit.effect_delay)
    )
    return _answer(context, outcome)


def _replay(context: ShopContext, scope: str, fingerprint: str) -> Row | None:
    receipt = context.world.receipts.get(scope)
    if receipt is None or receipt.settled_at < time.time() - KEY_LIFE:
        return None
    if receipt.fingerprint != fingerprint:
        return _refused(
            "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
            "The idempotency key was used with other parameters.",
            ["input"],
        )
    if receipt.settled_at > time.time():
        return _refused(
            "IDEMPOTENCY_CONCURRENT_REQUEST",
            "A request with this idempotency key is still running.",
            ["input"],
        )
    outcome: Row = from_json(receipt.outcome)
    if outcome["errors"]:
        text = "The previous attempt with this idempotency key failed; use a new key."
        return _refused("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", text, ["input"])
    return _answer(context, outcome)


def _refused(code: str, message: str, field: list[str]) -> Row:
    return {
        "inventoryAdjustmentGroup": None,
        "userErrors": [{"code": code, "message": message, "field": field}],
    }


def _move(context: ShopContext, given: Row, rows: list[Row]) -> Row:
    """All lines or none: the first error refuses the whole mutation."""
    errors: list[Row] = []
    if given["reason"] not in REASONS:
        text = "The specified reason is invalid."
        errors.append({"code": "INVALID_REASON", "message": text, "field": ["input", "reason"]})
    moves = [_check(context, given, row, index, errors) for index, row in enumerate(rows)]
    pairs = {(row["inventoryItemId"], row["locationId"]) for row in rows}
    if "quantities" in given and len(pairs) < len(rows):
        code = "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"
        text = "An inventory item and a location may be named together only once."
        errors.append({"code": code, "message": text, "field": ["input", "quantities"]})
    if errors:
        return {
            "errors": errors,
            "changes": [],
            "reason": given["reason"],
            "uri": given.get("referenceDocumentUri"),
        }
    changes = [_apply(context, move) for move in moves if move]
    return {
        "errors": [],
        "changes": changes,
        "reason": given["reason"],
        "uri": given.get("referenceDocumentUri"),
        "id": context.world.next(),
        "at": naming.graph_time(now()),
        "name": given["name"],
    }


def _check(context: ShopContext, given: Row, row: Row, index: int, errors: list[Row]) -> Move | None:
    adjusting = "delta" in row
    rows = "changes" if adjusting else "quantities"

    def refused(code: str, message: str, field: str) -> None:
        errors.append({"code": code, "message": message, "field": ["input", rows, str(index), field]})

    item, place = (
        find_item(context, row["inventoryItemId"]),
        places.location_of(context.account, row["locationId"]),
    )
    if given["name"] not in (("available",) if adjusting else ("available", "on_hand")):
        refused(
            "INVALID_QUANTITY_NAME" if adjusting else "INVALID_NAME", "The quantity name is invalid.", "name"
        )
    elif item is None:
        refused(
            "INVALID_INVENTORY_ITEM", "The specified inventory item could not be found.", "inventoryItemId"
        )
    elif place is None:
        refused("INVALID_LOCATION", "The specified location could not be found.", "locationId")
    elif not item.listing.tracked:
        refused("NON_MUTABLE_INVENTORY_ITEM", "The inventory item is not tracked.", "inventoryItemId")
    else:
        return _check_numbers(item.listing, place, row, refused)
    return None


def _check_numbers(listing: Listing, place: str, row: Row, refused: Any) -> Move | None:
    held, expected = listing.at(place), row["changeFromQuantity"]
    quantity = held + row["delta"] if "delta" in row else row["quantity"]
    if expected is not None and expected != held:
        text = f"The quantity changed: expected {expected}, found {held}."
        refused("CHANGE_FROM_QUANTITY_STALE", text, "changeFromQuantity")
    elif quantity > LIMIT:
        refused("INVALID_QUANTITY_TOO_HIGH", "The quantity is too high.", "quantity")
    elif "delta" not in row and quantity < 0:
        refused("INVALID_QUANTITY_NEGATIVE", "The quantity can't be negative.", "quantity")
    else:
        return Move(listing, place, quantity, row.get("ledgerDocumentUri"))
    return None


def _apply(context: ShopContext, move: Move) -> Row:
    listing = move.listing
    change = {
        "listing": listing.id,
        "place": move.place,
        "delta": move.quantity - listing.at(move.place),
        "after": move.quantity,
        "ledger": move.ledger,
    }

    def apply() -> None:
        listing.put(move.place, move.quantity)

    context.visit.change(listing, move.quantity, apply, lambda: context.stock_changed(listing))
    return change


def _answer(context: ShopContext, outcome: Row) -> Row:
    if outcome["errors"]:
        return {"inventoryAdjustmentGroup": None, "userErrors": outcome["errors"]}
    if not any(change["delta"] for change in outcome["changes"]):
        return {"inventoryAdjustmentGroup": None, "userErrors": []}
    group = {
        "id": naming.gid("InventoryAdjustmentGroup", outcome["id"]),
        "createdAt": outcome["at"],
        "reason": outcome["reason"],
        "referenceDocumentUri": outcome["uri"],
        "changes": lambda _info, **_: [
            _change_row(context, change, outcome["name"]) for change in outcome["changes"]
        ],
    }
    return {"inventoryAdjustmentGroup": group, "userErrors": []}


def _change_row(context: ShopContext, change: Row, name: str) -> Row:
    listing = context.world.listing("shopify", change["listing"])
    return {
        "delta": change["delta"],
        "item": Item(listing) if listing else None,
        "ledgerDocumentUri": change["ledger"],
        "location": places.location_row(context.account, change.get("place", "")),
        "name": name,
        "quantityAfterChange": change["after"],
    }
