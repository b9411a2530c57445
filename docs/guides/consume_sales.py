"""An example of a subscriber that is not one of ours: reads sale.recorded with aiokafka and loses nothing.

Run it beside Soldwire: python docs/guides/consume_sales.py 127.0.0.1:19092
"""

import asyncio
import sys

from aiokafka import AIOKafkaConsumer
from soldwire_contracts import Event
from soldwire_contracts.ledger import SaleRecorded

GROUP = "example.sales"


class Sales:
    """What this subscriber keeps of each sale; a database table in earnest, written with the ids in one transaction."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._revisions: dict[str, int] = {}

    def take(self, body: bytes) -> str | None:
        """Apply one record; None when it says nothing new. Raises ValueError for what is no such event."""
        event = Event[SaleRecorded].model_validate_json(body)
        if event.type != SaleRecorded.type:
            raise ValueError(f"type {event.type!r} is none this program knows")
        sale = event.data
        if str(event.id) in self._seen:
            return None  # delivered again
        self._seen.add(str(event.id))
        if sale.revision <= self._revisions.get(str(sale.sale_id), 0):
            return None  # older than what is known
        self._revisions[str(sale.sale_id)] = sale.revision
        return f"{sale.sale_id} revision {sale.revision}: {sale.title}, {sale.status}"


async def consume(brokers: str, sales: Sales) -> None:
    """Read for ever, from the oldest record kept; offsets are committed after the records were applied."""
    consumer = AIOKafkaConsumer(
        "sale.recorded",
        bootstrap_servers=brokers,
        group_id=GROUP,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        async for record in consumer:
            place = f"{record.topic}[{record.partition}]@{record.offset}"
            try:
                line = sales.take(record.value)
            except ValueError as error:
                line = f"set aside: {str(error).splitlines()[0]}"
            print(f"{place} {line or 'nothing new'}", flush=True)
            await consumer.commit()
    finally:
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run(consume(sys.argv[1], Sales()))
