"""What the Hub allows is used up: pushes wait for their turn, and nothing is refused, given up or forgotten."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from bot.admission import admitted
from bot.hub_requests import limited_by
from bot.limiter import SPREAD, Limiter
from bot.limiter_store import Shared
from bot.queue import Due
from handlers.table import handlers
from localhub.limits import Limits
from tests.stories.town import BOT, Town

MMLU_PRO = "TIGER-Lab/MMLU-Pro"


@contextmanager
def limits(chat: Town, api: int) -> Iterator[None]:
    """The Hub enforces a limit, and the bot's limiter is at work."""
    # Asked for once in the life of a process.
    chat.context.hub.me()
    with Shared(chat.database_url) as windows:
        limiter = Limiter(windows, chat.hub.url, f"hf_{BOT}")
        before = dict(chat.worker._handlers)
        chat.worker._handlers = admitted(handlers(chat.evaluations), limiter)
        chat.hub.set_limits(Limits(api=api))
        try:
            with limited_by(limiter):
                yield
        finally:
            chat.worker._handlers = before
            chat.hub.set_limits(Limits())
            new_window(chat)


def new_window(chat: Town) -> None:
    with psycopg.connect(chat.database_url) as connection:
        connection.execute("delete from hub_windows")


def waiting(chat: Town, hub_id: str) -> list[tuple[int, int]]:
    """Priority and attempt of the waiting looks at a repo."""
    query = "select priority, coalesce((args->>'attempt')::int, 0) from procrastinate_jobs where args->>'repo_id' = %s"
    with psycopg.connect(chat.database_url) as connection:
        return connection.execute(query, [hub_id]).fetchall()


@pytest.fixture(autouse=True)
def _nothing_left_over(chat: Town) -> Iterator[None]:
    new_window(chat)
    # Of this story alone: others let the Hub refuse requests.
    chat.hub.clear_requests()
    yield
    chat.hurry()


def test_a_push_waits_for_the_next_window_however_many_that_takes(chat: Town) -> None:
    repo = chat.repo()
    hub_id = repo.hub_id
    with limits(chat, api=20):
        chat.context.hub.paths(repo.id, ["README.md"])
        for _ in range(12):
            chat.context.hub.paths(repo.id, ["README.md"])
        before = len(chat.records.looks(hub_id))
        chat.author.upload_file(
            path_or_fileobj=chat.card_text(repo, mmlu_pro="54.7").encode(), path_in_repo="README.md", repo_id=repo.id
        )
        chat.settle()
        for _ in range(20):
            chat.hurry()
        # No look, no attempt, and no request that the Hub had to refuse.
        assert len(chat.records.looks(hub_id)) == before
        assert [attempt for _, attempt in waiting(chat, hub_id)] == [0]
        assert 0 < chat.seconds_until_next_job(hub_id) < 303 + SPREAD
        assert 429 not in {request.status for request in chat.hub.requests(BOT)}
        chat.hub.set_limits(Limits(api=20))
        new_window(chat)
        chat.hurry()
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}


def test_live_pushes_go_before_sweeps(chat: Town) -> None:
    swept, pushed = chat.repo(), chat.repo()
    with limits(chat, api=40):
        for _ in range(22):
            chat.context.hub.paths(pushed.id, ["README.md"])
        chat.serving.call(chat.queue.defer_due([Due(swept.hub_id, swept.id)]))
        chat.settle()
        # 18 are left: not enough for a sweep, which leaves 16 to others; enough for a push.
        (priority, attempt), *more = waiting(chat, swept.hub_id)
        assert (priority < 0, attempt, more) == (True, 0, [])
        look = pushed.push_card(mmlu_pro="54.7")
        assert look.decision == "create"


def test_a_push_to_a_repo_that_a_sweep_waits_for_makes_it_urgent(chat: Town) -> None:
    repo = chat.repo()
    with limits(chat, api=40):
        for _ in range(22):
            chat.context.hub.paths(repo.id, ["README.md"])
        chat.serving.call(chat.queue.defer_due([Due(repo.hub_id, repo.id)]))
        chat.settle()
        assert waiting(chat, repo.hub_id) != []
        assert repo.push_card(mmlu_pro="54.7").decision == "create"
        assert waiting(chat, repo.hub_id) == []
