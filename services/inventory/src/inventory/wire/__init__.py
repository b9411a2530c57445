"""Foreign shapes to inventory's domain and back: facts of the bus, bodies of the HTTP API."""

from inventory.wire.events import contract_of, observation, reached, sale_elsewhere, sale_line

__all__ = ["contract_of", "observation", "reached", "sale_elsewhere", "sale_line"]
