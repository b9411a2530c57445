"""A short form of `make shopify`: fewer variants, sales and kills."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.failure.shop_life import SHORT, life

pytestmark = [pytest.mark.stack, pytest.mark.timeout(500)]


async def test_a_shop_s_whole_life_while_its_connector_dies_equals_the_truth(tmp_path: Path) -> None:
    async with life(tmp_path, SHORT) as one:
        outcome = await one.live()
    print("\n".join(outcome.lines()))
    assert outcome.wrong == []
    assert sum(outcome.killed.values()) == SHORT.kills
    assert outcome.tokens > 3, "its tokens expired in between"
    assert outcome.sales > SHORT.sales
