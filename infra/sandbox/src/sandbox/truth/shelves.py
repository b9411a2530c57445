"""What one shop has, in the orders it is asked for: variants, products and orders by number and by time."""

from collections.abc import Collection

from sandbox.truth.beside import BalanceTransaction, Payout
from sandbox.truth.goods import Listing
from sandbox.truth.ordered import Ordered
from sandbox.truth.trade import Order


class Shelves:
    """The sorted indexes of one account; what was deleted is not on them."""

    def __init__(self) -> None:
        self.variants: dict[str, Ordered[Listing]] = {"id": Ordered(), "updated_at": Ordered()}
        self.products: dict[str, Ordered[str]] = {"id": Ordered(), "updated_at": Ordered()}
        self.orders: dict[str, Ordered[Order]] = {
            "id": Ordered(),
            "updated_at": Ordered(),
            "processed_at": Ordered(),
        }
        self.balance: dict[str, Ordered[BalanceTransaction]] = {
            "id": Ordered(),
            "processed_at": Ordered(),
            "payments_transfer_id": Ordered(),
        }
        self.payouts: dict[str, Ordered[Payout]] = {"id": Ordered(), "issued_at": Ordered()}

    def put_listing(self, listing: Listing, siblings: Collection[Listing]) -> None:
        """`siblings`: every variant of its product, this one and deleted ones included."""
        number, product = int(listing.id), int(listing.product)
        if listing.state == "DELETED":
            for index in self.variants.values():
                index.drop(number)
        else:
            self.variants["id"].put((number, number), listing)
            self.variants["updated_at"].put((listing.updated_at, number), listing)
        if listing.state == "DELETED" and all(x.state == "DELETED" for x in siblings):
            for products in self.products.values():
                products.drop(product)
            return
        known = self.products["updated_at"].place_of(product)
        at = listing.product_updated_at
        changed = max(known[0], at) if known else at
        self.products["id"].put((product, product), listing.product)
        self.products["updated_at"].put((changed, product), listing.product)

    def put_order(self, order: Order) -> None:
        number = int(order.id)
        self.orders["id"].put((number, number), order)
        self.orders["updated_at"].put((order.updated_at, number), order)
        self.orders["processed_at"].put((order.sold_at, number), order)

    def put_balance(self, transaction: BalanceTransaction) -> None:
        number = transaction.seq
        self.balance["id"].put((number, number), transaction)
        self.balance["processed_at"].put((transaction.at, number), transaction)
        self.balance["payments_transfer_id"].put((transaction.payout or 0, number), transaction)

    def put_payout(self, payout: Payout) -> None:
        self.payouts["id"].put((payout.seq, payout.seq), payout)
        self.payouts["issued_at"].put((payout.issued_at, payout.seq), payout)
