"""The three notices that the law demands, which go where the application says."""

from sandbox.marketplace import BadRequest
from sandbox.shopify.rest import Body
from sandbox.shopify.webhooks import Webhooks
from sandbox.truth import Account, Buyer, World

ORDERS_FIELD = {"customers/data_request": "orders_requested", "customers/redact": "orders_to_redact"}


def notify(
    world: World,
    webhooks: Webhooks,
    account: Account,
    topic: str,
    customer: Buyer | None,
    orders: list[int] | None,
    uri: str | None,
    duplicates: int,
) -> Body:
    """Send one, and answer its body. Raises BadRequest when it says nobody or goes nowhere."""
    application = webhooks.application(account.name)
    there = uri or (application.compliance_uri if application else "")
    if not there:
        raise BadRequest("neither a uri nor the application's compliance_uri says where to")
    body: Body = {"shop_id": account.number, "shop_domain": account.name}
    if topic in ORDERS_FIELD:
        if customer is None:
            raise BadRequest(f"{topic} is about a customer")
        body["customer"] = {"id": int(customer.id), "email": customer.email, "phone": customer.phone}
        body[ORDERS_FIELD[topic]] = orders if orders is not None else _orders_of(world, account, customer)
    if topic == "customers/data_request":
        body["data_request"] = {"id": world.next()}
    webhooks.send_to(account, there, topic, body, duplicates)
    return body


def _orders_of(world: World, account: Account, customer: Buyer) -> list[int]:
    every = world.orders_of("shopify", account.name)
    return [int(order.id) for order in every if order.customer and order.customer.id == customer.id]
