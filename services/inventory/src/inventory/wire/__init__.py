"""Foreign shapes to inventory's domain and back: facts of the bus, bodies of the HTTP API."""

from inventory.wire.events import contract_of, observation, reached, sale_elsewhere, sale_line
from inventory.wire.similarity import alike

__all__ = ["alike", "contract_of", "observation", "reached", "sale_elsewhere", "sale_line"]
