"""Run a coroutine in the foreground of a terminal: the first Ctrl-C or SIGTERM asks it to clean up, later ones wait."""

import asyncio
import signal
from collections.abc import Callable, Coroutine


def run(main: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run to the end or until told to stop; errors come out as they are."""
    asyncio.run(_run(main))


async def _run(main: Callable[[], Coroutine[None, None, None]]) -> None:
    work = asyncio.create_task(main())
    loop = asyncio.get_running_loop()
    told = False

    def stop() -> None:
        nonlocal told
        if not told:  # a second cancel would interrupt the clean-up
            told = True
            work.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        await work
    except asyncio.CancelledError:
        if not told:
            raise
