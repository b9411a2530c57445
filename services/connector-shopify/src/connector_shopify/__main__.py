"""Command line: `run`, `migrate`, `openapi`."""

from kit.service import command_line

from connector_shopify.app import NAME, build
from connector_shopify.config import Settings

main = command_line(NAME, build, Settings, __file__)

if __name__ == "__main__":
    main()
