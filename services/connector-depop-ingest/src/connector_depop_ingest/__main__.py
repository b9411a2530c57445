"""`python -m connector_depop_ingest run | migrate | openapi`."""

from kit.service import command_line

from connector_depop_ingest.app import build
from connector_depop_ingest.config import Settings

main = command_line("connector-depop-ingest", build, Settings, __file__)

if __name__ == "__main__":
    main()
