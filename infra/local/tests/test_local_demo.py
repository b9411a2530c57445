"""`soldwire demo --once` as a person runs it: everything starts, its sales are followed, everything is gone again."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest
from soldwire_local.demo import EMAIL, PASSWORD
from soldwire_local.services import discover, repository

pytestmark = pytest.mark.stack
READY = "services ready"
BEFORE = {"sold", "accepted", "reserved", "recorded", "asked"}
ENDS = {
    "COAT": "taken_down",
    "BAG": "taken_down",
    "BOOTS": "taken_down",
    "MUG": "adjusted",
    "SCARF": "taken_down",
}
"""What becomes of the other listings of each article that is sold; of three mugs two are left."""
MILLISECONDS = re.compile(r"-?[\d,]+")


@asynccontextmanager
async def demo(data: Path, printed: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command with data of its own; told to stop if it is still there in the end.

    It prints to a file: whoever it left behind would hold a pipe open.
    """
    with printed.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "soldwire_local", "demo", "--once"),
            cwd=repository(),
            env={**os.environ, "SOLDWIRE_HOME": str(data)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            await process.wait()


async def begun_by(process: asyncio.subprocess.Process, printed: Path) -> set[psutil.Process]:
    """To its end; every process seen below it since its services were ready."""
    begun: set[psutil.Process] = set()
    while process.returncode is None:
        if READY in printed.read_text(errors="replace"):
            with suppress(psutil.NoSuchProcess):
                begun.update(psutil.Process(process.pid).children(recursive=True))
        await asyncio.sleep(0.3)
    return begun


def ways(lines: list[str]) -> dict[str, list[list[str]]]:
    """The rows of each article's table, by the word its SKU begins with."""
    found: dict[str, list[list[str]]] = {}
    article = ""
    for line in lines:
        if named := re.search(r" · (\w+)-\w+-1 · ", line):
            article = named[1]
        elif line.startswith("│"):
            cells = [cell.strip() for cell in line.strip("│").split("│")]
            found.setdefault(article, []).append(cells)
    return found


def left_behind(begun: set[psutil.Process], data: Path) -> list[psutil.Process]:
    """Who of those is alive, and whoever else names the data."""
    naming = [p for p in psutil.process_iter(["cmdline"]) if str(data) in " ".join(p.info["cmdline"] or [])]
    return [process for process in begun.union(naming) if lives(process)]


def lives(process: psutil.Process) -> bool:
    """Whether it is more than an entry that nobody has read."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_the_demo_follows_every_sale_tells_the_login_and_leaves_nothing(tmp_path: Path) -> None:
    data, printed = tmp_path / "data", tmp_path / "printed"
    async with demo(data, printed) as process:
        begun = await begun_by(process, printed)
    out = printed.read_text()
    assert process.returncode == 0, out
    assert len(begun) > len(discover()), "Kafka, PostgreSQL, the sandbox and every service ran"
    assert left_behind(begun, data) == []
    shown = ways(out.splitlines())
    assert set(shown) == set(ENDS), out
    for article, end in ENDS.items():
        hops = {hop for hop, *_ in shown[article]}
        assert hops >= {*BEFORE, end, "verified"}, out
        first, *others = shown[article]
        spans = [*first[2:4], *(span for row in others for span in row[2:5])]
        assert all(MILLISECONDS.fullmatch(span) for span in spans), out
    assert "the marketplaces now show: shopify off sale, ebay off sale, depop 1" in out
    assert "the marketplaces now show: shopify 2, ebay 2" in out
    assert "consigned, to be confirmed: price 48.00, commission 19.20, consignor's share 28.80 GBP" in out
    assert re.search(r"^    (ebay|shopify) gets it$", out, re.MULTILINE), out
    assert re.search(r"^    (ebay|shopify) gets nothing: \S", out, re.MULTILINE), out
    assert "the marketplaces now show: shopify 1, ebay 1, depop 1" in out, "the hat is for sale again"
    assert re.search(r"^Dashboard +http://127\.0\.0\.1:\d+$", out, re.MULTILINE), out
    assert re.search(rf"^Login +{re.escape(EMAIL)} +/ +{re.escape(PASSWORD)}$", out, re.MULTILINE), out
