"""The Shopify stand-in: what its two endpoints answer, and what the control API can do to a shop."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sandbox.calls import Visit
from sandbox.deliveries import Deliveries
from sandbox.marketplace import BadRequest, Errand, Happening, ListingRules, ListingSpec
from sandbox.shopify import installing, naming, oauth, places, scopes, settings
from sandbox.shopify.admin import Admin
from sandbox.shopify.bulk import Runner
from sandbox.shopify.oauth.pairs import new_pair
from sandbox.shopify.payments import Till
from sandbox.shopify.roots import engine
from sandbox.shopify.webhooks import Webhooks
from sandbox.tokens import mint
from sandbox.truth import Account, Application, Delivery, Listing, Order, World, now
from sandbox.web import Reply, Request

AT_MOST = 200
STATES = ("ACTIVE", "DRAFT", "ARCHIVED", "UNLISTED")


class Shopify:
    """All shops of the sandbox."""

    platform = "shopify"
    outside: frozenset[str] = frozenset()

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self._world = world
        self.webhooks = Webhooks(world, deliveries)
        self.till = Till(world)
        self.bulk = Runner(world, self.webhooks, engine())
        self._admin = Admin(world, self.webhooks, self.bulk)

    def identify(self, request: Request) -> tuple[str, str, str | None, int | None]:
        parts = request.parts
        shop = parts[0] if parts else ""
        if parts[-1:] == ["graphql.json"]:
            return shop, *self._admin.identify(request)
        if parts[1:2] == ["files"]:
            return shop, "bulkFile", None, None
        return (
            shop,
            {"access_token": "token", "authorize": "authorize"}.get(parts[-1] if parts else "", "unknown"),
            None,
            None,
        )

    def answer(self, request: Request, visit: Visit) -> Reply:
        parts = request.parts
        account = self._world.account("shopify", parts[0]) if parts else None
        if account is None:
            return Reply.json({"errors": "Not Found"}, 404)
        route = (request.method, *parts[1:])
        if route == ("POST", "admin", "api", naming.VERSION, "graphql.json"):
            return self._admin.answer(account, request, visit)
        if route == ("GET", "admin", "oauth", "authorize"):
            return oauth.authorize(self._world, account, request)
        if route == ("POST", "admin", "oauth", "access_token"):
            return oauth.access_token(self._world, account, request, self.webhooks.scopes_changed)
        if request.method == "GET" and parts[1:2] == ["files"] and len(parts) == 4:
            text = self._world.kept(parts[2])
            kind = {"content-type": "application/jsonl"}
            return Reply(404) if text is None else Reply(200, text, kind)
        return Reply.json({"errors": "Not Found"}, 404)

    async def look_outside(self, request: Request) -> None:
        """Shopify asks nobody."""

    def failure(self, request: Request, status: int, retry_after: int | None) -> Reply:  # noqa: ARG002
        after = {"Retry-After": str(retry_after)} if retry_after is not None else {}
        return Reply.json({"errors": "Internal Server Error" if status >= 500 else "Error"}, status, **after)

    def throttled(self, request: Request, retry_after: int | None) -> Reply:  # noqa: ARG002
        return self._admin.throttled(request)

    def open_account(self, fields: Mapping[str, object], base_url: str) -> dict[str, object]:
        number = self._world.next()
        name = str(fields.get("account") or f"shop-{number}.myshopify.com")
        if self._world.account("shopify", name):
            raise BadRequest(f"{name} exists")
        application = self._application(fields)
        given = {name: value for name, value in fields.items() if value is not None}
        account = Account(
            platform="shopify",
            name=name,
            number=number,
            seller_id=naming.gid("Shop", number),
            client_id=application.client_id,
            currency=str(fields.get("currency") or "GBP"),
            opened_at=now(),
            settings=settings.checked(given),
            location=naming.LOCATIONS + number,
            installed=fields.get("installed") is not False,
            scopes=self._scopes(fields.get("scopes")),
            locations=self._more(fields, "locations"),
            publications=self._more(fields, "publications"),
        )
        self._world.commit(account)
        return {
            **self.describe(account, base_url),
            "client_secret": application.client_secret,
            **(self._tokens(account, fields) if account.installed else {}),
        }

    def describe(self, account: Account, base_url: str) -> dict[str, object]:
        return {
            "platform": "shopify",
            "account": account.name,
            "seller_id": account.seller_id,
            "client_id": account.client_id,
            "location_id": naming.location_gid(account),
            "locations": [naming.gid("Location", x) for x in places.places_of(account).values()],
            "publication_id": naming.gid("Publication", account.location),
            "publications": [naming.gid("Publication", x) for x in places.publications_of(account)],
            "base_url": f"{base_url}/shopify/{account.name}",
            "installed": account.installed,
            "scopes": scopes.collapsed(scopes.granted(account)),
            "settings": account.settings,
        }

    def _scopes(self, given: object) -> list[str] | None:
        """What the installed app was granted; without a word everything."""
        try:
            return None if given is None else scopes.collapsed(scopes.read(str(given)))
        except scopes.UnknownScope as error:
            raise BadRequest(f"no scope is called {error}") from error

    def _more(self, fields: Mapping[str, object], name: str) -> list[int]:
        """Numbers for the locations or publications beyond the first."""
        count = fields.get(name) or 1
        if not isinstance(count, int) or not 1 <= count <= AT_MOST:
            raise BadRequest(f"{name} is a number from 1 to {AT_MOST}")
        return [naming.LOCATIONS + self._world.next() for _ in range(count - 1)]

    def _application(self, fields: Mapping[str, object]) -> Application:
        client_id = str(fields.get("client_id") or "sandbox-shopify-app")
        known = self._world.application("shopify", client_id)
        if known is None:
            secret = str(fields.get("client_secret") or f"shpss_{secrets.token_hex(16)}")
            known = self.new_application(client_id, secret, fields.get("redirect_uris"))
        return known

    def new_application(self, client_id: str, secret: str, redirect_uris: object) -> Application:
        uris = [str(uri) for uri in redirect_uris] if isinstance(redirect_uris, list) else []
        made = Application("shopify", client_id, secret, redirect_uris=uris)
        self._world.commit(made)
        return made

    def _tokens(self, account: Account, fields: Mapping[str, object]) -> dict[str, object]:
        expiring, client_id = bool(fields.get("expiring")), account.client_id
        if not expiring:
            access, refresh = mint(self._world, account, "access", "shpat_"), None
        else:
            ttl = account.limit("token_ttl", 3600)
            access, refresh = new_pair(self._world, account, client_id, ttl)
        if given := fields.get("access_token"):
            access.revoked = True
            self._world.commit(access)
            access = replace(access, value=str(given), revoked=False)
            self._world.commit(access)
        return {"access_token": access.value, "refresh_token": refresh.value if refresh else None}

    def uninstall(self, account: Account) -> None:
        installing.uninstall(self._world, self.webhooks, account)

    def open_listing(self, spec: ListingSpec) -> Listing:
        number = self._world.next()
        at = now()
        siblings = self._world.of_product("shopify", spec.product) if spec.product else []
        head = siblings[0] if siblings else None
        listing = Listing(
            platform="shopify",
            account=spec.account.name,
            id=str(naming.VARIANTS + number),
            product=spec.product or str(naming.PRODUCTS + number),
            sku=spec.sku,
            title=spec.title,
            price=spec.price,
            currency=spec.account.currency,
            quantity=0 if spec.levels else spec.quantity,
            state=head.state if head else self._state(spec.state or "ACTIVE"),
            created_at=at,
            updated_at=at,
            policy=spec.policy,
            published=head.published if head else True,
            hidden_on=list(head.hidden_on) if head else [],
            vendor=head.vendor if head else spec.vendor,
            product_type=head.product_type if head else spec.product_type,
        )
        self._put_levels(listing, spec.levels)
        listing.moved = []
        self._world.commit(listing)
        return listing

    def opened(self, listing: Listing, errand: Errand) -> None:
        account = self._world.account("shopify", listing.account)
        siblings = self._world.of_product("shopify", listing.product)
        if account is not None:
            topic = "products/update" if len(siblings) > 1 else "products/create"
            self.webhooks.product(account, listing.product, topic, errand)

    def _put_levels(self, listing: Listing, levels: Mapping[str, int]) -> None:
        """Let each location named hold that many."""
        account = self._world.account("shopify", listing.account)
        assert account is not None
        for name, units in levels.items():
            place = places.place_named(account, name)
            if place is None:
                raise BadRequest(f"{account.name} has no location {name}")
            listing.put(place, units)

    def _state(self, state: str) -> str:
        if state not in STATES:
            raise BadRequest(f"state is one of {', '.join(STATES)}")
        return state

    def facts(self, listing: Listing) -> dict[str, object]:
        account = self._world.account("shopify", listing.account)
        assert account is not None
        return {
            "levels": places.levels_of(account, listing),
            "tracked": listing.tracked,
            "inventory_policy": listing.policy,
            "published_on": [str(x) for x in places.shown_on(account, listing)],
            "vendor": listing.vendor,
            "product_type": listing.product_type,
        }

    def identifiers(self, listing: Listing) -> dict[str, str]:
        return {
            "variant": naming.gid("ProductVariant", listing.id),
            "product": naming.gid("Product", listing.product),
            "inventory_item": naming.gid("InventoryItem", naming.item_of(listing)),
        }

    def new_order_ids(self, account: Account, lines: int) -> tuple[str, str, list[str]]:
        order_id = naming.ORDERS + self._world.next()
        name = f"#{1001 + self._world.count_orders('shopify', account.name)}"
        return str(order_id), name, [str(naming.LINES + self._world.next()) for _ in range(lines)]

    def set_listing(self, listing: Listing, quantity: int | None, state: str | None) -> None:
        listing.state = self._state(state) if state else listing.state
        if quantity is not None:
            listing.come_to(quantity)

    def set_rules(self, listing: Listing, rules: ListingRules) -> None:
        if rules.policy is not None:
            listing.tracked = rules.policy != "UNTRACKED"
            listing.policy = rules.policy if listing.tracked else listing.policy
        self._put_levels(listing, rules.levels)

    def set_published(self, listing: Listing, published: bool) -> None:
        listing.published, listing.hidden_on = published, []

    def end_listing(self, listing: Listing) -> None:
        listing.state = "DELETED"

    def sold(self, listings: Sequence[Listing]) -> None:
        """Shopify keeps a sold-out variant as it is."""

    def stock_moved(self, listings: Sequence[Listing], errand: Errand) -> None:
        for listing in listings[:1]:
            account = self._world.account("shopify", listing.account)
            if account is not None:
                self.webhooks.stock(account, listings, errand)
                self._tell_deleted(account, listings, errand)

    def _tell_deleted(self, account: Account, listings: Sequence[Listing], errand: Errand) -> None:
        for product in dict.fromkeys(x.product for x in listings if x.state == "DELETED"):
            if all(x.state == "DELETED" for x in self._world.of_product("shopify", product)):
                self.webhooks.deleted(account, product, errand)

    def announce(self, order: Order, happening: Happening, errand: Errand) -> None:
        account = self._world.account("shopify", order.account)
        if account is not None:
            self.till.ring(account, order, happening)
            self.webhooks.order(account, order, happening, errand)

    def render(self, delivery: Delivery) -> tuple[dict[str, str], bytes]:
        return self.webhooks.render(delivery)

    def gave_up(self, delivery: Delivery) -> None:
        self.webhooks.gave_up(delivery)
