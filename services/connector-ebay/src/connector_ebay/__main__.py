"""`python -m connector_ebay run | migrate | openapi`."""

from kit.service import command_line

from connector_ebay.app import build
from connector_ebay.config import Settings

main = command_line("connector-ebay", build, Settings, __file__)

if __name__ == "__main__":
    main()
