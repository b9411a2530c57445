"""Parts of pages, each from its own owner: one that is slow or away never holds up the rest."""

from gateway.routes.panels.base import Ask, Panel, compose, router
from gateway.routes.panels.catalogue import PANELS

__all__ = ["PANELS", "Ask", "Panel", "compose", "router"]
