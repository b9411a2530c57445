"""Bodies about what is for sale: products, inventory levels, the shop."""

from sandbox.shopify import naming
from sandbox.shopify.catalogue.products import vendor_of
from sandbox.shopify.places import places_of
from sandbox.shopify.rest.values import Body
from sandbox.shopify.scopes import collapsed, granted
from sandbox.truth import Account, BulkOperation, Listing, now


def level_body(account: Account, listing: Listing, place: str) -> Body:
    """The body of inventory_levels/update."""
    location = places_of(account)[place]
    return {
        "inventory_item_id": naming.item_of(listing),
        "location_id": location,
        "available": listing.at(place),
        "updated_at": naming.rest_time(listing.updated_at),
        "admin_graphql_api_id": naming.level_gid(location, listing),
    }


def _variant_body(listing: Listing, position: int) -> Body:
    price = {"amount": naming.amount(listing.price), "currency_code": listing.currency}
    return {
        "id": int(listing.id),
        "product_id": int(listing.product),
        "title": "Default Title",
        "price": naming.amount(listing.price),
        "position": position,
        "inventory_policy": listing.policy.lower(),
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
        "inventory_management": "shopify" if listing.tracked else None,
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
        "vendor": vendor_of(head.vendor, head.account),
        "product_type": head.product_type,
        "created_at": naming.rest_time(head.created_at),
        "handle": "-".join(head.title.lower().split()),
        "updated_at": naming.rest_time(max(x.product_updated_at for x in variants)),
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


def scopes_body(account: Account, before: frozenset[str]) -> Body:
    """The body of app/scopes_update."""
    return {
        "id": account.number,
        "previous": collapsed(before),
        "current": collapsed(granted(account)),
        "updated_at": naming.rest_time(now()),
    }


def bulk_body(operation: BulkOperation) -> Body:
    """The body of bulk_operations/finish."""
    finished = operation.completed_at
    return {
        "admin_graphql_api_id": naming.gid("BulkOperation", operation.seq),
        "completed_at": naming.rest_time(finished) if finished else None,
        "created_at": naming.rest_time(operation.created_at),
        "error_code": operation.error_code.lower() if operation.error_code else None,
        "status": operation.status.lower(),
        "type": "query",
    }
