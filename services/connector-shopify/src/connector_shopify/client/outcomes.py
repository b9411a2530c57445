"""How a call ended, as metrics name it."""

from __future__ import annotations

from connector_kit.circuit import CircuitOpen
from connector_kit.errors import Action, CallFailed

_BY_ACTION = {
    Action.RETRY: "ambiguous",
    Action.RATE_LIMITED: "rate_limited",
    Action.AMBIGUOUS: "ambiguous",
    Action.STALE: "stale",
    Action.FAIL: "refused",
}


def outcome(failed: CallFailed | None) -> str:
    """A read whose answer was none is ambiguous too, though it may simply be repeated."""
    if failed is None:
        return "ok"
    if isinstance(failed, CircuitOpen):
        return "circuit_open"
    if failed.problem.login:
        return "login"
    return "unreachable" if failed.problem.away else _BY_ACTION[failed.problem.action]
