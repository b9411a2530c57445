"""Contracts and HTTP bodies to and from the domain."""

from delist_orchestrator.domain import Command, Group, Platform, StepFilter, StepState
from delist_orchestrator.wire.api import (
    DelistPage,
    DelistView,
    Exposure,
    GroupCounts,
    OperationsPauseBody,
    PauseBody,
    PauseView,
    PolicyBody,
    PolicyView,
    ResumeBody,
    delist_view,
    exposure,
    group_counts,
    pause_view,
    policy,
    policy_views,
)
from delist_orchestrator.wire.commands import CommandAnswer, CommandBody, command_answer
from delist_orchestrator.wire.facts import (
    demand,
    listing_target,
    progress,
    result,
)
from delist_orchestrator.wire.lists import SharesView, StepPage, shares_view, step_page

__all__ = [
    "Command",
    "CommandAnswer",
    "CommandBody",
    "DelistPage",
    "DelistView",
    "Exposure",
    "Group",
    "GroupCounts",
    "OperationsPauseBody",
    "PauseBody",
    "PauseView",
    "Platform",
    "PolicyBody",
    "PolicyView",
    "ResumeBody",
    "SharesView",
    "StepFilter",
    "StepPage",
    "StepState",
    "command_answer",
    "delist_view",
    "demand",
    "exposure",
    "group_counts",
    "listing_target",
    "pause_view",
    "policy",
    "policy_views",
    "progress",
    "result",
    "shares_view",
    "step_page",
]
