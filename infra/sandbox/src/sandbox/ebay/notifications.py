"""The Notification API: destinations with their challenge, subscriptions, and signed ORDER_CONFIRMATION pushes."""

import asyncio
import base64
import hashlib
import uuid
from functools import lru_cache

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic_core import from_json, to_json

from sandbox.deliveries import Deliveries
from sandbox.ebay.replies import Body, time_text
from sandbox.marketplace import Errand
from sandbox.truth import Account, Delivery, Order, SigningKey, Subscription, World, now

TOPIC = "ORDER_CONFIRMATION"
EVERY_SELLER = "*"


@lru_cache(maxsize=4)
def _load(pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


class Notifications:
    """Signs with one key pair for the life of the world."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self._world = world
        self._deliveries = deliveries

    def signing_key(self) -> SigningKey:
        """Made when it is first asked for."""
        key = self._world.signing_keys.get("ebay")
        if key is None:
            pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            key = SigningKey("ebay", str(uuid.uuid4()), pem.decode())
            self._world.commit(key)
        return key

    def public_key(self, key_id: str) -> Body | None:
        key = self.signing_key()
        if key.id != key_id:
            return None
        public = _load(key.private_pem).public_key()
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        text = base64.b64encode(der).decode()
        return {
            "key": f"-----BEGIN PUBLIC KEY-----{text}-----END PUBLIC KEY-----",
            "algorithm": "ECDSA",
            "digest": "SHA1",
        }

    def signature(self, body: bytes) -> str:
        """The value of `x-ebay-signature`: base64 of a JSON that holds the base64 signature."""
        key = self.signing_key()
        signed = _load(key.private_pem).sign(body, ec.ECDSA(hashes.SHA1()))
        header = {
            "alg": "ecdsa",
            "kid": key.id,
            "signature": base64.b64encode(signed).decode(),
            "digest": "SHA1",
        }
        return base64.b64encode(to_json(header)).decode()

    def order_sold(self, account: Account, order: Order, errand: Errand) -> None:
        if not errand.deliver:
            return
        notification = str(uuid.uuid4())
        body = to_json(_confirmation(account, order, notification)).decode()
        told: set[str] = set()
        made: list[Delivery] = []
        for subscription in self._subscriptions(account):
            destination = self.destination(_target(subscription))
            if destination is None or destination.status != "ENABLED" or destination.uri in told:
                continue
            told.add(destination.uri)
            made += [
                Delivery(
                    id=str(uuid.uuid4()),
                    platform="ebay",
                    account=account.name,
                    topic=TOPIC,
                    uri=destination.uri,
                    subscription=subscription.id,
                    resource=order.id,
                    body=body,
                    headers={"Content-Type": "application/json"},
                )
                for _ in range(errand.duplicates)
            ]
        self._deliveries.send(made, errand.delay)

    def _subscriptions(self, account: Account) -> list[Subscription]:
        own = self._world.subscribers("ebay", account.name, TOPIC)
        shared = [
            x
            for x in self._world.subscribers("ebay", EVERY_SELLER, TOPIC)
            if x.client_id == account.client_id
        ]
        return [x for x in (*own, *shared) if x.status == "ENABLED"]

    def render(self, delivery: Delivery) -> tuple[dict[str, str], bytes]:
        payload = from_json(delivery.body)
        payload["notification"]["publishAttemptCount"] = delivery.attempts + 1
        payload["notification"]["publishDate"] = time_text(now())
        body = to_json(payload)
        return {**delivery.headers, "X-EBAY-SIGNATURE": self.signature(body)}, body

    def gave_up(self, delivery: Delivery) -> None:
        subscription = self._world.subscriptions.get(f"ebay:{delivery.subscription}")
        destination = self.destination(_target(subscription)) if subscription else None
        if destination is not None:
            destination.status = "MARKED_DOWN"
            self._world.commit(destination)

    def destination(self, identifier: str) -> Subscription | None:
        found = self._world.subscriptions.get(f"ebay:{identifier}")
        return found if found and found.topic == "destination" and not found.removed else None

    def destinations(self, client_id: str) -> list[Subscription]:
        return [
            x
            for x in self._world.subscribers("ebay", f"app:{client_id}", "destination")
            if x.client_id == client_id
        ]

    def add_destination(
        self, client_id: str, name: str, endpoint: str, token: str, status: str = "ENABLED"
    ) -> Subscription:
        options = {"name": name}
        made = Subscription(
            "ebay",
            str(uuid.uuid4()),
            f"app:{client_id}",
            client_id,
            "destination",
            endpoint,
            now(),
            token,
            status,
            options=options,
        )
        self._world.commit(made)
        return made

    def send_all_to(self, client_id: str, endpoint: str, token: str) -> Subscription:
        """Every order of the application's sellers to one endpoint, and to no other; repeating it changes nothing."""
        known = self.destinations(client_id)
        here = next((x for x in known if (x.uri, x.secret, x.status) == (endpoint, token, "ENABLED")), None)
        here = here or self.add_destination(client_id, "control", endpoint, token)
        shared = [x for x in self._world.subscribers("ebay", EVERY_SELLER, TOPIC) if x.client_id == client_id]
        for older in [x for x in known if x is not here] + [x for x in shared if _target(x) != here.id]:
            older.removed = True
            self._world.commit(older)
        if not any(_target(x) == here.id for x in shared):
            self.subscribe(client_id, EVERY_SELLER, here.id)
        return here

    def subscribe(
        self, client_id: str, account: str, destination: str, status: str = "ENABLED", topic: str = TOPIC
    ) -> Subscription:
        options = {"destination": destination}
        made = Subscription(
            "ebay", str(uuid.uuid4()), account, client_id, topic, "", now(), "", status, options=options
        )
        self._world.commit(made)
        return made

    async def challenge(self, endpoint: str, token: str) -> Body:
        """Ask the endpoint to prove itself, as eBay does before it takes a destination."""
        code = uuid.uuid4().hex
        expected = hashlib.sha256(f"{code}{token}{endpoint}".encode()).hexdigest()
        try:
            async with asyncio.timeout(5):
                answer = await self._deliveries.client.get(endpoint, params={"challenge_code": code})
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            return {
                "challenge": f"unreachable: {type(error).__name__}",
                "status": None,
                "answer": None,
                "expected": expected,
            }
        try:
            given = answer.json().get("challengeResponse")
        except (ValueError, AttributeError):
            given = None
        typed = answer.headers.get("content-type", "").startswith("application/json")
        good = answer.status_code == 200 and typed and given == expected
        return {
            "challenge": "ok" if good else "refused",
            "status": answer.status_code,
            "answer": given,
            "expected": expected,
        }


def _target(subscription: Subscription) -> str:
    return subscription.options.get("destination", "")


def _confirmation(account: Account, order: Order, notification: str) -> Body:
    at = time_text(now())
    lines = [{"orderLineItemId": x.id, "listingId": x.product, "quantity": x.quantity} for x in order.lines]
    return {
        "metadata": {"topic": TOPIC, "schemaVersion": "1.0", "deprecated": False},
        "notification": {
            "notificationId": f"{notification}_{uuid.uuid4()}",
            "eventDate": at,
            "publishDate": at,
            "publishAttemptCount": 1,
            "data": {
                "user": {"userId": account.seller_id, "username": account.name},
                "order": {"orderId": order.id, "orderLineItems": lines},
            },
        },
    }
