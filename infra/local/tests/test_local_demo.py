"""`soldwire demo --once` as a person runs it: everything starts, four sales are followed, everything is gone again."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from soldwire_local.demo import EMAIL, PASSWORD
from soldwire_local.services import discover, repository

pytestmark = pytest.mark.stack
STANDS = "A seller's shop stands"
BEFORE = {"sold", "accepted", "reserved", "recorded", "asked"}
ENDS = {"COAT": "taken_down", "BAG": "taken_down", "BOOTS": "taken_down", "MUG": "adjusted"}
"""What becomes of the other listings of each article that is sold; of three mugs two are left."""
MILLISECONDS = re.compile(r"-?[\d,]+")


@asynccontextmanager
async def demo(data: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command with data of its own; told to stop if it is still there in the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "soldwire_local", "demo", "--once"),
        cwd=repository(),
        env={**os.environ, "SOLDWIRE_HOME": str(data)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            await process.wait()


async def followed(process: asyncio.subprocess.Process) -> tuple[list[str], list[psutil.Process]]:
    """All it prints, and the processes it had begun once its shop stood."""
    assert process.stdout is not None
    lines: list[str] = []
    begun: list[psutil.Process] = []
    async for line in process.stdout:
        lines.append(line.decode().rstrip("\n"))
        if STANDS in lines[-1]:
            begun = psutil.Process(process.pid).children(recursive=True)
    await process.wait()
    return lines, begun


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


def left_behind(begun: list[psutil.Process], data: Path) -> list[psutil.Process]:
    """Who of those is alive, and whoever else names the data."""
    alive = [p for p in begun if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    naming = [p for p in psutil.process_iter(["cmdline"]) if str(data) in " ".join(p.info["cmdline"] or [])]
    return alive + naming


async def test_the_demo_follows_every_sale_tells_the_login_and_leaves_nothing(tmp_path: Path) -> None:
    async with demo(tmp_path) as process:
        lines, begun = await followed(process)
    out = "\n".join(lines)
    assert process.returncode == 0, out
    assert len(begun) > len(discover()), "Kafka, PostgreSQL, the sandbox and every service ran"
    assert left_behind(begun, tmp_path) == []
    shown = ways(lines)
    assert set(shown) == set(ENDS), out
    for article, end in ENDS.items():
        hops = {hop for hop, *_ in shown[article]}
        assert hops >= {*BEFORE, end, "verified"}, out
        first, *others = shown[article]
        spans = [*first[2:4], *(span for row in others for span in row[2:5])]
        assert all(MILLISECONDS.fullmatch(span) for span in spans), out
    assert "the marketplaces now show: shopify off sale, ebay off sale, depop 1" in out
    assert "the marketplaces now show: shopify 2, ebay 2" in out
    assert re.search(r"^Dashboard +http://127\.0\.0\.1:\d+$", out, re.MULTILINE), out
    assert re.search(rf"^Login +{re.escape(EMAIL)} +/ +{re.escape(PASSWORD)}$", out, re.MULTILINE), out
