"""`python -m sandbox`: runs the sandbox until it is told to stop."""

from sandbox.app import build
from sandbox.config import Settings
from sandbox.server import listen, make_server


def main() -> None:
    settings = Settings.from_environment()
    with listen(settings.port) as listener:
        port = listener.getsockname()[1]
        print(f"sandbox on http://127.0.0.1:{port}", flush=True)
        make_server(build(settings), port).run(sockets=[listener])


if __name__ == "__main__":
    main()
