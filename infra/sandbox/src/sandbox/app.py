"""Builds the sandbox: one world, three marketplaces, the front desk and the control API."""

from sandbox.config import Settings
from sandbox.control.api import build_control
from sandbox.control.desk import Desk
from sandbox.deliveries import Deliveries
from sandbox.depop.site import Depop
from sandbox.ebay.site import Ebay
from sandbox.faults import Faults
from sandbox.front import Front
from sandbox.marketplace import Marketplace
from sandbox.shopify.shop import Shopify
from sandbox.truth import World


def build(settings: Settings) -> Front:
    world = World(settings.state)
    deliveries = Deliveries(world, settings.time_factor, settings.at_once)
    shopify, ebay, depop = Shopify(world, deliveries), Ebay(world, deliveries), Depop(world)
    marketplaces: dict[str, Marketplace] = {"shopify": shopify, "ebay": ebay, "depop": depop}
    deliveries.serve({"shopify": shopify, "ebay": ebay})
    faults = Faults()
    control = build_control(Desk(world, marketplaces, deliveries, faults), shopify, ebay)
    return Front(world, faults, marketplaces, control)
