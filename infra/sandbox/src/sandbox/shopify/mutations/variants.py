"""Mutations of variants: their policy, whether stock counts, and adjustments of it, in one request or none."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.shopify import naming, places
from sandbox.shopify.catalogue import Item, Product, find_item, find_product
from sandbox.shopify.context import ShopContext, context_of
from sandbox.shopify.refusals import refuse
from sandbox.truth import Listing

Row = dict[str, Any]


@dataclass(slots=True)
class Plan:
    """What one variant is to become, checked."""

    listing: Listing
    policy: str
    tracked: bool
    levels: dict[str, int] = field(default_factory=dict)
    """What each named location is to hold."""

    @property
    def quantity(self) -> int:
        changes = (held - self.listing.at(place) for place, held in self.levels.items())
        return self.listing.quantity + sum(changes)

    def carry_out(self) -> None:
        self.listing.policy, self.listing.tracked = self.policy, self.tracked
        for place, held in self.levels.items():
            self.listing.put(place, held)


def bulk_update(
    _root: object, info: Any, productId: str, variants: list[Row], allowPartialUpdates: bool = False
) -> Row:
    """`productVariantsBulkUpdate`: all of it or none, unless partial updates are allowed."""
    context = context_of(info)
    _expectations_given(variants)
    product = find_product(context, productId)
    if product is None:
        return _refused("PRODUCT_DOES_NOT_EXIST", "Product does not exist", ["productId"])
    errors: list[Row] = []
    plans = [_plan(context, product, row, index, errors) for index, row in enumerate(variants)]
    if errors and not allowPartialUpdates:
        return {"product": product, "productVariants": None, "userErrors": errors}
    for plan in plans:
        if plan is not None:
            _carry_out(context, plan)
    changed = [plan.listing for plan in plans if plan is not None]
    return {"product": product, "productVariants": changed, "userErrors": errors}


def _expectations_given(variants: list[Row]) -> None:
    for row in variants:
        if any("changeFromQuantity" not in one for one in row.get("quantityAdjustments") or ()):
            text = "InventoryAdjustmentInput must include the following argument: changeFromQuantity."
            raise refuse(text, "INVALID_FIELD_ARGUMENTS")


def _refused(code: str, message: str, field: list[str]) -> Row:
    error = {"code": code, "message": message, "field": field}
    return {"product": None, "productVariants": None, "userErrors": [error]}


def _plan(context: ShopContext, product: Product, row: Row, index: int, errors: list[Row]) -> Plan | None:
    at = ["variants", str(index)]

    def refused(code: str, message: str, *field: str) -> None:
        errors.append({"code": code, "message": message, "field": [*at, *field]})

    identifier = row.get("id")
    if identifier is None:
        refused("PRODUCT_VARIANT_ID_MISSING", "Product variant is missing ID attribute")
        return None
    number = naming.number_of(identifier, "ProductVariant")
    listing = next((variant for variant in product.variants if variant.id == number), None)
    if listing is None:
        refused("PRODUCT_VARIANT_DOES_NOT_EXIST", "Product variant does not exist", "id")
        return None
    tracked = (row.get("inventoryItem") or {}).get("tracked")
    plan = Plan(
        listing,
        row.get("inventoryPolicy") or listing.policy,
        listing.tracked if tracked is None else tracked,
    )
    known = len(errors)
    for place, one in enumerate(row.get("quantityAdjustments") or ()):
        why = _adjust(context, plan, one)
        if why is not None:
            refused("INVALID_INPUT", why, "quantityAdjustments", str(place))
    return plan if len(errors) == known else None


def _adjust(context: ShopContext, plan: Plan, row: Row) -> str | None:
    """Add one adjustment to the plan; or say why not, which is also that the location holds something else."""
    place, expected = places.location_of(context.account, row["locationId"]), row["changeFromQuantity"]
    if row.get("adjustment") is None:
        raise refuse("The sandbox does not take a variant off a location (adjustment: null).")
    if place is None:
        return "The specified location could not be found."
    if not plan.tracked:
        return "The inventory item is not tracked."
    if place in plan.levels:
        return "A location may be adjusted only once."
    held = plan.listing.at(place)
    if expected is not None and expected != held:
        return f"The quantity changed: changeFromQuantity is {expected}, found {held}."
    plan.levels[place] = held + row["adjustment"]
    return None


def _carry_out(context: ShopContext, plan: Plan) -> None:
    context.visit.change(
        plan.listing, plan.quantity, plan.carry_out, lambda: context.stock_changed(plan.listing)
    )


def item_update(_root: object, info: Any, id: str, input: Row) -> Row:
    """`inventoryItemUpdate`: whether its stock counts."""
    context = context_of(info)
    found = find_item(context, id)
    if found is None:
        error = {"field": ["id"], "message": "The product couldn't be updated because it does not exist."}
        return {"inventoryItem": None, "userErrors": [error]}
    listing, tracked = found.listing, input.get("tracked")
    _carry_out(context, Plan(listing, listing.policy, listing.tracked if tracked is None else tracked))
    return {"inventoryItem": Item(listing), "userErrors": []}
