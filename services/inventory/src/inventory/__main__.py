"""`python -m inventory run | migrate | openapi`."""

from kit.service import command_line

from inventory.app import build
from inventory.config import Settings

main = command_line("inventory", build, Settings, __file__)

if __name__ == "__main__":
    main()
