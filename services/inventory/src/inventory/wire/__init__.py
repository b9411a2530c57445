"""Foreign shapes to inventory's domain and back: facts of the bus, bodies of the HTTP API, files of articles."""

from inventory.wire.events import (
    consignor,
    contract_of,
    observation,
    reached,
    sale_elsewhere,
    sale_line,
)
from inventory.wire.similarity import alike

__all__ = ["alike", "consignor", "contract_of", "observation", "reached", "sale_elsewhere", "sale_line"]
