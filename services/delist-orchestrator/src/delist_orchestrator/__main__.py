"""`python -m delist_orchestrator run | migrate | openapi`."""

from __future__ import annotations

from kit.service import command_line

from delist_orchestrator.app import build
from delist_orchestrator.config import Settings

main = command_line("delist-orchestrator", build, Settings, __file__)

if __name__ == "__main__":
    main()
