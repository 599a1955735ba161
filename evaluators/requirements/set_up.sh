#!/usr/bin/env bash
# Makes a Python with Scorekeeper's own packages on a runner, all of them pinned by hash, and says where it is.
# TOOLS is the folder to make it in; SCOREKEEPER_SOURCE is a copy of the project; SCOREKEEPER_INPUT_PYTHON is a Python
# that has them already, and then nothing is installed.
set -euo pipefail

python="${SCOREKEEPER_INPUT_PYTHON:-}"
if [ -z "$python" ]; then
  python3 -m venv "$TOOLS/uv"
  "$TOOLS/uv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
    --require-hashes -r "$SCOREKEEPER_SOURCE/evaluators/requirements/uv.txt"
  uv="$TOOLS/uv/bin/uv"
  "$uv" venv --quiet --no-config --python '>=3.11' "$TOOLS/python"
  python="$TOOLS/python/bin/python"
  "$uv" pip install --quiet --no-config --python "$python" \
    --require-hashes -r "$SCOREKEEPER_SOURCE/requirements.lock"
  # The framework's environment is made with uv as well.
  echo "$TOOLS/uv/bin" >> "$GITHUB_PATH"
fi
echo "python=$python" >> "$GITHUB_OUTPUT"
