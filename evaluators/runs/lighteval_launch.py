"""Starts lighteval 0.13 beside today's vLLM and without the network; run in lighteval's own environment.

usage: python lighteval_launch.py accelerate|vllm|endpoint … (the arguments of `lighteval`)

lighteval 0.13 accepts vLLM only from 0.10.0 to 0.10.1 and calls it as it was then; there is no newer release. What
changed since is small, and stands here: the place of `get_tokenizer`, `swap_space`, and how token ids are given. It
also fetches a pickle of one family of tasks from the network while it loads the others; it only looks whether the file
is there.
"""

import sys
import types
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PICKLE = "tasks/tasks/tinyBenchmarks.pkl"


def main() -> None:
    """Make the changes that the command needs, then run lighteval's own command line."""
    spec = find_spec("lighteval")
    if spec is None or spec.origin is None:
        sys.exit("lighteval is not installed here.")
    (Path(spec.origin).parent / PICKLE).touch()
    if sys.argv[1:2] == ["vllm"]:
        _adapt()
    from lighteval.__main__ import app  # noqa: PLC0415 - only after the changes

    app(prog_name="lighteval")


def _adapt() -> None:
    import vllm  # noqa: PLC0415 - slow, and not needed for every command
    from lighteval.utils import imports  # noqa: PLC0415
    from vllm.tokenizers import get_tokenizer  # noqa: PLC0415

    available = imports.is_package_available
    # It asks by name, and by the requirement of that name.
    imports.is_package_available = lambda package: getattr(package, "name", package) == "vllm" or available(package)

    old_place = types.ModuleType("vllm.transformers_utils.tokenizer")
    old_place.get_tokenizer = get_tokenizer  # type: ignore[attr-defined] # a module made here
    sys.modules[old_place.__name__] = old_place

    class LLM(vllm.LLM):  # type: ignore[misc] # vLLM has no types here
        """vLLM's engine, called as lighteval 0.13 does."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            options.pop("swap_space", None)
            super().__init__(*arguments, **options)

        def generate(self, *arguments: Any, **options: Any) -> Any:
            ids = options.pop("prompt_token_ids", None)
            if ids is not None:
                arguments = ([vllm.TokensPrompt(prompt_token_ids=list(one)) for one in ids],)
            return super().generate(*arguments, **options)

    vllm.LLM = LLM


if __name__ == "__main__":
    main()
