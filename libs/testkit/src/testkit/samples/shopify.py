"""Bodies in Shopify's REST shapes, read from files; each is the webhook of its kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

# By the name a resource has alone; a list of them has an s more.
TOPICS = {
    "order": "orders/updated",
    "refund": "refunds/create",
    "product": "products/update",
    "fulfillment": "fulfillments/update",
    "inventory_level": "inventory_levels/update",
}


@dataclass(frozen=True)
class Sample:
    """One body, as it was written down; amounts in it that are numbers are exact."""

    name: str
    kind: str
    raw: bytes

    @property
    def told(self) -> dict[str, Any]:
        """The document."""
        return dict(json.loads(self.raw, parse_float=Decimal))

    @property
    def topic(self) -> str:
        """The webhook it is the body of."""
        return TOPICS.get(self.kind, self.kind)


def samples(folders: Iterable[Path], *kinds: str) -> list[Sample]:
    """Every sample of these kinds under the folders, in their order; a folder that is not there holds none."""
    files = [file for folder in folders for file in sorted(folder.glob("**/*.json"))]
    return [sample for file in files for sample in _of(file) if sample.kind in kinds]


def _of(file: Path) -> Iterator[Sample]:
    document = json.loads(file.read_text())
    document = document.get("body", document) or {}
    for kind in TOPICS:
        alone = document.get(kind)
        found = [alone] if isinstance(alone, dict) else document.get(f"{kind}s") or []
        for n, one in enumerate(x for x in found if isinstance(x, dict)):
            yield Sample(f"{file.parent.name}/{file.stem}[{n}]", kind, json.dumps(one).encode())
