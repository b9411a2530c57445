"""`python -m scheduler run | migrate | openapi`."""

from kit.service import command_line

from scheduler.app import build
from scheduler.config import Settings

main = command_line("scheduler", build, Settings, __file__)

if __name__ == "__main__":
    main()
