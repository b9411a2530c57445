"""The Depop stand-in: pages behind a cookie, and what the control API can do to a shop."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from sandbox.calls import Visit
from sandbox.depop import pages
from sandbox.depop.sales_csv import sales_csv
from sandbox.marketplace import BadRequest, Errand, Happening, ListingSpec, PlainListings
from sandbox.tokens import mint
from sandbox.truth import Account, Listing, Order, World, now
from sandbox.web import Reply, Request

PAGE_SIZE = 24
ROUTES: dict[tuple[str, ...], str] = {
    ("GET", "sellinghub", "sold-items"): "soldItems",
    ("GET", "sellinghub", "sold-items", "export"): "salesCsv",
    ("GET", "sellinghub", "sold-items", "*"): "receipt",
    ("GET", "sellinghub", "active-items"): "activeItems",
    ("GET", "products", "*"): "product",
    ("GET", "products", "*", "manage"): "manageListing",
    ("POST", "products", "*", "delete"): "deleteListing",
    ("POST", "products", "*", "mark-as-sold"): "markAsSold",
}
SOLD_STATES = {"delete": "DELETED", "mark-as-sold": "MARKED_AS_SOLD"}


def route(request: Request) -> tuple[str, str]:
    """Operation name and the path's variable part."""
    asked = (request.method, *request.parts)
    for pattern, operation in ROUTES.items():
        if len(pattern) == len(asked) and all(
            want in ("*", have) for want, have in zip(pattern, asked, strict=True)
        ):
            return operation, asked[pattern.index("*")] if "*" in pattern else ""
    return "unknown", ""


class Depop(PlainListings):
    """www.depop.com as a signed-in seller sees it."""

    platform = "depop"
    outside: frozenset[str] = frozenset()

    def __init__(self, world: World) -> None:
        self._world = world
        self._calls: dict[str, Callable[[Account, str, Request, Visit], Reply]] = {
            "soldItems": self._sold_items,
            "receipt": self._receipt,
            "salesCsv": self._csv,
            "activeItems": self._active_items,
            "manageListing": self._manage,
            "deleteListing": self._take_down,
            "markAsSold": self._take_down,
        }

    def identify(self, request: Request) -> tuple[str, str, str | None, int | None]:
        operation, subject = route(request)
        token = self._world.tokens.get(request.cookies.get("access_token", ""))
        listing = subject if request.parts[:1] == ["products"] else None
        return (
            token.account if token else "",
            operation,
            listing,
            0 if operation in ("deleteListing", "markAsSold") else None,
        )

    async def look_outside(self, request: Request) -> None:
        """Depop asks nobody."""

    def answer(self, request: Request, visit: Visit) -> Reply:
        root = _root(request)
        if visit.call.fault == "challenge":
            return Reply.html(pages.render("challenge.html", root, "Just a moment..."), 403)
        operation, subject = route(request)
        if operation == "product":
            return self._product(subject, root)
        if operation == "unknown":
            return Reply.html("<h1>Page not found</h1>", 404)
        token = self._world.live_token(request.cookies.get("access_token", ""), "cookie")
        account = self._world.account("depop", token.account) if token else None
        if account is None or visit.call.fault == "signed_out":
            return Reply.html(pages.render("signin.html", root, "Log in"))
        return self._calls[operation](account, subject, request, visit)

    def _sold_items(self, account: Account, _subject: str, request: Request, _visit: Visit) -> Reply:
        return self._list(account, request, None)

    def _receipt(self, account: Account, subject: str, request: Request, _visit: Visit) -> Reply:
        order = self._world.order("depop", subject)
        if order is None or order.account != account.name:
            return Reply.html("<h1>Page not found</h1>", 404)
        return self._list(account, request, pages.receipt(self._world, order))

    def _list(self, account: Account, request: Request, receipt: dict[str, object] | None) -> Reply:
        """Newest first; the cursor is the id of the last row seen, so that new sales move nothing."""
        orders = sorted(
            self._world.orders_of("depop", account.name), key=lambda o: (o.sold_at, o.seq), reverse=True
        )
        cursor = request.query.get("cursor")
        start = next((n + 1 for n, order in enumerate(orders) if order.id == cursor), 0) if cursor else 0
        shown = orders[start : start + PAGE_SIZE]
        more = shown[-1].id if start + PAGE_SIZE < len(orders) else None
        rows = [pages.sold_row(order) for order in shown]
        return Reply.html(
            pages.render("sold.html", _root(request), "Sold items", sales=rows, next=more, receipt=receipt)
        )

    def _csv(self, account: Account, _subject: str, request: Request, _visit: Visit) -> Reply:
        try:
            first, last = (
                date.fromisoformat(x) if (x := request.query.get(key)) else None for key in ("from", "to")
            )
        except ValueError:
            return Reply.html("<h1>Invalid date</h1>", 400)
        text = sales_csv(self._world, self._world.orders_of("depop", account.name), first, last)
        disposition = 'attachment; filename="depop-sales.csv"'
        return Reply(
            200,
            text.encode("utf-8-sig"),
            {"content-type": "text/csv; charset=utf-8", "content-disposition": disposition},
        )

    def _active_items(self, account: Account, _subject: str, request: Request, _visit: Visit) -> Reply:
        wanted = request.query.get("q", "")
        found = [
            x
            for x in self._world.listings_of("depop", account.name)
            if x.state == "ONSALE" and pages.matches(x, wanted)
        ]
        return Reply.html(
            pages.render("active.html", _root(request), "Active items", listings=found, q=wanted)
        )

    def _own(self, account: Account, slug: str) -> Listing | None:
        listing = self._world.listing("depop", slug)
        return listing if listing and listing.account == account.name and listing.state != "DELETED" else None

    def _manage(self, account: Account, subject: str, request: Request, _visit: Visit) -> Reply:
        listing = self._own(account, subject)
        if listing is None or listing.state != "ONSALE":
            return Reply.html("<h1>Page not found</h1>", 404)
        return Reply.html(pages.render("manage.html", _root(request), "Manage listing", listing=listing))

    def _take_down(self, account: Account, subject: str, request: Request, visit: Visit) -> Reply:
        """Delete or Mark as sold; both need the confirm step, neither can be undone here."""
        listing = self._own(account, subject)
        if listing is None:
            return Reply.html("<h1>Page not found</h1>", 404)
        if request.form.get("confirm") != "yes":
            return Reply.redirect(f"{_root(request)}/products/{subject}/manage/", 303)
        state = SOLD_STATES[request.parts[-1]]

        def apply() -> None:
            listing.state = state if state == "DELETED" or listing.state == "ONSALE" else listing.state

        visit.change(listing, 0, apply)
        return Reply.redirect(f"{_root(request)}/sellinghub/active-items/", 303)

    def _product(self, slug: str, root: str) -> Reply:
        listing = self._world.listing("depop", slug)
        if listing is None or listing.state == "DELETED":
            return Reply.html("<h1>Sorry, this page isn’t available</h1>", 404)
        price = pages.price_text(listing.price, listing.currency)
        return Reply.html(pages.render("product.html", root, listing.title, listing=listing, price=price))

    def failure(self, request: Request, status: int, retry_after: int | None) -> Reply:  # noqa: ARG002
        reply = Reply.html("<h1>Something went wrong</h1>", status)
        after = {"retry-after": str(retry_after)} if retry_after is not None else {}
        return Reply(reply.status, reply.body, {**reply.headers, **after})

    def throttled(self, request: Request, retry_after: int | None) -> Reply:
        return self.failure(request, 429, retry_after)

    def open_account(self, fields: Mapping[str, object], base_url: str) -> dict[str, object]:
        number = self._world.next()
        name = str(fields.get("account") or f"depop_shop_{number}")
        if self._world.account("depop", name):
            raise BadRequest(f"{name} exists")
        currency = str(fields.get("currency") or "GBP")
        account = Account("depop", name, number, str(20_000_000 + number), "", currency, now())
        self._world.commit(account)
        token = mint(self._world, account, "cookie", "depop")
        return {**self.describe(account, base_url), "access_token": token.value}

    def describe(self, account: Account, base_url: str) -> dict[str, object]:
        return {
            "platform": "depop",
            "account": account.name,
            "seller_id": account.seller_id,
            "base_url": f"{base_url}/depop",
            "settings": account.settings,
        }

    def open_listing(self, spec: ListingSpec) -> Listing:
        number = self._world.next()
        words = re.sub(r"[^a-z0-9]+", "-", spec.title.lower()).strip("-")
        at = now()
        listing = Listing(
            platform="depop",
            account=spec.account.name,
            id=f"{spec.account.name}-{words}-{number:04x}",
            product=str(400_000_000 + number),
            sku=spec.sku,
            title=spec.title,
            price=spec.price,
            currency=spec.account.currency,
            quantity=spec.quantity,
            state="ONSALE",
            created_at=at,
            updated_at=at,
        )
        self._world.commit(listing)
        return listing

    def identifiers(self, listing: Listing) -> dict[str, str]:
        return {"slug": listing.id, "product": listing.product}

    def new_order_ids(self, account: Account, lines: int) -> tuple[str, str, list[str]]:  # noqa: ARG002
        number = str(300_000_000 + self._world.next())
        return number, number, [f"{number}-{n}" for n in range(1, lines + 1)]

    def set_listing(self, listing: Listing, quantity: int | None, state: str | None) -> None:
        if state is not None and state not in ("ONSALE", "MARKED_AS_SOLD"):
            raise BadRequest("state is ONSALE or MARKED_AS_SOLD")
        listing.quantity = listing.quantity if quantity is None else quantity
        listing.state = state or listing.state

    def end_listing(self, listing: Listing) -> None:
        listing.state = "DELETED"

    def sold(self, listings: Sequence[Listing]) -> None:
        for listing in listings:
            if listing.quantity <= 0 and listing.state == "ONSALE":
                listing.state = "SOLD"
                self._world.commit(listing)

    def stock_moved(self, listings: Sequence[Listing], errand: Errand) -> None:
        """Depop pushes nothing."""

    def announce(self, order: Order, happening: Happening, errand: Errand) -> None:
        """Depop pushes nothing."""


def _root(request: Request) -> str:
    """The prefix links need, so that pages work where they are served."""
    return "/depop" if request.base_url.endswith("/depop") else ""
