"""A made-up seller's thousand sales, as connectors, inventory and the orchestrator say them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from soldwire_contracts import Fact, ids
from soldwire_contracts.delist import DelistCompleted, DelistProgress, Step
from soldwire_contracts.listings import Evidence, ListingDelisted, ListingFailed, ListingObserved, Target
from soldwire_contracts.sales import Fee, Refund, SaleDetected, Shipment
from soldwire_contracts.stock import ListingSold, Owner
from soldwire_contracts.values import (
    FoundBy,
    ListingState,
    Money,
    Outcome,
    OwnerKind,
    Payment,
    Platform,
    StepState,
)

TENANT = UUID("0198c1a2-7b10-7c3e-9f51-2a64d07be511")
LATEST = datetime(2026, 11, 20, 12, tzinfo=UTC)
CONNECTED = datetime(2020, 1, 1, tzinfo=UTC)
PLATFORMS = (Platform.SHOPIFY, Platform.EBAY, Platform.DEPOP)
COLOURS = ("red", "navy", "black", "cream", "olive", "grey", "pink", "brown")
KINDS = ("jacket", "dress", "jeans", "jumper", "boots", "coat", "shirt", "bag", "skirt", "trainers")
BRANDS = ("Levi's", "Barbour", "Ganni", "Carhartt", "Burberry", "Nike", "Toast", "Ralph Lauren", "Uniqlo")


@dataclass
class Seller:
    """One tenant with an account on each marketplace; every sale and listing by its number, the same each time."""

    tenant: UUID = TENANT
    consignors: Sequence[UUID] = ()
    draw: random.Random = field(default_factory=lambda: random.Random(5))

    def account(self, platform: Platform) -> UUID:
        """The account on a marketplace."""
        return ids.account_id(self.tenant, platform, "seller")

    def title(self) -> str:
        """Four words, as sellers write them."""
        draw = self.draw
        return f"{draw.choice(BRANDS)} {draw.choice(COLOURS)} {draw.choice(KINDS)} size {draw.randint(6, 18)}"

    def seen(self, number: int, title: str, *, linked: bool = True) -> Iterator[ListingObserved]:
        """An article for sale on every marketplace; not linked: only on one, without a SKU."""
        for platform in PLATFORMS if linked else PLATFORMS[2:]:
            account = self.account(platform)
            yield ListingObserved(
                tenant_id=self.tenant,
                account_id=account,
                platform=platform,
                listing_id=ids.listing_id(account, f"listing-{number}"),
                revision=1,
                sku=f"SKU-{number:05}" if linked else None,
                title=title,
                price=self.money(number),
                quantity=1 + number % 3,
                state=ListingState.LIVE,
                observed_at=LATEST - timedelta(days=400),
            )

    def doubted(self, number: int, title: str) -> ListingObserved:
        """A later look at an article's eBay listing, which shows more than there is."""
        seen = list(self.seen(number, title))[1]
        more = {"revision": 2, "quantity": 9, "observed_at": LATEST - timedelta(days=399)}
        return seen.model_copy(update=more)

    def money(self, number: int) -> Money:
        """A price."""
        return Money(amount=Decimal(12 + number % 90), currency="GBP" if number % 20 else "EUR")

    def sale(self, number: int, title: str, *, linked: bool = True) -> SaleDetected:
        """An order line in one of the states that sales are in."""
        platform = PLATFORMS[number % 3]
        account, price = self.account(platform), self.money(number)
        sold_at = LATEST - timedelta(minutes=7 * number)
        refund = Refund(refund_id=f"R{number}", amount=price, quantity=1, at=sold_at + timedelta(days=2))
        return SaleDetected(
            tenant_id=self.tenant,
            account_id=account,
            platform=platform,
            sale_id=ids.sale_id(account, f"order-{number}", "1"),
            revision=1,
            order_id=f"order-{number}",
            order_number=f"26-{number:05}",
            line_id="1",
            listing_id=ids.listing_id(account, f"listing-{number}"),
            sku=f"SKU-{number:05}" if linked else None,
            title=title,
            quantity=5 if number % 100 == 0 else 1,
            payment=Payment.PAID,
            price=price,
            shipping_price=Money(amount=Decimal("3.50"), currency=price.currency),
            fees=(Fee(kind="final_value", amount=Money(amount=Decimal("1.25"), currency=price.currency)),)
            if number % 7
            else (),
            refunds=(refund,) if number % 50 == 0 else (),
            cancelled_quantity=1 if number % 41 == 0 else 0,
            shipments=(Shipment(courier="Evri", tracking_number=f"H00{number:013}", shipped_at=sold_at),),
            sold_at=sold_at,
            account_connected_at=CONNECTED,
            accepted_at=sold_at + timedelta(seconds=1),
            found_by=FoundBy.WEBHOOK,
        )

    def held(self, sale: SaleDetected, number: int) -> ListingSold:
        """What inventory made of it."""
        kind = (OwnerKind.OWN, OwnerKind.CONSIGNED, OwnerKind.OWN, OwnerKind.UNKNOWN)[number % 4]
        consignor = (
            self.consignors[number % len(self.consignors)] if self.consignors else UUID(int=number % 9)
        )
        return ListingSold(
            tenant_id=self.tenant,
            article_id=UUID(int=10_000 + number),
            sale_id=sale.sale_id,
            account_id=sale.account_id,
            platform=sale.platform,
            listing_id=sale.listing_id,
            sku=sale.sku,
            title=sale.title,
            outcome=Outcome.HELD if number % 100 else Outcome.CONTENDED,
            units_sold=sale.quantity,
            units_held=1,
            remaining=0,
            owner=Owner(kind=kind, consignor_id=consignor if kind is OwnerKind.CONSIGNED else None),
            targets=tuple(self.target(platform, number, sale) for platform in PLATFORMS),
            sold_at=sale.sold_at,
            reserved_at=sale.accepted_at,
            revision=1,
        )

    def target(self, platform: Platform, number: int, sale: SaleDetected) -> Target:
        """One listing to take down."""
        account = self.account(platform)
        return Target(
            listing_id=ids.listing_id(account, f"listing-{number}"),
            account_id=account,
            platform=platform,
            version=1,
            quantity=0,
            sold_here=platform is sale.platform,
        )

    def outcome(self, sold: ListingSold, target: Target, number: int) -> ListingDelisted | ListingFailed:
        """What a connector made of a target."""
        at = sold.sold_at + timedelta(milliseconds=900 + 350 * (number % 60))
        common = {
            "tenant_id": self.tenant,
            "account_id": target.account_id,
            "platform": target.platform,
            "article_id": sold.article_id,
            "listing_id": target.listing_id,
            "version": target.version,
            "target_quantity": 0,
            "sale_id": sold.sale_id,
        }
        if number % 97 == 0 and not target.sold_here:
            reason = "eBay refused to end the offer. End it on eBay, then mark it done."
            return ListingFailed.model_validate(
                {**common, "code": "refused", "reason": reason, "can_retry": False, "failed_at": at}
            )
        evidence = Evidence(quantity=0, buyable=False, read_at=at)
        return ListingDelisted.model_validate({**common, "applied_at": at, "evidence": evidence})

    def delisted(self, sold: ListingSold, number: int) -> DelistProgress | DelistCompleted:
        """How its listings came off sale."""
        failed = number % 97 == 0
        kind = DelistProgress if failed else DelistCompleted
        at = sold.sold_at + timedelta(seconds=2)
        steps = tuple(
            Step(
                listing_id=target.listing_id,
                account_id=target.account_id,
                platform=target.platform,
                version=1,
                target_quantity=0,
                state=StepState.FAILED if failed else StepState.DONE,
                sold_here=target.sold_here,
                asked_at=sold.reserved_at,
                applied_at=None if failed else at,
                verified_at=None if failed else at,
                exposure_ms=None if failed else 900,
            )
            for target in sold.targets
        )
        return kind(
            tenant_id=self.tenant,
            article_id=sold.article_id,
            sale_id=sold.sale_id,
            revision=2,
            steps=steps,
            at=at,
        )


def batches(facts: Iterator[Fact], size: int = 500) -> Iterator[list[Fact]]:
    """As the bus hands them out."""
    while batch := list(itertools.islice(facts, size)):
        yield batch
