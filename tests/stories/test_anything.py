"""Whatever people, authors and the network do, in any order: the promises hold after each step."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.claims import Claim, read_marker
from bot.present import OPEN
from localhub import Fault
from tests.stories.town import BOT, Repo, Town

SCORES = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(["41.9", "54.7", "86.3"]) for name in ("mmlu_pro", "gpqa", "gsm8k")}
)
DATASETS = {"mmlu_pro": "TIGER-Lab/MMLU-Pro", "gsm8k": "openai/gsm8k"}
FAULTS = st.builds(
    Fault,
    user=st.just(BOT),
    path=st.sampled_from(
        ["/commit/main", "/commit/refs", "/edit$", "/status$", "/resolve/", "/discussions", "expand="]
    ),
    status=st.sampled_from([500, 503, 429]),
    when=st.sampled_from(["before", "after"]),
)


@dataclass
class Memory:
    """What people did, and so what must hold."""

    declined: set[Claim] = field(default_factory=set)
    theirs: dict[str, str] = field(default_factory=dict)
    edits: int = 0


Step = Callable[[Repo, Memory], None]


def push_card(scores: dict[str, str]) -> Step:
    def step(repo: Repo, memory: Memory) -> None:
        memory.edits += 1
        repo.push_card(prose=f"Edit {memory.edits}.", **scores)

    return step


def write_results(benchmark: str, value: str) -> Step:
    """The author writes a result file by hand."""

    def step(repo: Repo, memory: Memory) -> None:
        memory.edits += 1
        path = f".eval_results/by_hand_{benchmark}.yaml"
        text = f"# edit {memory.edits}\n- dataset: {{id: {DATASETS[benchmark]}, task_id: default}}\n  value: {value}\n"
        memory.theirs[path] = text
        repo.push_file(path, text)

    return step


def open_strangers_pull(benchmark: str, value: str) -> Step:
    def step(repo: Repo, _: Memory) -> None:
        text = f"- dataset: {{id: {DATASETS[benchmark]}, task_id: default}}\n  value: {value}\n"
        repo.strangers_pull(f".eval_results/stranger_{benchmark}.yaml", text)

    return step


def close_ours(repo: Repo, memory: Memory) -> None:
    for number in open_ours(repo):
        memory.declined |= set(claims_of(repo, number))
        repo.close(number)


def reopen_ours(repo: Repo, memory: Memory) -> None:
    closed = [number for number, status in repo.bot_pulls().items() if status == "closed"]
    if closed and not open_ours(repo):
        memory.declined -= set(claims_of(repo, max(closed)))
        repo.reopen(max(closed))


def merge_ours(repo: Repo, _: Memory) -> None:
    for number in open_ours(repo):
        repo.merge(number)


def commit_to_ours(repo: Repo, _: Memory) -> None:
    for number in open_ours(repo):
        repo.commit_to_pull(number, "NOTES.md", "Mine now.")


STEPS = st.one_of(
    SCORES.map(push_card),
    SCORES.map(push_card),
    st.builds(write_results, st.sampled_from(sorted(DATASETS)), st.sampled_from(["41.9", "50.0"])),
    st.builds(open_strangers_pull, st.sampled_from(sorted(DATASETS)), st.sampled_from(["41.9", "50.0"])),
    st.sampled_from([close_ours, reopen_ours, merge_ours, commit_to_ours]),
)


def open_ours(repo: Repo) -> list[int]:
    return [number for number, status in repo.bot_pulls().items() if status in OPEN]


def claims_of(repo: Repo, number: int) -> tuple[Claim, ...]:
    description = repo.town.author.get_discussion_details(repo.id, number).events[0]
    marker = read_marker(description.content)  # type: ignore[attr-defined] # the first event is the comment
    return marker.claims if marker else ()


def everything(repo: Repo) -> list[object]:
    """All that anyone can see of the bot in this repo."""
    api = repo.town.author
    found: list[object] = [api.list_repo_commits(repo.id)[0].commit_id]
    for number in repo.bot_pulls():
        details = api.get_discussion_details(repo.id, number)
        found += [number, details.status, details.title, details.events[0].content]  # type: ignore[attr-defined] # as above
        found += [(event.type, event.id) for event in details.events]
    return found


def check(repo: Repo, memory: Memory) -> None:
    ours = open_ours(repo)
    assert len(ours) <= 1
    for number in ours:
        assert not set(claims_of(repo, number)) & memory.declined
    for path, text in memory.theirs.items():
        local = repo.town.author.hf_hub_download(repo.id, path)
        with open(local) as file:  # noqa: PTH123 - as short as it gets
            assert file.read() == text
    before = everything(repo)
    repo.town.look(repo.hub_id)
    assert everything(repo) == before


@pytest.mark.timeout(1200)
@settings(
    max_examples=int(os.environ.get("EXAMPLES", "12")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    report_multiple_bugs=False,
)
@given(steps=st.lists(st.tuples(STEPS, st.none() | FAULTS), min_size=2, max_size=8))
def test_the_promises_hold_after_each_step(chat: Town, steps: list[tuple[Step, Fault | None]]) -> None:
    repo, memory = chat.repo(), Memory()
    for step, fault in steps:
        if fault is not None:
            chat.hub.add_fault(fault)
        step(repo, memory)
        chat.hub.clear_faults()
        # What failed is tried again; nothing waits any more.
        for _ in range(3):
            chat.hurry()
        check(repo, memory)
