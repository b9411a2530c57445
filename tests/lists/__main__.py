"""`make lists`: a seller with a million sales and articles; every list query's time, and what it looks at."""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import uvloop
from testkit.databases import Databases
from testkit.infra import Branch, Infrastructure

from tests.lists.measuring import measure
from tests.lists.multiply import MOST_COPIES
from tests.lists.queries import Query, queries
from tests.lists.seeds import Large, seeded
from tests.lists.seller import ORIGINALS

TIMES = 60
DOCUMENTED = Path("docs/lists.json")


async def run(databases: Databases, rows: int, times: int, only: str) -> dict[str, Any]:
    """Seed, then every query."""
    found: list[dict[str, Any]] = []
    begun = time.monotonic()
    async with seeded(databases, rows) as large:
        seconds = round(time.monotonic() - begun)
        print(f"seeded {rows:,} in {seconds} s", file=sys.stderr, flush=True)
        gc.collect()
        gc.freeze()  # what seeding has left behind no service would look through
        for query in queries(large):
            if only in query.what:
                found.append(await row_of(large, query, times))
                print(line_of(found[-1]), file=sys.stderr, flush=True)
    return {"rows": rows, "times": times, "seeded_seconds": seconds, "queries": found}


async def row_of(large: Large, query: Query, times: int) -> dict[str, Any]:
    """A query's row, with what is wrong with it."""
    try:
        row = await measure(large, query, times)
    except AssertionError as error:
        row = {"service": query.service, "what": query.what, "path": query.route, "rows": 0}
        row |= {"p50": 0, "p95": 0, "looked_at": 0}
        return {**row, "whole": [], "wrong": str(error)}
    return row if row["rows"] >= query.finds else {**row, "wrong": f"found {row['rows']} rows"}


def line_of(row: dict[str, Any]) -> str:
    """One line of the table."""
    plan = row.get("wrong") or ", ".join(row["whole"]) or "by index"
    figures = f"{row['rows']:,} | {row['looked_at']:,} | {row['p50']:.1f} ms | {row['p95']:.1f} ms"
    return f"| {row['service']} | {row['what']} | {figures} | {plan} |"


def summary(queries: list[dict[str, Any]]) -> str:
    """As a Markdown table, each list by its slowest query."""
    lists: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in queries:
        lists.setdefault((row["service"], row["path"].partition("?")[0]), []).append(row)
    lines = [
        "| service | list | queries | slowest | looks at | p50 | p95 |",
        "|---|---|---:|---|---:|---:|---:|",
    ]
    for (service, path), rows in lists.items():
        slow = max(rows, key=lambda row: float(row["p95"]))
        figures = f"{slow['looked_at']:,} | {slow['p50']:,.0f} ms | {slow['p95']:,.0f} ms"
        lines.append(f"| {service} | `{path}` | {len(rows)} | {slow['what']} | {figures} |")
    return "\n".join(lines)


def main() -> int:
    """Print a table; 1 when a query reads a large table whole, finds nothing where something is, or fails."""
    parser = argparse.ArgumentParser(prog="make lists", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="sales, and articles; whole thousands")
    parser.add_argument("--times", type=int, default=TIMES, help="requests of each query")
    parser.add_argument("--only", default="", help="only queries whose name has these words")
    parser.add_argument("--json", type=Path, help=f"where to keep the figures, such as {DOCUMENTED}")
    parser.add_argument("--summary", type=Path, help="only print what such a file holds, list by list")
    options = parser.parse_args()
    if options.summary:
        print(summary(json.loads(options.summary.read_text())["queries"]))
        return 0
    if not ORIGINALS <= options.rows <= ORIGINALS * (MOST_COPIES + 1):
        parser.error(f"--rows: from {ORIGINALS} to {ORIGINALS * (MOST_COPIES + 1)}")
    with closing(Infrastructure(Branch.EMBEDDED)) as infrastructure:
        databases = Databases(infrastructure.postgres(), infrastructure.secret)
        report = uvloop.run(run(databases, options.rows, options.times, options.only))
    print("| service | query | rows | looked at | p50 | p95 | plan |\n|---|---|---:|---:|---:|---:|---|")
    print("\n".join(map(line_of, report["queries"])))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    return 1 if any(row["whole"] or "wrong" in row for row in report["queries"]) else 0


if __name__ == "__main__":
    sys.exit(main())
