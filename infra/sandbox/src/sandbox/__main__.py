"""`python -m sandbox`: runs the sandbox until it is told to stop."""

import socket

from sandbox.app import build
from sandbox.config import Settings
from sandbox.server import make_server


def main() -> None:
    settings = Settings.from_environment()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", settings.port))
        port = listener.getsockname()[1]
        print(f"sandbox on http://127.0.0.1:{port}", flush=True)
        make_server(build(settings), port).run(sockets=[listener])


if __name__ == "__main__":
    main()
