"""A door that can't keep up says so at once."""

from __future__ import annotations

import asyncio
import time

import pytest
from kit.admission import PATIENCE, Admission, Overloaded


async def test_what_waits_too_long_keeps_more_out_and_says_when_to_come_again() -> None:
    waited = 0.0
    async with Admission(lambda: waited) as admission:
        admission.check()
        waited = PATIENCE + 0.1
        with pytest.raises(Overloaded) as refused:
            admission.check()
        assert (refused.value.status, refused.value.details) == (503, {"retry_after": 5})
        waited = 0.0
        admission.check()


async def test_a_loop_that_is_late_keeps_more_out_until_it_is_not() -> None:
    async with Admission(lambda: 0.0, patience=0.2) as admission:
        await asyncio.sleep(0.15)
        time.sleep(0.5)
        for _ in range(5):
            await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            admission.check()
        await asyncio.sleep(0.3)
        admission.check()
