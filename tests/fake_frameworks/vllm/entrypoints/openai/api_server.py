"""`python -m vllm.entrypoints.openai.api_server …`: says that it is ready, and which model it serves.

It refuses to start without the model's files, as the real one does. What goes wrong with a model stands in its
`config.json` under `stand_in` (`tests.fake_frameworks.environment.troubled_files`).
"""

import argparse
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

# What the real one prints, and ends.
ERRORS = {
    "out of memory": "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
    "unknown architecture": "ValueError: Model architectures ['HeronForCausalLM'] are not supported for now.",
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--served-model-name", required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    given, _ = parser.parse_known_args()
    trouble = json.loads((given.model / "config.json").read_text()).get("stand_in")
    if trouble in ERRORS:
        raise SystemExit(ERRORS[trouble])
    if trouble == "never ready":
        threading.Event().wait()
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
