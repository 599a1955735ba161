"""Starts inspect so that its log says which data was loaded and which answers were cut; run in inspect's environment.

usage: python inspect_launch.py eval … (the arguments of `inspect`)

inspect's log names a data set without its commit, configuration and split. And of an answer on transformers it does not
say why it ended, nor how long it is: all of a batch are told with the length of the longest.
"""

import runpy
import sys
from contextvars import ContextVar
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlencode

from loaded_data import commit  # type: ignore[import-not-found] # beside this file in the folder of the run

DATA, TRANSFORMERS = "inspect_ai.dataset._sources.hf", "inspect_ai.model._providers.hf"
_cut: ContextVar[bool] = ContextVar("cut")


class Text(str):
    """An answer that knows whether it was cut."""

    __slots__ = ("cut",)
    cut: bool


def main(arguments: list[str]) -> None:
    """Make the changes that the command needs, then run inspect's own command line."""
    model = arguments[arguments.index("--model") + 1] if "--model" in arguments else ""
    for name, change, needed in ((DATA, tell_data, True), (TRANSFORMERS, tell_cuts, model.startswith("hf/"))):
        # Of another version's log, less is known, and nothing wrong.
        if needed and _is_there(name):
            change(import_module(name))
    runpy.run_module("inspect_ai", run_name="__main__", alter_sys=True)


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ImportError:
        return False


def tell_data(hf: Any) -> None:
    """The name of a data set in the log holds its commit, and what of it was loaded: `owner/name@commit?split=…`."""
    datasets: Any = import_module("datasets")
    load, make = datasets.load_dataset, hf.MemoryDataset
    loaded: list[tuple[str, str]] = []

    def load_dataset(path: str, *arguments: Any, **options: Any) -> Any:
        found = load(path, *arguments, **options)
        sha = commit(found)
        if sha is not None and hasattr(found, "split"):
            about = {"config": options.get("data_dir") or found.info.config_name, "split": str(found.split)}
            loaded[:] = [(path, f"{path}@{sha}?{urlencode({**about, 'rows': len(found)})}")]
        return found

    def memory_dataset(*arguments: Any, **options: Any) -> Any:
        path, name = loaded.pop() if loaded else ("", "")
        if path and path == options.get("location"):
            options["name"] = name
        return make(*arguments, **options)

    datasets.load_dataset, hf.MemoryDataset = load_dataset, memory_dataset


def tell_cuts(hf: Any) -> None:
    """The stop reason of an answer is max_tokens where it has as many tokens as it may and no end."""
    # There is no other place where the tokens of a single answer are seen.
    generate_batch, batched_generate = hf._generate_batch, hf.batched_generate  # noqa: SLF001 - see above
    generate = hf.HuggingFaceAPI.generate

    def watched_batch(batch: list[Any]) -> None:
        first = batch[0].input
        settings, decoder = first.generator.keywords, first.decoder
        ends = _ends(first.generator.func.__self__)
        stops = [one for rule in settings.get("stopping_criteria") or () for one in rule.stop_strings]

        def decode(sequences: Any) -> list[Text]:
            texts = [Text(one) for one in decoder(sequences=sequences)]
            for text, tokens in zip(texts, sequences.tolist(), strict=True):
                full = len(tokens) >= settings.get("max_new_tokens", sys.maxsize)
                text.cut = full and ends.isdisjoint(tokens) and not any(stop in text for stop in stops)
            return texts

        first.decoder = decode
        generate_batch(batch)

    async def watched_generate(given: Any) -> Any:
        answer = await batched_generate(given)
        _cut.set(answer.output.cut)
        return answer

    async def told_generate(self: Any, *arguments: Any, **options: Any) -> Any:
        output = await generate(self, *arguments, **options)
        for choice in output.choices:
            if choice.stop_reason == "unknown":
                choice.stop_reason = "max_tokens" if _cut.get() else "stop"
        return output

    hf._generate_batch, hf.batched_generate = watched_batch, watched_generate  # noqa: SLF001 - see above
    hf.HuggingFaceAPI.generate = told_generate


def _ends(model: Any) -> set[int]:
    """The tokens that end an answer; one or several, as the model's settings say."""
    found = model.generation_config.eos_token_id
    return set(found) if isinstance(found, list) else {found}


if __name__ == "__main__":
    main(sys.argv[1:])
