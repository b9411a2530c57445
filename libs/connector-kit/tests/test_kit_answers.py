"""Answers that are kept for a moment: asked for once, forgotten at once, never an old one after that."""

from __future__ import annotations

import asyncio

import pytest
from connector_kit.answers import Answers


class Register:
    """What is looked up: counts how often, and holds a look until it is let go."""

    def __init__(self) -> None:
        self.holds: dict[str, int] = {}
        self.looks = 0
        self.open = asyncio.Event()
        self.open.set()

    async def look(self, key: str) -> int | None:
        self.looks += 1
        found = self.holds.get(key)
        await self.open.wait()
        if found == 0:
            raise LookupError(key)
        return found


async def test_all_who_ask_at_once_share_one_look() -> None:
    register = Register()
    answers, register.holds = Answers(register.look, 60), {"a": 1}
    assert await asyncio.gather(*(answers.get("a") for _ in range(300))) == [1] * 300
    assert await answers.get("a") == 1
    assert register.looks == 1


async def test_what_is_over_or_was_not_there_is_looked_up_anew() -> None:
    register = Register()
    answers: Answers[str, int] = Answers(register.look, 0.0)
    assert await answers.get("a") is None
    register.holds["a"] = 1
    assert [await answers.get("a"), await answers.get("a")] == [1, 1]
    assert register.looks == 3


@pytest.mark.parametrize("all_of_it", [True, False])
async def test_a_look_that_began_before_it_was_forgotten_is_not_kept(all_of_it: bool) -> None:
    register = Register()
    answers, register.holds = Answers(register.look, 60), {"a": 1}
    register.open.clear()
    early = asyncio.create_task(answers.get("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert register.looks == 1
    register.holds["a"] = 2
    if all_of_it:
        answers.clear()
    else:
        answers.forget("a")
    late = asyncio.create_task(answers.get("a"))
    register.open.set()
    assert (await early, await late, await answers.get("a")) == (1, 2, 2)


async def test_an_error_is_of_those_who_waited_and_who_gave_up_takes_nothing_from_the_others() -> None:
    register = Register()
    answers, register.holds = Answers(register.look, 60), {"a": 0, "b": 1}
    assert [
        type(e) for e in await asyncio.gather(*(answers.get("a") for _ in range(2)), return_exceptions=True)
    ] == [
        LookupError,
        LookupError,
    ]
    register.holds["a"] = 3
    assert await answers.get("a") == 3
    register.open.clear()
    one, other = asyncio.create_task(answers.get("b")), asyncio.create_task(answers.get("b"))
    await asyncio.sleep(0)
    one.cancel()
    await asyncio.gather(one, return_exceptions=True)
    register.open.set()
    assert await other == 1
