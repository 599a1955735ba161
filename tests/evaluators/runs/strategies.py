"""Specifications and results of every kind, for property tests."""

from typing import Any

from hypothesis import strategies as st

from evaluators.runs.spec import REVISION, Backend, ChatTemplate, Dtype, Framework, Generation, RunSpec

_NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._]{0,20}", fullmatch=True).filter(lambda name: ".." not in name)
_TASK = st.from_regex(r"[a-z0-9][a-z0-9_:]{0,20}(\|[0-9])?", fullmatch=True)
_REVISION = st.from_regex(REVISION, fullmatch=True).map(str.strip)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


GENERATIONS = st.builds(
    Generation,
    temperature=st.floats(0, 2),
    top_p=_maybe(st.floats(0.01, 1)),
    max_tokens=_maybe(st.integers(1, 100_000)),
    stop=st.lists(st.text(min_size=1, max_size=100), max_size=16).map(tuple),
)


@st.composite
def specs(draw: st.DrawFn) -> RunSpec:
    """A valid specification."""
    backend = draw(st.sampled_from(Backend))
    framework = Framework.INSPECT if backend is Backend.PROVIDER else draw(st.sampled_from(Framework))
    return RunSpec(
        model=f"{draw(_NAME)}/{draw(_NAME)}",
        revision=draw(_REVISION),
        tasks=tuple(draw(st.lists(_TASK, min_size=1, max_size=5, unique=True))),
        framework=framework,
        backend=backend,
        provider=draw(st.sampled_from(["together", "fireworks-ai"])) if backend is Backend.PROVIDER else None,
        base_url="http://127.0.0.1:8000/v1" if backend is Backend.OPENAI else None,
        fewshot=draw(_maybe(st.integers(0, 100))),
        limit=draw(_maybe(st.integers(1, 1000))),
        generation=draw(GENERATIONS),
        chat_template=draw(st.sampled_from(ChatTemplate)),
        dtype=draw(st.sampled_from(Dtype)),
        tensor_parallel=draw(st.integers(1, 8)) if backend is Backend.VLLM else 1,
        gpu_memory=draw(st.floats(0.05, 0.95)),
        max_length=draw(_maybe(st.integers(16, 200_000))),
        seed=draw(st.integers(0, 2**32 - 1)),
        time_limit=draw(st.integers(60, 86400)),
        money_limit=draw(_maybe(st.floats(0.01, 1000))),
        remote_code=draw(st.booleans()),
        pickle=draw(st.booleans()),
    )
