"""What the control API does, apart from HTTP: open accounts and listings, let buyers buy, change orders."""

from collections.abc import Mapping
from decimal import Decimal

from sandbox.control.models import BasketLine, Customer, Edit, ListingEdit, NewSale, Travel
from sandbox.deliveries import Deliveries
from sandbox.faults import Faults
from sandbox.marketplace import BadRequest, Errand, Happening, ListingRules, ListingSpec, Marketplace
from sandbox.truth import (
    Account,
    Buyer,
    LineQuantity,
    Listing,
    NotPossible,
    Order,
    SaleLine,
    SaleRequest,
    World,
    edits,
    now,
)
from sandbox.truth import sales as rules
from sandbox.truth.sales import Numbering

Row = dict[str, object]


class NotThere(LookupError):
    """The control API was asked for something the world does not have."""


def errand_of(travel: Travel) -> Errand:
    return Errand(travel.deliver_webhook, travel.duplicates, travel.delay_ms / 1000)


class Desk:
    """The world with its marketplaces, as the control API handles it."""

    def __init__(
        self, world: World, marketplaces: Mapping[str, Marketplace], deliveries: Deliveries, faults: Faults
    ) -> None:
        self.world = world
        self.marketplaces = marketplaces
        self.deliveries = deliveries
        self.faults = faults

    def account(self, platform: str, name: str) -> Account:
        account = self.world.account(platform, name)
        if account is None:
            raise NotThere(f"{platform} has no account {name}")
        return account

    def listing(self, platform: str, identifier: str) -> Listing:
        listing = self.world.listing(platform, identifier.rsplit("/", 1)[-1])
        if listing is None:
            raise NotThere(f"{platform} has no listing {identifier}")
        return listing

    def order(self, platform: str, identifier: str) -> Order:
        order = self.world.order(platform, identifier)
        if order is None:
            raise NotThere(f"{platform} has no order {identifier}")
        return order

    def describe(self, listing: Listing) -> Row:
        return {
            "platform": listing.platform,
            "account": listing.account,
            "listing": listing.id,
            "sku": listing.sku,
            "title": listing.title,
            "price": str(listing.price),
            "currency": listing.currency,
            "quantity": listing.quantity,
            "state": listing.state,
            "published": listing.published,
            "policy": listing.policy if listing.tracked else "UNTRACKED",
            "buyable": listing.buyable,
            "offered": listing.offered,
            "sold": listing.sold,
            "product": listing.product,
            **self.marketplaces[listing.platform].facts(listing),
            "ids": self.marketplaces[listing.platform].identifiers(listing),
        }

    def open_listing(self, spec: ListingSpec, errand: Errand) -> Listing:
        if spec.account.platform != "shopify" and (
            spec.levels or spec.state or spec.vendor or spec.product_type
        ):
            raise BadRequest("levels, state, vendor and product_type are Shopify's")
        marketplace = self.marketplaces[spec.account.platform]
        listing = marketplace.open_listing(spec)
        marketplace.opened(listing, errand)
        return listing

    def edit(self, listing: Listing, given: ListingEdit) -> None:
        """The seller's own hand; Shopify's variants of one product share title, state and publications."""
        marketplace = self.marketplaces[listing.platform]
        if given.levels or given.policy is not None:
            marketplace.set_rules(listing, ListingRules(given.levels, given.policy))
        together = (
            self.world.of_product("shopify", listing.product) if listing.platform == "shopify" else [listing]
        )
        for one in together:
            marketplace.set_listing(one, given.quantity if one is listing else None, given.state)
            if given.published is not None:
                marketplace.set_published(one, given.published)
            one.title = given.title or one.title
            one.price = given.price if given.price is not None and one is listing else one.price
            _touch(one, given, chosen=one is listing)
        self.world.commit(*together)
        marketplace.stock_moved([listing], Errand(given.deliver_webhook))

    def end(self, listing: Listing, errand: Errand) -> None:
        marketplace = self.marketplaces[listing.platform]
        marketplace.end_listing(listing)
        listing.updated_at = now()
        self.world.commit(listing)
        marketplace.stock_moved([listing], errand)

    def sell(self, platform: str, sale: NewSale) -> Order:
        """A buyer buys; `SoldOut` when he could not have."""
        account = self.account(platform, sale.account)
        marketplace = self.marketplaces[platform]
        lines = [self._basket_line(account, line) for line in sale.lines]
        request = SaleRequest(
            account=account,
            lines=lines,
            sold_at=sale.sold_at,
            updated_at=sale.updated_at,
            unpaid=sale.unpaid,
            test=sale.test,
            affects_stock=sale.affects_stock,
            shipping=sale.shipping,
            shipping_discount=sale.shipping_discount,
            shipping_tax=sale.shipping_tax,
            taxes_included=account.settings.get("taxes_included") is True,
            buyer=sale.buyer,
            customer=buyer_of(sale.customer),
            channel=sale.channel,
            authorized=sale.authorized,
            presentment_currency=_other_currency(sale.presentment_currency, account.currency),
            presentment_rate=sale.presentment_rate,
        )
        if sale.affects_stock:
            rules.check_stock(self.world, request)
        order = rules.accept(self.world, request, Numbering(*marketplace.new_order_ids(account, len(lines))))
        if sale.affects_stock:
            listings = list({line.listing.id: line.listing for line in lines}.values())
            marketplace.sold(listings)
        marketplace.announce(
            order, Happening("created_paid" if order.paid_at else "created"), errand_of(sale)
        )
        if sale.affects_stock:
            marketplace.stock_moved(listings, errand_of(sale))
        return order

    def _basket_line(self, account: Account, line: BasketLine) -> SaleLine:
        return SaleLine(self._find(account, line), line.quantity, line.price, line.discount, line.tax)

    def _find(self, account: Account, line: BasketLine) -> Listing:
        if line.listing is not None:
            listing = self.listing(account.platform, line.listing)
            if listing.account != account.name:
                raise NotThere(f"{account.name} has no listing {line.listing}")
            return listing
        found = self.world.by_sku(account.platform, account.name, line.sku or "")
        if not found:
            raise NotThere(f"{account.name} has no SKU {line.sku}")
        return next((listing for listing in found if listing.buyable), found[-1])

    def pay(self, order: Order, errand: Errand) -> None:
        rules.pay(self.world, order)
        self.marketplaces[order.platform].announce(order, Happening("paid"), errand)

    def capture(self, order: Order, errand: Errand) -> None:
        """Take money that was promised."""
        if order.authorized_at is None or order.paid_at is not None:
            raise NotPossible(f"{order.name} has no money promised")
        self.pay(order, errand)

    def edit_order(self, order: Order, given: Edit) -> None:
        """The seller changes an order after it was placed; `SoldOut` when there is not enough for that."""
        if order.platform != "shopify":
            raise BadRequest("only Shopify's orders can be edited")
        marketplace, account = self.marketplaces["shopify"], self.account("shopify", order.account)
        changes = [LineQuantity(line.line_id, line.quantity) for line in given.lines]
        added = [self._basket_line(account, line) for line in given.add]
        rules.check_stock(
            self.world, SaleRequest(account, [*edits.added_units(self.world, order, changes), *added])
        )
        _, _, line_ids = marketplace.new_order_ids(account, len(added))
        moved = edits.edit(self.world, order, changes, added, line_ids, restock=given.restock)
        marketplace.announce(order, Happening("edited"), errand_of(given))
        marketplace.stock_moved(moved, errand_of(given))

    def ship(
        self, order: Order, courier: str, tracking: str, lines: list[LineQuantity], errand: Errand
    ) -> None:
        made = rules.ship(self.world, order, courier, tracking, lines)
        name = "shipped" if order.shipped == "all" else "partly_shipped"
        self.marketplaces[order.platform].announce(order, Happening(name, shipment=made), errand)

    def track(self, order: Order, shipment: str | None, courier: str, tracking: str, errand: Errand) -> None:
        found = rules.track(self.world, order, shipment, courier, tracking)
        self.marketplaces[order.platform].announce(order, Happening("tracked", shipment=found), errand)

    def call_back(self, order: Order, shipment: str | None, errand: Errand) -> None:
        """The seller cancels a shipment; its parcel stays here."""
        if order.platform != "shopify":
            raise BadRequest("only Shopify's shipments can be cancelled")
        found = rules.call_back(self.world, order, shipment)
        self.marketplaces["shopify"].announce(order, Happening("called_back", shipment=found), errand)

    def cancel(self, order: Order, reason: str, restock: bool, errand: Errand) -> None:
        marketplace = self.marketplaces[order.platform]
        paid = order.paid_at is not None
        raised = rules.cancel(self.world, order, reason, restock=restock)
        marketplace.announce(order, Happening("cancelled"), errand)
        if paid and order.refunds:
            marketplace.announce(order, Happening("refunded", order.refunds[-1]), errand)
        marketplace.stock_moved(raised, errand)

    def refund(
        self,
        order: Order,
        amount: Decimal | None,
        lines: list[LineQuantity],
        restock: bool,
        note: str,
        errand: Errand,
    ) -> None:
        marketplace = self.marketplaces[order.platform]
        made, raised = rules.refund(self.world, order, amount, lines, restock=restock, note=note)
        marketplace.announce(order, Happening("refunded", made), errand)
        marketplace.stock_moved(raised, errand)


def _other_currency(presented: str | None, currency: str) -> str:
    return "" if presented is None or presented == currency else presented


def buyer_of(customer: Customer | None) -> Buyer | None:
    return Buyer(**{**customer.model_dump(), "id": str(customer.id)}) if customer else None


def _touch(one: Listing, given: ListingEdit, *, chosen: bool) -> None:
    """Shopify's products have a time of their own: a title, a status, a channel is not a variant's."""
    own = bool(given.levels) or any(x is not None for x in (given.quantity, given.policy, given.price))
    of_product = any(x is not None for x in (given.title, given.state, given.published))
    if one.platform != "shopify" or (chosen and own):
        one.updated_at = now()
    if one.platform == "shopify" and of_product:
        one.product_at = now()
