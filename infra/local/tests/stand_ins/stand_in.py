"""A service for the runtime's tests: `migrate` makes a table as the owner, `run` serves /ready and its environment."""

import asyncio
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import asyncpg


async def migrate() -> None:
    connection = await asyncpg.connect(os.environ["SOLDWIRE_POSTGRES_OWNER"])
    await connection.execute("create table if not exists starts (at timestamptz default now())")
    await connection.execute("insert into starts default values")
    await connection.close()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = {name: value for name, value in os.environ.items() if name.startswith("SOLDWIRE_")}
        if self.path == "/exit":
            os._exit(3)
        self.send_response(200 if self.path in ("/ready", "/environment") else 404)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


def run() -> None:
    address = (os.environ["SOLDWIRE_HTTP_HOST"], int(os.environ["SOLDWIRE_HTTP_PORT"]))
    print("serving", address, flush=True)
    ThreadingHTTPServer(address, Handler).serve_forever()


if __name__ == "__main__":
    asyncio.run(migrate()) if sys.argv[1] == "migrate" else run()
