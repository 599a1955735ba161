"""A town to tell stories in: a local Hub, the bot's web side and worker, and people who push, merge and close.

Everything is real: HTTP, the official client, PostgreSQL. Nothing waits for a while: deliveries are awaited until the
Hub has no more to send, and the worker runs until the queue is empty.
"""

import asyncio
import base64
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import httpx2
import psycopg
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    DiscussionComment,
    DiscussionWithDetails,
    HfApi,
)

from bot.app import create_app
from bot.claims import read_marker
from bot.context import Context
from bot.evaluations import Evaluations
from bot.hub import Hub
from bot.present import OPEN
from bot.queue import Queue
from bot.queue_jobs import NO_LOOKS
from bot.records import OWN_ECHO, PastLook, Records
from bot.run_keeper import RunKeeper
from bot.settings import Settings, Watch, Write
from bot.sweeper import Sweeper
from bot.webhook_api import WEBHOOK_PATH
from bot.webhooks import plan
from bot.worker import Worker
from evaluators.catalog import Catalogs
from evaluators.results import parse
from handlers.sweep import Sweep
from handlers.table import handlers
from localhub import LocalHub, Org, Seed, Switches, User
from tests.serving import Serving

SECRET = "the town's secret"
OWNER, AUTHOR, STRANGER, BOT = "heron-labs", "author", "stranger", "scorekeeper-bot"
OPERATOR = "operator"
SWEEP = 15
_numbers = itertools.count(1)

FRONT = "---\nlicense: apache-2.0\n---\n\n"
BENCHMARKS = {
    "mmlu_pro": "MMLU-Pro",
    "gpqa": "GPQA Diamond",
    "gsm8k": "GSM8K",
    "mmlu": "MMLU",
}


def card(prose: str = "A model.", model: str = "Heron-8B", **scores: str) -> str:
    """A model card that states these scores, in percent, beside those of another model."""
    rows = "\n".join(f"| {BENCHMARKS[name]} | {value} | 11.1 |" for name, value in scores.items())
    head = f"{FRONT}# {model}\n\n{prose}\n\n## Evaluation\n\nAccuracy in percent.\n\n"
    return f"{head}| Benchmark | {model} | Egret-9B |\n|---|---|---|\n{rows}\n"


@dataclass(repr=False)
class Town:
    """The Hub, the bot, and the people."""

    hub: LocalHub
    serving: Serving
    records: Records
    queue: Queue
    worker: Worker
    sweeper: Sweeper
    evaluations: Evaluations
    keeper: RunKeeper
    database_url: str
    author: HfApi = field(init=False)
    stranger: HfApi = field(init=False)
    operator: HfApi = field(init=False)
    bot: HfApi = field(init=False)

    def __post_init__(self) -> None:
        self.author, self.stranger, self.operator, self.bot = (
            HfApi(endpoint=self.hub.url, token=f"hf_{name}") for name in (AUTHOR, STRANGER, OPERATOR, BOT)
        )

    @property
    def context(self) -> Context:
        """What the handlers of looks are given."""
        return self.evaluations.context

    @property
    def webhook_url(self) -> str:
        """Where the Hub delivers to."""
        return f"{self.serving.url}{WEBHOOK_PATH}"

    def repo(self, name: str | None = None) -> "Repo":
        """A new model repo of the owner that the bot watches."""
        repo_id = f"{OWNER}/{name or f'Heron-8B-v{next(_numbers)}'}"
        self.author.create_repo(repo_id)
        self.settle()
        return Repo(self, repo_id)

    def settle(self) -> None:
        """Let everything happen that follows from what was done: deliveries, then jobs, until neither is left."""
        for _ in range(200):
            self.hub.wait_idle(timeout=20)
            before = self.hub.delivery_counts()
            self.serving.call(self.worker.run(concurrency=2, wait=False))
            self.hub.wait_idle(timeout=20)
            # A job that waits for another one of its repo is not seen by a worker that is about to end.
            if self.hub.delivery_counts() == before and not self._due_jobs():
                return
        raise AssertionError(f"it does not settle: {self._due_jobs()}")

    def _due_jobs(self) -> list[tuple[object, ...]]:
        query = (
            "select id, task_name, lock, status, args from procrastinate_jobs job"
            " where status = 'doing' or (status = 'todo' and (scheduled_at is null or scheduled_at <= now())"
            # A job that waits for later holds up those of its repo that are less urgent.
            " and not exists (select from procrastinate_jobs other where other.lock = job.lock"
            " and other.status = 'todo' and other.priority > job.priority and other.scheduled_at > now()))"
        )
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query).fetchall()

    def card_text(self, repo: "Repo", **scores: str) -> str:
        return card("A model.", repo.name, **scores)

    def another_worker(self) -> Callable[[], None]:
        """A second worker with its own connections, as in another process: called, it runs until the queue is empty."""

        async def work() -> None:
            with Records(self.database_url) as records:
                context = replace(self.context, records=records)
                evaluations = Evaluations.of(context, self.evaluations.settings)
                async with Queue(self.database_url) as queue:
                    worker = Worker(queue, records, handlers(evaluations))
                    Sweeper(queue, records, Sweep(context, self.webhook_url, SWEEP).take)
                    await worker.run(concurrency=2, wait=False)

        return lambda: asyncio.run(work())

    def remember(self, hub_id: str, name: str) -> None:
        """What we would know if the last thing we heard was a delivery under this name."""
        query = (
            "insert into repos (id, name) values (%s, %s)"
            " on conflict (id) do update set name = excluded.name, seen = null"
        )
        with psycopg.connect(self.database_url) as connection:
            connection.execute(query, [hub_id, name])

    def sweep(self, *, full: bool = False) -> None:
        """Sweep now, and let everything happen that follows."""
        self.serving.call(self.sweeper.begin(full=full))
        self.settle()

    def waiting(self) -> set[str]:
        """What kinds of jobs wait, for later or now."""
        with psycopg.connect(self.database_url) as connection:
            rows = connection.execute("select task_name from procrastinate_jobs where status = 'todo'").fetchall()
        return {name for (name,) in rows}

    def look(self, hub_id: str) -> None:
        """Look at a repo without a delivery."""
        self.serving.call(self.queue.look_now(hub_id))
        self.settle()

    def change_settings(self, repo_id: str, **settings: object) -> None:
        """The author changes settings that the client has no method for."""
        url = f"{self.hub.url}/api/models/{repo_id}/settings"
        httpx2.put(url, json=settings, headers={"Authorization": f"Bearer hf_{AUTHOR}"}).raise_for_status()

    def seconds_until_next_job(self, hub_id: str) -> float:
        """How long the waiting look at a repo waits."""
        query = (
            "select extract(epoch from scheduled_at - now()) from procrastinate_jobs"
            " where status = 'todo' and args->>'repo_id' = %s order by priority desc, id limit 1"
        )
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(query, [hub_id]).fetchone()
        assert row is not None
        return float(row[0])

    def hurry(self) -> None:
        """Let jobs that wait for later run now."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
        self.settle()


@dataclass
class Repo:
    """A model repo, and what people do with it."""

    town: Town
    id: str

    @property
    def name(self) -> str:
        return self.id.partition("/")[2]

    def push(self, text: str) -> PastLook:
        """The author pushes a card. Returns the look that followed."""
        return self.push_file("README.md", text)

    def push_card(self, prose: str = "A model.", **scores: str) -> PastLook:
        return self.push(card(prose, self.name, **scores))

    def push_file(self, path: str, text: str) -> PastLook:
        with self._look() as look:
            self.town.author.upload_file(path_or_fileobj=text.encode(), path_in_repo=path, repo_id=self.id)
        return look[0]

    def push_bytes(self, data: bytes) -> PastLook:
        """A README as `git push` would bring it, without the checks of the client."""
        file = {"path": "README.md", "encoding": "base64", "content": base64.b64encode(data).decode()}
        lines = [{"key": "header", "value": {"summary": "Push"}}, {"key": "file", "value": file}]
        with self._look() as look:
            httpx2.post(
                f"{self.town.hub.url}/api/models/{self.id}/commit/main",
                content="\n".join(map(json.dumps, lines)),
                headers={"Authorization": f"Bearer hf_{AUTHOR}", "Content-Type": "application/x-ndjson"},
            ).raise_for_status()
        return look[0]

    def delete_file(self, path: str) -> PastLook:
        with self._look() as look:
            self.town.author.create_commit(self.id, [CommitOperationDelete(path)], commit_message="Delete a file")
        return look[0]

    @contextmanager
    def _look(self) -> Iterator[list[PastLook]]:
        """What follows from what is done inside, from the first look on; echoes of the bot's own deeds left out."""
        looks: list[PastLook] = []
        last = max((look.id for look in self.town.records.looks()), default=0)
        yield looks
        self.town.settle()
        looks += [one for one in self.town.records.looks(self.hub_id, after=last) if self._is_look(one)]

    def close(self, number: int) -> None:
        self.town.author.change_discussion_status(self.id, number, "closed")
        self.town.settle()

    def reopen(self, number: int) -> None:
        self.town.author.change_discussion_status(self.id, number, "open")
        self.town.settle()

    def merge(self, number: int) -> None:
        if self.bot_pulls()[number] == "draft":
            self.town.author.change_discussion_status(self.id, number, "open")
        self.town.author.merge_pull_request(self.id, number)
        self.town.settle()

    def commit_to_pull(self, number: int, path: str, text: str) -> None:
        """The author commits to a pull request of somebody else."""
        self.town.author.create_commit(
            self.id, [CommitOperationAdd(path, text.encode())], commit_message="An edit", revision=f"refs/pr/{number}"
        )
        self.town.settle()

    def strangers_pull(self, path: str, text: str) -> int:
        """A stranger opens a pull request."""
        answer = self.town.stranger.create_commit(
            self.id, [CommitOperationAdd(path, text.encode())], commit_message="Mine", create_pr=True
        )
        self.town.settle()
        assert answer.pr_num is not None
        return answer.pr_num

    @staticmethod
    def _is_look(one: PastLook) -> bool:
        """Whether it is neither an echo of the bot's own deeds nor about what people said."""
        return one.decision != OWN_ECHO and one.kind not in NO_LOOKS

    def last_look(self) -> PastLook:
        return [look for look in self.looks() if self._is_look(look)][-1]

    def looks(self) -> list[PastLook]:
        return self.town.records.looks(repo_id=self.hub_id)

    @property
    def hub_id(self) -> str:
        return Hub(self.town.hub.url, f"hf_{AUTHOR}").repo(self.id).id

    def bot_pulls(self) -> dict[int, str]:
        """The bot's pull requests: number to status."""
        discussions = self.town.author.get_repo_discussions(self.id, author=BOT)
        return {one.num: one.status for one in discussions if one.is_pull_request}

    def the_pull(self) -> "TheirPull":
        """The one open pull request of the bot."""
        (number,) = [number for number, status in self.bot_pulls().items() if status in OPEN]
        return TheirPull(self, number)

    def text(self, path: str, revision: str = "main") -> str:
        return Path(self.town.author.hf_hub_download(self.id, path, revision=revision)).read_text()

    def results(self, revision: str = "main") -> dict[str, float]:
        """What the result files say: dataset (and notes) to value."""
        found = {}
        for path in self.town.author.list_repo_files(self.id, revision=revision):
            if path.startswith(".eval_results/"):
                for one in parse(self.text(path, revision)):
                    found[f"{one.dataset} {one.notes}" if one.notes else one.dataset] = one.value
        return found


@dataclass
class TheirPull:
    """A pull request of the bot, as people see it."""

    repo: Repo
    number: int

    @property
    def details(self) -> DiscussionWithDetails:
        return self.repo.town.author.get_discussion_details(self.repo.id, self.number)

    @property
    def description(self) -> str:
        content: str = self.details.events[0].content  # type: ignore[attr-defined] # the first event is the comment
        return content

    def results(self) -> dict[str, float]:
        return self.repo.results(revision=f"refs/pr/{self.number}")

    def claims(self) -> Mapping[str, float]:
        marker = read_marker(self.description)
        assert marker is not None
        return {claim.dataset: claim.value for claim in marker.claims}

    def comments(self) -> list[str]:
        """What was said below the description."""
        return [event.content for event in self.details.events if isinstance(event, DiscussionComment)][1:]

    def commits(self) -> int:
        return sum(event.type == "commit" for event in self.details.events)


@contextmanager
def town(
    folder: Path,
    database_url: str,
    *,
    write: Write = Write.PR,
    switches: Switches | None = None,
    bot_is_member: bool = False,
    jobs: bool = False,
    **settings: Any,
) -> Iterator[Town]:
    """Start everything, subscribe the bot, and stop everything at the end. `settings` are those of the bot."""
    users = [User(name=name, token=f"hf_{name}", role="write") for name in (AUTHOR, STRANGER, OPERATOR, BOT)]
    members: dict[str, Literal["admin", "write"]] = {AUTHOR: "admin"}
    if bot_is_member:
        members[BOT] = "write"
    seed = Seed(users=users, orgs=[Org(name=OWNER, members=members)])
    with ExitStack() as stack:
        hub = stack.enter_context(LocalHub(folder / "hub", seed=seed, switches=switches or Switches(), jobs=jobs))
        asked_for = Settings(
            webhook_secret=SECRET,
            watch=Watch.parse(OWNER),
            settle=0.0,
            write=write,
            operators=(Hub(hub.url, f"hf_{OPERATOR}").me().id,),
            _env_file=None,
            **settings,
        )
        records = stack.enter_context(Records(database_url))
        context = Context(Hub(hub.url, f"hf_{BOT}"), records, Catalogs(), write, asked_for.watch)
        evaluations = Evaluations.of(context, asked_for)
        queue = Queue(database_url)
        worker = Worker(queue, records, handlers(evaluations))
        keeper = RunKeeper(queue, evaluations.runs)
        serving = stack.enter_context(Serving(create_app(asked_for, queue)))
        webhook_url = f"{serving.url}{WEBHOOK_PATH}"
        plan(context.hub, webhook_url, asked_for.watch).carry_out(context.hub, SECRET)
        sweeper = Sweeper(queue, records, Sweep(context, webhook_url, SWEEP).take)
        yield Town(hub, serving, records, queue, worker, sweeper, evaluations, keeper, database_url)
