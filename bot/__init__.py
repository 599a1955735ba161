"""The service: everything between a webhook and a pull request."""

import os

# Otherwise the client asks huggingface.co for a list that only its own statistics use, whatever Hub it talks to.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
