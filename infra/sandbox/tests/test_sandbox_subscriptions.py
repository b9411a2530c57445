"""eBay's Notification API: who may subscribe to what, and what a destination that was marked down takes."""

import base64
from typing import Any

import httpx
from sandbox.testing import Receiver, made, sell

BASE = "/ebay/commerce/notification/v1"
PAYLOAD = {"format": "JSON", "schemaVersion": "1.0", "deliveryProtocol": "HTTPS"}


async def _application(sandbox: httpx.AsyncClient, keys: dict[str, Any]) -> dict[str, str]:
    basic = base64.b64encode(f"{keys['client_id']}:{keys['client_secret']}".encode()).decode()
    form = {"grant_type": "client_credentials", "scope": "https://api.ebay.com/oauth/api_scope"}
    minted = await sandbox.post(
        "/ebay/identity/v1/oauth2/token", data=form, headers={"Authorization": f"Basic {basic}"}
    )
    return {"Authorization": f"Bearer {minted.json()['access_token']}"}


def _destination(receiver: Receiver) -> dict[str, object]:
    config = {"endpoint": receiver.uri, "verificationToken": receiver.token}
    return {"name": "a", "status": "ENABLED", "deliveryConfig": config}


def _error(answer: httpx.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["errors"][0]["errorId"]


async def test_a_topic_is_subscribed_to_once_by_whom_it_is_for(
    sandbox: httpx.AsyncClient, receiver: Receiver
) -> None:
    keys = (await sandbox.post("/control/ebay/accounts", json={"account": "seller"})).json()
    app, user = await _application(sandbox, keys), {"Authorization": f"Bearer {keys['access_token']}"}
    taken = await sandbox.post(f"{BASE}/destination", json=_destination(receiver), headers=app)
    destination = taken.headers["location"].rpartition("/")[2]
    assert (await sandbox.get(f"{BASE}/topic/ORDER_CONFIRMATION", headers=app)).json()["scope"] == "USER"
    given: dict[str, object] = {"topicId": "ORDER_CONFIRMATION", "status": "ENABLED"}
    given |= {"destinationId": destination, "payload": PAYLOAD}
    assert _error(await sandbox.post(f"{BASE}/subscription", json=given, headers=app)) == (403, 195011)
    assert (await sandbox.post(f"{BASE}/subscription", json=given, headers=user)).status_code == 201
    assert _error(await sandbox.post(f"{BASE}/subscription", json=given, headers=user)) == (409, 195012)
    held = (await sandbox.get(f"{BASE}/subscription", headers=user)).json()["subscriptions"]
    assert [(x["topicId"], x["status"]) for x in held] == [("ORDER_CONFIRMATION", "ENABLED")]
    revoked = {**given, "topicId": "AUTHORIZATION_REVOCATION"}
    assert (await sandbox.post(f"{BASE}/subscription", json=revoked, headers=app)).status_code == 201
    await made(sandbox, "ebay", "seller", "A-1")
    await sell(sandbox, "ebay", "seller", "A-1")
    assert len(await receiver.wait(1)) == 1


async def test_a_disabled_destination_is_put_back_to_work_by_an_update(
    sandbox: httpx.AsyncClient, receiver: Receiver
) -> None:
    keys = (await sandbox.post("/control/ebay/accounts", json={"account": "seller"})).json()
    app, user = await _application(sandbox, keys), {"Authorization": f"Bearer {keys['access_token']}"}
    off = {**_destination(receiver), "status": "DISABLED"}
    taken = await sandbox.post(f"{BASE}/destination", json=off, headers=app)
    destination = taken.headers["location"].rpartition("/")[2]
    given = {"topicId": "ORDER_CONFIRMATION", "status": "ENABLED", "destinationId": destination}
    assert _error(await sandbox.post(f"{BASE}/subscription", json=given, headers=user)) == (409, 195015)
    path = f"{BASE}/destination/{destination}"
    assert (await sandbox.put(path, json=_destination(receiver), headers=app)).status_code == 204
    assert (await sandbox.get(path, headers=app)).json()["status"] == "ENABLED"
    assert (await sandbox.post(f"{BASE}/subscription", json=given, headers=user)).status_code == 201


async def test_the_application_says_where_alerts_go(sandbox: httpx.AsyncClient) -> None:
    keys = (await sandbox.post("/control/ebay/accounts", json={"account": "seller"})).json()
    app = await _application(sandbox, keys)
    assert (await sandbox.get(f"{BASE}/config", headers=app)).status_code == 404
    told = {"alertEmail": "operations@example.com"}
    assert (await sandbox.put(f"{BASE}/config", json=told, headers=app)).status_code == 204
    assert (await sandbox.get(f"{BASE}/config", headers=app)).json() == told
