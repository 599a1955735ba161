"""What the service is compared with, each as a process.

usage: python -m bench.servers floor|trivial PORT DATABASE_URL

floor: the same stack (FastAPI, uvicorn with our options, psycopg's pool), one INSERT for each delivery and nothing
else. trivial: asyncio alone, an answer of fixed bytes; what the load generator gets from it is the generator's ceiling.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from psycopg_pool import AsyncConnectionPool

from bot.http_server import SERVER_OPTIONS

ANSWER = b'HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\ncontent-length: 18\r\n\r\n{"outcome":"look"}'
# huggingface_hub's own server, run by the Python of an environment that has gradio.
PEER = """
import sys
from huggingface_hub import WebhookPayload, WebhooksServer

server = WebhooksServer(webhook_secret=sys.argv[2])

@server.add_webhook("/push")
async def push(payload: WebhookPayload):
    return {"outcome": "look"}

server.launch(share=False, server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True)
"""


def floor(url: str) -> FastAPI:
    """The least that could store a delivery in PostgreSQL."""
    pool = AsyncConnectionPool(url, min_size=1, max_size=8, open=False)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with pool:
            async with pool.connection() as connection:
                await connection.execute(
                    "create table if not exists floor (id bigint generated always as identity, body text)"
                )
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/webhook", status_code=202)
    async def webhook(request: Request) -> JSONResponse:
        body = await request.body()
        async with pool.connection() as connection:
            await connection.execute("insert into floor (body) values (%s)", [body.decode()])
        return JSONResponse({"outcome": "look"}, status_code=202)

    @app.get("/readyz")
    async def ready() -> dict[str, str]:
        return {}

    return app


class Trivial(asyncio.Protocol):
    """Answers each piece that ends a delivery."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to write to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, _: bytes) -> None:
        """Answer; the deliveries of the load generator come in one piece."""
        self._transport.write(ANSWER)


async def trivial(port: int) -> None:
    """Serve until told to stop."""
    server = await asyncio.get_running_loop().create_server(Trivial, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    kind, number, *rest = sys.argv[1:]
    if kind == "floor":
        uvicorn.run(floor(rest[0]), host="127.0.0.1", port=int(number), **SERVER_OPTIONS)
    else:
        asyncio.run(trivial(int(number)))
