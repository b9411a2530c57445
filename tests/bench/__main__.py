"""`make bench`: the floor and Soldwire in one run, interleaved; prints a table and writes it as JSON."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import uvloop

from tests.bench import accept, floor, limits, loop, plumbing, starts, syncing, tracing, way
from tests.bench.figures import Report

QUIET = 5.0
"""Sales per second at which nothing queues on two cores: what one sale takes."""
HALF_LOAD = 25.0
"""Half of what two cores bear through the marketplaces' calls (section saturation)."""
BURST_RATE = 50.0
FLOOR_RECORDS = 20_000
"""Enough that what starts and ends a run is next to nothing of it."""
DOCUMENTED = Path("docs/bench.json")


async def measure(options: argparse.Namespace) -> Report:
    """The wanted sections: those on stores alone first, then the others on one running product."""
    names = ("rate", "seconds", "sales", "shops")
    report = Report(
        settings={name: getattr(options, name) for name in names}
        | {"sandbox limits": way.LIMITS, "services": way.SETTINGS}
    )
    if options.only & STORES.keys():
        await _on_stores(report, options.only)
    if options.only - STORES.keys():
        await _on_the_product(report, options)
    return report


async def _on_stores(report: Report, only: set[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="soldwire-bench-") as folder:
        async with plumbing.running(Path(folder)) as stores:
            for report.section in (name for name in STORES if name in only):
                await STORES[report.section](report, stores)


async def _on_the_product(report: Report, options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="soldwire-bench-") as folder:
        async with way.running(Path(folder), options.shops) as soldwire:
            if {"latency", "saturation"} & options.only:
                await _against_the_floor(report, soldwire, options)
            if "limits" in options.only:
                report.section = "limits"
                await limits.measure(report, soldwire, options.burst, BURST_RATE)
            for report.section in (name for name in PRODUCT if name in options.only):
                await PRODUCT[report.section](report, soldwire)


async def _memory(report: Report, soldwire: way.Way) -> None:
    for service, megabytes in soldwire.memory().items():
        report.note(f"memory, {service}", megabytes, "MB", "≤ 150 MB")


STORES = {"relay": plumbing.relay, "handler": plumbing.handler}
"""Sections that need Kafka and PostgreSQL alone."""
PRODUCT = {
    "sync": syncing.measure,
    "accept": accept.measure,
    "memory": _memory,
    "start": starts.measure,
    "tracing": tracing.measure,
}
"""Sections on a running product that need nothing but it; memory after the work, before starts make it new."""
SECTIONS = (*STORES, "latency", "saturation", "limits", *PRODUCT)


async def _against_the_floor(report: Report, soldwire: way.Way, options: argparse.Namespace) -> None:
    """Latency and saturation, the floor before Soldwire's own turn each time."""
    runtime = soldwire.runtime
    async with floor.running(runtime.kafka.bootstrap, runtime.postgres.dsn) as bare:
        await _warm(soldwire, bare, options)
        report.section = "latency"
        for rate in (QUIET, options.rate) if "latency" in options.only else ():
            await _latency(report, soldwire, bare, rate, options.seconds)
        if "saturation" in options.only:
            floor_rate = await bare.saturated(FLOOR_RECORDS)
    report.section = "saturation"
    if "saturation" in options.only:
        await _saturation(report, soldwire, floor_rate, options)


async def _warm(soldwire: way.Way, bare: floor.Floor, options: argparse.Namespace) -> None:
    paced = (options.rate + QUIET) * options.seconds if "latency" in options.only else 0
    await soldwire.stock(int(options.rate * 4 + paced) + 100)
    await soldwire.paced(options.rate, 4)
    await soldwire.drain(int(options.rate * 4))
    await bare.paced(options.rate, 2)


async def _latency(report: Report, soldwire: way.Way, bare: floor.Floor, rate: float, seconds: float) -> None:
    base = await bare.paced(rate, seconds)
    ours = await soldwire.paced(rate, seconds)
    what = f"webhook accepted → delist call on the wire, {rate:g}/s"
    aims = ("≤ 1.5", "≤ 3") if rate == HALF_LOAD else ("", "")
    report.compare(f"{what}, p50 of {ours.count}", ours.p50, base.p50, "ms", aims[0])
    report.compare(f"{what}, p99", ours.p99, base.p99, "ms", aims[1])
    report.note(f"latest sale of the load, {rate:g}/s: late by", soldwire.sales.late_ms, "ms")
    for whose, milliseconds in soldwire.cpu_each.items():
        report.note(f"CPU time a sale takes, {rate:g}/s, {whose}", milliseconds, "ms")


async def _saturation(
    report: Report, soldwire: way.Way, floor_rate: float, options: argparse.Namespace
) -> None:
    await soldwire.stock(2 * options.sales + 2 * options.shops)
    await soldwire.store_webhooks(options.sales)
    intents = await soldwire.until_intents(options.sales)
    report.compare("sales stored as webhooks → delist intents stored", intents, floor_rate, "/s", "≥ 0.5")
    await _calls_of_the_first_run(soldwire, options.sales)
    await soldwire.store_webhooks(options.sales)
    rate, calls = await soldwire.through_calls(options.sales)
    tokens = {
        (account.platform, account.name): account.made["access_token"]
        for shop in soldwire.shops
        for account in shop.accounts.values()
    }
    what = "sales stored as webhooks → listing off sale"
    for client, beside, aim in (
        (loop.plain, "a bare httpx loop", "≥ 0.7"),
        (loop.of_the_connectors, "the same loop over the connectors' transport", ""),
    ):
        fresh = await soldwire.unknown(options.sales)
        took = await loop.bare(soldwire.runtime.url("sandbox"), calls, tokens, fresh, client)
        report.compare(f"{what}, beside {beside}", rate, options.sales / took, "/s", aim)
        await soldwire.put_away(fresh)
    await soldwire.quiet(options.sales)
    report.note("marketplace calls per sale", len(calls) / options.sales, "calls")


async def _calls_of_the_first_run(soldwire: way.Way, count: int) -> None:
    """Let the intents of the run without calls through, so that they don't count in the next."""
    await soldwire.through_calls(0)
    await soldwire.drain(count)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument(
        "--rate", type=float, default=HALF_LOAD, help="sales per second of the second latency run"
    )
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--sales", type=int, default=1000, help="sales of each saturation run")
    parser.add_argument(
        "--burst", type=int, default=200, help="sales of each run against a marketplace's limit"
    )
    parser.add_argument("--shops", type=int, default=8, help="accounts on each marketplace")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, help="sections to run")
    parser.add_argument(
        "--json",
        type=Path,
        help=f"where rows are kept beside those of other sections; default {DOCUMENTED}, if every section runs",
    )
    options = parser.parse_args()
    options.only = set(options.only)
    if options.json is None and options.only == set(SECTIONS):
        options.json = DOCUMENTED
    return options


def main() -> None:
    """Parse, measure, print."""
    options = _parse()
    report = uvloop.run(measure(options))
    if options.json is not None:
        before = json.loads(options.json.read_text()) if options.json.exists() else None
        options.json.write_text(json.dumps(report.as_json(before), indent=2, default=str) + "\n")
    print(f"settings: {report.settings}")
    print(report.table())


if __name__ == "__main__":
    main()
