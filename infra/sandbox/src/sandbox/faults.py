"""Faults on order: which calls they strike, and what striking does."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from sandbox.calls import Visit
from sandbox.marketplace import Marketplace
from sandbox.web import Reply, Request

GARBAGE = Reply.html("<html><head><title>502</title></head><body>upstream connect error</body></html>")

Act = Callable[[], Reply]


@dataclass(slots=True)
class Rule:
    """One fault and the calls it waits for; `count` None strikes for ever."""

    id: str
    mode: str
    platform: str | None = None
    operation: str | None = None
    account: str | None = None
    listing: str | None = None
    count: int | None = None
    skip: int = 0
    probability: float = 1.0
    seed: int = 0
    ms: float = 0.0
    status: int = 500
    retry_after: int | None = None
    seconds: float = 30.0
    effect: bool = False
    struck: int = 0
    met: int = 0
    dice: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def matches(self, visit: Visit) -> bool:
        call = visit.call
        wanted = (self.platform, self.operation, self.account, self.listing)
        found = (call.platform, call.operation, call.account, call.listing)
        return all(want is None or want == have for want, have in zip(wanted, found, strict=True))

    def strikes(self) -> bool:
        if self.count is not None and self.struck >= self.count:
            return False
        self.met += 1
        if self.met <= self.skip or self.dice.random() >= self.probability:
            return False
        self.struck += 1
        return True


@dataclass(slots=True)
class Scene:
    """Everything a mode needs to play its fault."""

    rule: Rule
    marketplace: Marketplace
    request: Request
    visit: Visit
    act: Act


async def _latency(scene: Scene) -> Reply | None:
    await asyncio.sleep(scene.rule.ms / 2000)
    reply = scene.act()
    await asyncio.sleep(scene.rule.ms / 2000)
    return reply


async def _status(scene: Scene) -> Reply | None:
    return scene.marketplace.failure(scene.request, scene.rule.status, scene.rule.retry_after)


async def _throttle(scene: Scene) -> Reply | None:
    return scene.marketplace.throttled(scene.request, scene.rule.retry_after)


async def _timeout_before(scene: Scene) -> Reply | None:
    await asyncio.sleep(scene.rule.seconds)
    return None


async def _timeout_after(scene: Scene) -> Reply | None:
    scene.act()
    await asyncio.sleep(scene.rule.seconds)
    return None


async def _lose_reply(scene: Scene) -> Reply | None:
    scene.act()
    return None


async def _garbage(scene: Scene) -> Reply | None:
    if scene.rule.effect:
        scene.act()
    return GARBAGE


async def _effect_delayed(scene: Scene) -> Reply | None:
    scene.visit.effect_delay = scene.rule.seconds
    return scene.act()


async def _page(scene: Scene) -> Reply | None:
    scene.visit.call.fault = scene.rule.mode
    return scene.act()


async def _cut_off(scene: Scene) -> Reply | None:
    reply = scene.act()
    return replace(reply, sent=len(reply.body) // 2)


MODES: dict[str, Callable[[Scene], Awaitable[Reply | None]]] = {
    "latency": _latency,
    "status": _status,
    "throttle": _throttle,
    "timeout_before_effect": _timeout_before,
    "timeout_after_effect": _timeout_after,
    "lose_reply": _lose_reply,
    "garbage_200": _garbage,
    "effect_delayed": _effect_delayed,
    "challenge": _page,
    "signed_out": _page,
    "bulk_error": _page,
    "bulk_timeout": _page,
    "bulk_expired": _page,
    "cut_off": _cut_off,
}


class Faults:
    """The rules in force; the first that matches and strikes decides."""

    def __init__(self) -> None:
        self.rules: dict[str, Rule] = {}

    def pick(self, visit: Visit) -> Rule | None:
        for rule in self.rules.values():
            if rule.matches(visit) and rule.strikes():
                return rule
        return None

    async def play(self, rule: Rule, scene: Scene) -> Reply | None:
        """The reply, or None when the connection is to be dropped."""
        scene.visit.call.fault = rule.mode
        return await MODES[rule.mode](scene)
