"""`python -m sandbox`: runs the sandbox until it is told to stop."""

import gc

import uvicorn

from sandbox.app import build
from sandbox.config import Settings
from sandbox.server import config_of, listen

# Next to nothing here is a cycle, and the truth only grows: at Python's own pace the collector takes a seventh of the
# time and stops everything for half a second to look through a few thousand orders.
COLLECT = (100_000, 20, 100)


def main() -> None:
    gc.set_threshold(*COLLECT)
    settings = Settings.from_environment()
    with listen(settings.port) as listener:
        port = listener.getsockname()[1]
        print(f"sandbox on http://127.0.0.1:{port}", flush=True)
        uvicorn.Server(config_of(build(settings), port)).run(sockets=[listener])


if __name__ == "__main__":
    main()
