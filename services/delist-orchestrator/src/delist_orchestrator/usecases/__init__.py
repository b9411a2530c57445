"""One function = one transaction: follow targets, sweep what is due, people's commands, rules, lists."""

from delist_orchestrator.usecases.brake import brakes_to_lift, lift_brakes
from delist_orchestrator.usecases.commands import Decision, command, command_chosen
from delist_orchestrator.usecases.follow import Conduct, conclude, follow, note
from delist_orchestrator.usecases.queries import (
    exposure,
    groups,
    page,
    policies,
    recorded_pauses,
    shares,
    shown,
    steps,
)
from delist_orchestrator.usecases.rules import pause, resume, set_policy
from delist_orchestrator.usecases.sweep import claim, look
from delist_orchestrator.usecases.tenants import forget

__all__ = [
    "Conduct",
    "Decision",
    "brakes_to_lift",
    "claim",
    "command",
    "command_chosen",
    "conclude",
    "exposure",
    "follow",
    "forget",
    "groups",
    "lift_brakes",
    "look",
    "note",
    "page",
    "pause",
    "policies",
    "recorded_pauses",
    "resume",
    "set_policy",
    "shares",
    "shown",
    "steps",
]
