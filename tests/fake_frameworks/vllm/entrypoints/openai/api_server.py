"""`python -m vllm.entrypoints.openai.api_server …`: says that it is ready, and which model it serves.

It refuses to start without the model's files, as the real one does.
"""

import argparse
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--served-model-name", required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    given, _ = parser.parse_known_args()
    json.loads((given.model / "config.json").read_text())
    if not list(given.model.glob("*.safetensors")):
        raise SystemExit("RuntimeError: Cannot find any model weights")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"data": [{"id": given.served_model_name}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    HTTPServer((given.host, given.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
