"""The intent machine: from a target to the next thing to do, as pure functions (design.md, rules 3 and 4).

A listing change is a desired state. What may be done next follows from the intent, what the marketplace last
showed, and whether an earlier call may still take effect.
"""

from connector_kit.domain.intents.deciding import after_read, call_key, first_step
from connector_kit.domain.intents.recording import (
    answered,
    calling,
    look_again,
    not_done,
    pause_after,
    reached,
    taken_up,
    unclear,
)
from connector_kit.domain.intents.states import (
    Call,
    Intent,
    IntentState,
    Read,
    Step,
    Traits,
    Verdict,
    VerdictKind,
    Wait,
)

__all__ = [
    "Call",
    "Intent",
    "IntentState",
    "Read",
    "Step",
    "Traits",
    "Verdict",
    "VerdictKind",
    "Wait",
    "after_read",
    "answered",
    "call_key",
    "calling",
    "first_step",
    "look_again",
    "not_done",
    "pause_after",
    "reached",
    "taken_up",
    "unclear",
]
