"""`make lists`: a seller with a million sales and articles, every list query's time and plan."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import uvloop
from kit.tokens import Caller, sign
from soldwire_local.runtime import Runtime
from testkit.databases import Databases

from tests.bench.figures import Latency
from tests.lists.facts import Seller
from tests.lists.plans import scans, watching
from tests.lists.queries import Query, queries
from tests.lists.seeds import ORIGINALS, Made, seeded

TIMES = 60
DOCUMENTED = Path("docs/lists.json")


def client_of(made: Made, seller: Seller, name: str) -> httpx.AsyncClient:
    """The service's HTTP API as the gateway calls it for the seller."""
    token = sign(made.service.settings, Caller(seller.tenant, uuid4(), "seller"), audience=name)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(made.service.app()),
        base_url=f"http://{name}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )


async def ask(client: httpx.AsyncClient, path: str) -> Any:
    """One request's answer. Raises on any other than 200."""
    answer = await client.get(path)
    answer.raise_for_status()
    return answer.json()


async def page_of(client: httpx.AsyncClient, query: Query, cursor: str) -> str:
    """The address of the page the query measures."""
    path = query.path
    for _ in range(query.deep):
        following = (await ask(client, path))["next"]
        path = f"{query.path}?{cursor}={following}"
    return path


async def measure(made: Made, seller: Seller, query: Query, times: int) -> dict[str, object]:
    """How long it takes, and which large tables it reads whole."""
    cursor = "after" if query.service == "inventory" else "cursor"
    async with client_of(made, seller, query.service) as client:
        path = await page_of(client, query, cursor)
        async with watching(made.service.database) as sent:
            answer = await ask(client, path)
        took = []
        for _ in range(times):
            begun = time.perf_counter()
            await ask(client, path)
            took.append((time.perf_counter() - begun) * 1000)
    whole = await scans(made.database.request, seller.tenant, sent)
    ordered = sorted(took)
    rows = len(answer["items"]) if isinstance(answer, dict) and "items" in answer else None
    return {
        "service": query.service,
        "what": query.what,
        "path": query.path,
        "rows": rows,
        "p50": Latency.of(took).p50,
        "p95": ordered[int(0.95 * len(ordered))],
        "statements": len(sent),
        "whole": [f"{scan.table} ({scan.rows:,.0f} rows)" for scan in whole],
    }


async def run(rows: int, times: int) -> list[dict[str, object]]:
    """Seed, then every query."""
    found = []
    with tempfile.TemporaryDirectory(prefix="soldwire-lists-") as folder:
        async with Runtime(Path(folder), services=[], sandbox=False) as runtime:
            begun = time.monotonic()
            async with seeded(Databases(runtime.postgres.dsn, runtime.secret), rows) as (seller, made):
                print(f"seeded {rows:,} in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
                for query in queries(seller):
                    row = await measure(made[query.service], seller, query, times)
                    print(line_of(row), file=sys.stderr, flush=True)
                    found.append(row)
    return found


def line_of(row: dict[str, Any]) -> str:
    """One line of the table."""
    whole = ", ".join(row["whole"]) or "by index"
    return f"| {row['service']} | {row['what']} | {row['p50']:.1f} ms | {row['p95']:.1f} ms | {whole} |"


def main() -> int:
    """Print a table; 1 when a query reads a large table whole."""
    parser = argparse.ArgumentParser(prog="make lists", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="sales, and articles; whole thousands")
    parser.add_argument("--times", type=int, default=TIMES, help="requests of each query")
    parser.add_argument("--json", type=Path, help=f"where to keep the figures, such as {DOCUMENTED}")
    options = parser.parse_args()
    if options.rows < ORIGINALS:
        parser.error(f"--rows: at least {ORIGINALS}")
    found = uvloop.run(run(options.rows, options.times))
    print("| service | query | p50 | p95 | plan |\n|---|---|---:|---:|---|")
    print("\n".join(map(line_of, found)))
    if options.json:
        options.json.write_text(json.dumps({"rows": options.rows, "queries": found}, indent=1) + "\n")
    return 1 if any(row["whole"] for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
