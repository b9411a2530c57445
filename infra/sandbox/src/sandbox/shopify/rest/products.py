"""Bodies about what is for sale: products, inventory levels, the shop."""

from sandbox.shopify import naming
from sandbox.shopify.rest.values import Body
from sandbox.truth import Account, Listing


def level_body(account: Account, listing: Listing) -> Body:
    """The body of inventory_levels/update."""
    return {
        "inventory_item_id": naming.item_of(listing),
        "location_id": account.location,
        "available": listing.quantity,
        "updated_at": naming.rest_time(listing.updated_at),
        "admin_graphql_api_id": naming.level_gid(account, listing),
    }


def _variant_body(listing: Listing, position: int) -> Body:
    price = {"amount": naming.amount(listing.price), "currency_code": listing.currency}
    return {
        "id": int(listing.id),
        "product_id": int(listing.product),
        "title": "Default Title",
        "price": naming.amount(listing.price),
        "position": position,
        "inventory_policy": "continue" if listing.policy == "CONTINUE" else "deny",
        "compare_at_price": None,
        "option1": "Default Title",
        "option2": None,
        "option3": None,
        "created_at": naming.rest_time(listing.created_at),
        "updated_at": naming.rest_time(listing.updated_at),
        "taxable": True,
        "barcode": None,
        "fulfillment_service": "manual",
        "grams": 500,
        "inventory_management": None if listing.policy == "UNTRACKED" else "shopify",
        "requires_shipping": True,
        "sku": listing.sku,
        "weight": 0.5,
        "weight_unit": "kg",
        "inventory_item_id": naming.item_of(listing),
        "inventory_quantity": listing.quantity,
        "old_inventory_quantity": listing.quantity,
        "presentment_prices": [{"price": price, "compare_at_price": None}],
        "admin_graphql_api_id": naming.gid("ProductVariant", listing.id),
        "image_id": None,
    }


def product_body(variants: list[Listing]) -> Body:
    """The body of products/update."""
    head = variants[0]
    number = int(head.product)
    option = {
        "id": number + 1,
        "product_id": number,
        "name": "Title",
        "position": 1,
        "values": ["Default Title"],
    }
    return {
        "id": number,
        "title": head.title,
        "body_html": "",
        "vendor": head.account.split(".")[0],
        "product_type": "",
        "created_at": naming.rest_time(head.created_at),
        "handle": "-".join(head.title.lower().split()),
        "updated_at": naming.rest_time(max(x.updated_at for x in variants)),
        "published_at": naming.rest_time(head.created_at) if head.published else None,
        "template_suffix": None,
        "published_scope": "web",
        "tags": "",
        "status": head.state.lower(),
        "admin_graphql_api_id": naming.gid("Product", head.product),
        "variants": [_variant_body(listing, n) for n, listing in enumerate(variants, 1)],
        "options": [option],
        "images": [],
        "image": None,
    }


def shop_body(account: Account) -> Body:
    """The body of app/uninstalled, as far as anybody reads it."""
    return {
        "id": account.number,
        "name": account.name.split(".")[0],
        "email": f"owner@{account.name}",
        "domain": account.name,
        "myshopify_domain": account.name,
        "currency": account.currency,
        "plan_name": "basic",
        "created_at": naming.rest_time(account.opened_at),
    }
