"""A shop to show things on: a seller with accounts on the sandbox's marketplaces, connected to every service."""

from soldwire_local.stage.api import Services
from soldwire_local.stage.control import Control
from soldwire_local.stage.seller import create_seller
from soldwire_local.stage.shop import Shop

__all__ = ["Control", "Services", "Shop", "create_seller"]
