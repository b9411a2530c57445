"""Wires inventory together; nothing happens at import."""

from kit.database import Database
from kit.service import Service

from inventory import handlers, routes
from inventory.config import Settings


def build() -> Service:
    """The inventory service as one process runs it."""
    settings = Settings()
    db = Database(settings, source="/inventory")
    return Service(
        name="inventory",
        settings=settings,
        database=db,
        routers=[handlers.router],
        http=[routes.build(db)],
    )
