"""An OpenAI-compatible API that answers, answers every other question, never answers, or wants money."""

import json
import re
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        question = json.dumps(body["messages"][-1])
        mode = self.path.split("/")[1]
        self.server.asked[mode].set()
        if mode in {"hangs", "waits"}:
            self.server.end.wait(300)
        odd = int((re.findall(r"\d+", question) or ["0"])[-1]) % 2
        if mode == "paid":
            return self._send(402, {"error": {"message": "Payment Required: the account has no credit"}})
        if mode == "half" and odd:
            return self._send(
                400, {"error": {"message": "no answer to odd questions", "type": "invalid_request_error"}}
            )
        return self._send(200, _answer(body["model"], "eta"))

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


def _answer(model: str, text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: defaultdict[str, threading.Event] = defaultdict(threading.Event)
        self.end = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what some tests are about."""


class Endpoint:
    """Serves until the block ends; `url("half")` is the address of the one that answers every other question."""

    def __enter__(self) -> Self:
        self._server = _Server()
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.end.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, mode: str) -> str:
        """The base address: good, half, hangs, waits (hangs, too) or paid."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{mode}/v1"

    def asked(self, mode: str) -> threading.Event:
        """Set once a question came to this address."""
        return self._server.asked[mode]
