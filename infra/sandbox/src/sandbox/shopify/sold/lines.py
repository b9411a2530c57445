"""Resolvers of order lines."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.shopify import naming
from sandbox.shopify.catalogue import Product, find_variant, product_by_number
from sandbox.shopify.context import Info, context_of
from sandbox.shopify.sold.values import Line, allocations, bag, line_value, tax_lines
from sandbox.truth import ZERO, OrderLine


def _line_money(value: Callable[[OrderLine], Decimal]) -> Any:
    return lambda x, _info, **_: bag(x.order, line_value(x.line.id, value))


def _product(x: Line, info: Info) -> Product | None:
    variant = find_variant(context_of(info), naming.gid("ProductVariant", x.line.listing))
    return product_by_number(context_of(info), variant.product) if variant else None


FIELDS: dict[str, dict[str, Any]] = {
    "LineItem": {
        "id": lambda x, _: naming.gid("LineItem", x.line.id),
        "quantity": lambda x, _: x.line.quantity,
        "currentQuantity": lambda x, _: x.line.current,
        "refundableQuantity": lambda x, _: x.line.current,
        "unfulfilledQuantity": lambda x, _: max(0, x.line.current - x.line.shipped),
        "nonFulfillableQuantity": lambda _x, _: 0,
        "sku": lambda x, _: x.line.sku,
        "title": lambda x, _: x.line.title,
        "name": lambda x, _: x.line.title,
        "variantTitle": lambda _x, _: None,
        "vendor": lambda x, _: x.order.account.split(".")[0],
        "isGiftCard": lambda _x, _: False,
        "requiresShipping": lambda _x, _: True,
        "restockable": lambda _x, _: True,
        "taxable": lambda _x, _: True,
        "variant": lambda x, info: find_variant(
            context_of(info), naming.gid("ProductVariant", x.line.listing)
        ),
        "product": _product,
        "originalUnitPriceSet": _line_money(lambda line: line.price),
        "originalTotalSet": _line_money(lambda line: line.price * line.quantity),
        "discountAllocations": lambda x, _: allocations(
            x.order, line_value(x.line.id, lambda line: line.discount * line.quantity)
        ),
        # A line's discount here is its share of the order's code, which these two leave out.
        "discountedUnitPriceSet": _line_money(lambda line: line.price),
        "discountedUnitPriceAfterAllDiscountsSet": _line_money(lambda line: line.price - line.discount),
        "discountedTotalSet": _line_money(lambda line: line.price * line.quantity),
        "totalDiscountSet": _line_money(lambda _: ZERO),
        "taxLines": lambda x, _info, **_: tax_lines(
            x.order,
            line_value(x.line.id, lambda line: line.tax * line.quantity),
            line_value(x.line.id, lambda line: line.taxed),
        ),
    },
}
