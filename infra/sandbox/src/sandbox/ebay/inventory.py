"""The Inventory API: items by SKU, offers, publishing, withdrawing, and bulk changes of price and quantity."""

from decimal import Decimal, InvalidOperation
from urllib.parse import unquote

from sandbox.calls import Visit
from sandbox.ebay.replies import Body, EbayError, is_whole, money, time_text, whole
from sandbox.truth import Account, Listing, World, now
from sandbox.web import Reply, Request

REVISIONS_A_DAY = 250
OFFERS_A_CALL = 25
PRICE_MOST = Decimal(1_000_000_000)
DOMAIN = "API_INVENTORY"


def stock_control(world: World, listing: Listing) -> bool:
    account = world.account("ebay", listing.account)
    return account is None or account.settings.get("out_of_stock_control") is not False


def listing_status(listing: Listing) -> str:
    if listing.state != "PUBLISHED":
        return "ENDED"
    return "ACTIVE" if listing.quantity > 0 else "OUT_OF_STOCK"


def offer_json(account: Account, listing: Listing) -> Body:
    body: Body = {
        "offerId": listing.id,
        "sku": listing.sku,
        "marketplaceId": str(account.settings.get("marketplace") or "EBAY_GB"),
        "format": "FIXED_PRICE",
        "listingDescription": listing.title,
        "availableQuantity": listing.quantity,
        "pricingSummary": {"price": money(listing.price, listing.currency)},
        "listingPolicies": {
            "paymentPolicyId": "1",
            "returnPolicyId": "2",
            "fulfillmentPolicyId": "3",
            "eBayPlusIfEligible": False,
        },
        "categoryId": "11450",
        "merchantLocationKey": "main",
        "tax": {"applyTax": False},
        "listingDuration": "GTC",
        "status": listing.state,
        "includeCatalogProductDetails": True,
        "hideBuyerDetails": False,
    }
    if listing.state == "PUBLISHED":
        body["listing"] = {
            "listingId": listing.product,
            "listingStatus": listing_status(listing),
            "soldQuantity": listing.sold,
        }
        body["listingStartDate"] = time_text(listing.created_at)
    return body


def item_json(listing: Listing) -> Body:
    return {
        "sku": listing.sku,
        "locale": "en_GB",
        "product": {
            "title": listing.title,
            "description": listing.title,
            "imageUrls": [f"https://i.ebayimg.com/images/g/{listing.product}/s-l1600.jpg"],
        },
        "condition": "USED_EXCELLENT",
        "availability": {"shipToLocationAvailability": {"quantity": listing.quantity}},
    }


def _current(world: World, account: Account) -> list[Listing]:
    """One listing per SKU: the newest stands for the inventory item."""
    by_sku = {x.sku: x for x in world.listings_of("ebay", account.name) if x.state != "DELETED"}
    return list(by_sku.values())


def get_items(world: World, account: Account, request: Request) -> Reply:
    """`offset` is a page number here."""
    limit, page = (
        whole(request.query.get("limit"), 25, 1, 200),
        whole(request.query.get("offset"), 0, 0, 10**9),
    )
    if limit is None or page is None:
        raise EbayError(400, 25706, "You have provided invalid pagination values.", DOMAIN)
    items = _current(world, account)
    rows = [item_json(x) for x in items[page * limit : (page + 1) * limit]]
    path = "/sell/inventory/v1/inventory_item"
    body: Body = {
        "href": f"{path}?limit={limit}&offset={page}",
        "total": len(items),
        "size": len(rows),
        "limit": limit,
        "inventoryItems": rows,
    }
    if (page + 1) * limit < len(items):
        body["next"] = f"{path}?limit={limit}&offset={page + 1}"
    if page > 0:
        body["prev"] = f"{path}?limit={limit}&offset={page - 1}"
    return Reply.json(body)


def get_item(world: World, account: Account, sku: str) -> Reply:
    found = [x for x in world.by_sku("ebay", account.name, unquote(sku)) if x.state != "DELETED"]
    if not found:
        raise EbayError(
            404, 25710, "We didn't find the entity you are requesting. Please verify the request", DOMAIN
        )
    return Reply.json(item_json(found[-1]))


def get_offers(world: World, account: Account, request: Request) -> Reply:
    sku = request.query.get("sku")
    if not sku:
        raise EbayError(400, 25709, "Invalid value for sku.", DOMAIN)
    found = [x for x in world.by_sku("ebay", account.name, sku) if x.state != "DELETED"]
    if not found:
        raise EbayError(404, 25713, "This Offer is not available.", DOMAIN)
    rows = [offer_json(account, x) for x in found]
    href = f"/sell/inventory/v1/offer?sku={sku}&offset=0&limit=25"
    return Reply.json({"href": href, "total": len(rows), "size": len(rows), "limit": 25, "offers": rows})


def _own(world: World, account: Account, offer_id: str) -> Listing:
    listing = world.listing("ebay", offer_id)
    if listing is None or listing.account != account.name or listing.state == "DELETED":
        raise EbayError(404, 25713, "This Offer is not available.", DOMAIN, offerId=offer_id)
    return listing


def get_offer(world: World, account: Account, offer_id: str) -> Reply:
    return Reply.json(offer_json(account, _own(world, account, offer_id)))


def withdraw(world: World, account: Account, offer_id: str, visit: Visit) -> Reply:
    """Ends the listing; the offer stays, unpublished."""
    listing = _own(world, account, offer_id)
    if listing.state != "PUBLISHED":
        visit.change(listing, 0, lambda: None)
        raise EbayError(400, 25713, "This Offer is not available.", DOMAIN, offerId=offer_id)

    def apply() -> None:
        listing.state = "UNPUBLISHED"

    visit.change(listing, 0, apply)
    return Reply.json({"listingId": listing.product})


def publish(world: World, account: Account, offer_id: str, visit: Visit) -> Reply:
    """Puts the offer up again, under a new listing id."""
    listing = _own(world, account, offer_id)
    if listing.state == "PUBLISHED":
        raise EbayError(400, 25002, "A user error has occurred. The offer is already published.", DOMAIN)
    if listing.quantity <= 0:
        raise EbayError(
            400, 25004, "Invalid quantity. The quantity must be a valid number greater than 0.", DOMAIN
        )
    number = str(200_000_000_000 + world.next())

    def apply() -> None:
        listing.state, listing.product = "PUBLISHED", number

    visit.change(listing, listing.quantity, apply)
    return Reply.json({"listingId": number})


def bulk_update(world: World, account: Account, request: Request, visit: Visit) -> Reply:
    """One SKU and its offers; each offer has its own outcome, and one bad makes the whole 207."""
    given = (request.json or {}).get("requests")
    if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], dict):
        raise EbayError(
            400, 25709, "Invalid value for requests. Only one SKU can be updated per call.", DOMAIN
        )
    sku = str(given[0].get("sku") or "")
    wanted = _offers(given[0]) or _stock(world, account, sku, given[0])
    rows = [_update(world, account, sku, row, visit) for row in wanted]
    good = all(row["statusCode"] == 200 for row in rows)
    return Reply.json({"responses": rows}, 200 if good else 207)


def _offers(given: Body) -> list[Body]:
    rows = given.get("offers") or []
    known = isinstance(rows, list) and all(isinstance(row, dict) for row in rows)
    if not isinstance(rows, list) or not known or len(rows) > OFFERS_A_CALL:
        raise EbayError(400, 25709, "Invalid value for offers.", DOMAIN)
    if len({str(row.get("offerId")) for row in rows}) != len(rows):
        raise EbayError(400, 25709, "Invalid value for offers.", DOMAIN)
    return rows


def _stock(world: World, account: Account, sku: str, given: Body) -> list[Body]:
    """Without offers the quantity at the seller's location goes to every offer of the SKU."""
    place = given.get("shipToLocationAvailability")
    if place is None:
        return []
    quantity = place.get("quantity") if isinstance(place, dict) else None
    if not is_whole(quantity):
        raise EbayError(400, 25709, "Invalid value for shipToLocationAvailability.", DOMAIN)
    return [{"offerId": x.id, "availableQuantity": quantity} for x in world.by_sku("ebay", account.name, sku)]


def _update(world: World, account: Account, sku: str, row: Body, visit: Visit) -> Body:
    offer_id = str(row.get("offerId"))
    answer: Body = {"offerId": offer_id, "sku": sku}
    try:
        listing = _own(world, account, offer_id)
        if listing.sku != sku:
            raise EbayError(400, 25709, "Invalid value for sku. The offer is of another SKU.", DOMAIN)
        _revise(world, listing, row, visit)
    except EbayError as error:
        return {**answer, "statusCode": error.status, "errors": [error.body]}
    return {**answer, "statusCode": 200}


def _revise(world: World, listing: Listing, row: Body, visit: Visit) -> None:
    quantity, price = row.get("availableQuantity"), _price(row.get("price"))
    if quantity is not None and not (is_whole(quantity) and quantity >= 0):
        raise EbayError(400, 25709, "Invalid value for availableQuantity.", DOMAIN)
    if quantity == 0 and listing.state == "PUBLISHED" and not stock_control(world, listing):
        raise EbayError(
            400, 25002, "A user error has occurred. Quantity 0 needs the out-of-stock control.", DOMAIN
        )
    _count_revision(listing)
    wanted = quantity if is_whole(quantity) else listing.quantity

    def apply() -> None:
        listing.quantity, listing.price = wanted, price or listing.price

    visit.change(listing, wanted, apply)


def _price(value: object) -> Decimal | None:
    if value is None:
        return None
    try:
        price = Decimal(str(value["value"])) if isinstance(value, dict) else Decimal(0)
    except (KeyError, InvalidOperation) as error:
        raise EbayError(400, 25709, "Invalid value for price.", DOMAIN) from error
    if not (price.is_finite() and 0 < price <= PRICE_MOST):
        raise EbayError(400, 25709, "Invalid value for price.", DOMAIN)
    return price


def _count_revision(listing: Listing) -> None:
    if listing.state != "PUBLISHED":
        return
    today = now().date().isoformat()
    if listing.revision_day != today:
        listing.revision_day, listing.revisions = today, 0
    if listing.revisions >= REVISIONS_A_DAY:
        raise EbayError(
            400, 25002, "A user error has occurred. The listing was revised 250 times today.", DOMAIN
        )
    listing.revisions += 1


def sale_took(world: World, listing: Listing) -> None:
    """A listing that sold its last unit stays, out of stock, or ends without out-of-stock control."""
    if listing.quantity <= 0 and listing.state == "PUBLISHED" and not stock_control(world, listing):
        listing.state = "UNPUBLISHED"
        world.commit(listing)
