"""Starts lighteval 0.13 beside today's vLLM and without the network; run in lighteval's own environment.

usage: python lighteval_launch.py accelerate|vllm|endpoint … (the arguments of `lighteval`)

lighteval 0.13 accepts vLLM only from 0.10.0 to 0.10.1 and calls it as it was then; there is no newer release. What
changed since is small, and stands here: the place of `get_tokenizer`, `swap_space`, and how token ids are given. It
also fetches a pickle of one family of tasks from the network while it loads the others; it only looks whether the file
is there.

Its files do not tell the commit of the data, nor which answers were cut or never came: an API that does not answer has
said nothing, which is an answer to lighteval, and a wrong one. `answers.json` in the output folder has their number.
"""

import json
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from loaded_data import commit  # type: ignore[import-not-found] # beside this file in the folder of the run

PICKLE = "tasks/tasks/tinyBenchmarks.pkl"
ANSWERS = "answers.json"


@dataclass
class Answers:
    """How many answers ended at a limit of tokens that is not the task's own, how many never came, and why."""

    cut: int = 0
    unanswered: int = 0
    error: str = ""


class UnansweredError(Exception):
    """A question got no answer, however often it was asked; the message is the last error."""


def main(arguments: list[str]) -> None:
    """Make the changes that the command needs, then run lighteval's own command line."""
    spec = find_spec("lighteval")
    if spec is None or spec.origin is None:
        sys.exit("lighteval is not installed here.")
    (Path(spec.origin).parent / PICKLE).touch()
    settings = json.loads(Path(next(one for one in arguments if one.endswith(".yaml"))).read_text(encoding="utf-8"))
    ours = "max_new_tokens" in settings["model_parameters"]["generation_parameters"]
    with _kept(Path(arguments[arguments.index("--output-dir") + 1])) as answers:
        {"vllm": _adapt, "accelerate": _watch_transformers, "endpoint": _watch_api}[arguments[0]](answers, ours=ours)
        _tell_data()
        from lighteval.__main__ import app  # noqa: PLC0415 - only after the changes

        app(prog_name="lighteval")


@contextmanager
def _kept(folder: Path) -> Iterator[Answers]:
    answers = Answers()
    try:
        yield answers
    finally:
        (folder / ANSWERS).write_text(json.dumps(asdict(answers)), encoding="utf-8")


def _tell_data() -> None:
    """The commit that was loaded stands where a task may ask for one."""
    from lighteval.tasks.lighteval_task import LightevalTask  # noqa: PLC0415 - slow

    download = LightevalTask.download_dataset_worker

    def told_download(task: Any) -> Any:
        data = download(task)
        task.config.hf_revision = commit(data) or task.config.hf_revision
        return data

    LightevalTask.download_dataset_worker = staticmethod(told_download)


def _watch_transformers(answers: Answers, *, ours: bool) -> None:
    from lighteval.models.transformers.transformers_model import TransformersModel  # noqa: PLC0415 - slow

    # There is no other place where the limit and the tokens of an answer are seen.
    generate = TransformersModel._generate_padded  # noqa: SLF001 - see above

    def watched(self: Any, batch: Any, max_new_tokens: int, stop_tokens: list[str], **options: Any) -> Any:
        # Less room than the task gives is what the model's length left.
        short = ours or batch.input_ids.shape[1] + max_new_tokens >= self.max_length
        found = generate(self, batch=batch, max_new_tokens=max_new_tokens, stop_tokens=stop_tokens, **options)
        for tokens in (one for response in found for one in response.output_tokens if short):
            ended = self.tokenizer.eos_token_id in tokens.tolist()
            text = self.tok_decode([tokens])[0]
            answers.cut += len(tokens) >= max_new_tokens and not ended and not any(stop in text for stop in stop_tokens)
        return found

    TransformersModel._generate_padded = watched  # noqa: SLF001 - see above


def _watch_api(answers: Answers, *, ours: bool) -> None:
    from lighteval.models.endpoints import litellm_model  # noqa: PLC0415 - slow

    class Nothing(litellm_model.LitellmModelResponse):  # type: ignore[misc] # litellm has no types here
        """What lighteval makes up when it has given up."""

    litellm_model.LitellmModelResponse = Nothing
    client, name = litellm_model.LiteLLMClient, "_LiteLLMClient__call_api"
    call, complete = getattr(client, name), litellm_model.litellm.completion

    def watched_completion(*arguments: Any, **options: Any) -> Any:
        try:
            return complete(*arguments, **options)
        except Exception as error:
            answers.error = str(error)[-1000:]
            raise

    def watched_call(self: Any, prompt: Any, logits: Any, max_new_tokens: int | None, *rest: Any) -> Any:
        response = call(self, prompt, logits, max_new_tokens, *rest)
        if isinstance(response, Nothing):
            answers.unanswered += 1
            # All further ones would be paid for in vain.
            raise UnansweredError(answers.error)
        if ours or max_new_tokens is None:
            answers.cut += sum(choice.finish_reason == "length" for choice in response.choices)
        return response

    litellm_model.litellm.completion = watched_completion
    setattr(client, name, watched_call)


def _adapt(answers: Answers, *, ours: bool) -> None:
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
            found = super().generate(*arguments, **options)
            sampling = options["sampling_params"]
            # Where only likelihoods are compared, one token is generated for nothing.
            if sampling.prompt_logprobs is None and (ours or sampling.max_tokens is None):
                answers.cut += sum(one.finish_reason == "length" for request in found for one in request.outputs)
            return found

    vllm.LLM = LLM


if __name__ == "__main__":
    main(sys.argv[1:])
