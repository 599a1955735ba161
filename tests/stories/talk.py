"""What the stories of comments share: people who talk in a discussion, and a bot that evaluates in real jobs."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import CommitOperationAdd, DiscussionComment, HfApi

from bot.asked_run_values import AskedRun, RunStage
from bot.words_results import read_result
from bot.words_runs import read_answers
from tests.fake_frameworks.environment import make_environment
from tests.stories.runs import RUNS, a_town, model
from tests.stories.town import BOT, OWNER, Repo, Town

MOST_EDITS = 3
_STATE = re.compile(r"<!-- scorekeeper:state (\d+) -->")


@dataclass
class Talk:
    """A discussion of a model repo."""

    repo: Repo
    number: int

    @property
    def town(self) -> Town:
        return self.repo.town

    def say(self, text: str, who: HfApi | None = None) -> None:
        """Somebody comments, the author unless said otherwise, and everything happens that follows."""
        (who or self.town.author).comment_discussion(self.repo.id, self.number, text)
        self.town.settle()

    def comments(self) -> list[DiscussionComment]:
        details = self.town.author.get_discussion_details(self.repo.id, self.number)
        return [event for event in details.events if isinstance(event, DiscussionComment)]

    def answers(self) -> list[str]:
        """What the bot says here, as it stands now."""
        return [one.content for one in self.comments() if one.author == BOT]

    def edits(self) -> list[int]:
        """How often each comment of the bot was edited."""
        return [one._event["data"].get("numEdits", 0) for one in self.comments() if one.author == BOT]

    def runs(self) -> list[AskedRun]:
        """The runs of the repo, newest first."""
        return self.town.evaluations.runs.of_repo(self.repo.hub_id, 100)

    def finish(self, seconds: float = 60) -> AskedRun:
        """Let the runs come to an end that can. Returns the newest."""
        deadline = time.monotonic() + seconds
        while any(not one.told and one.stage is not RunStage.WAITING for one in self.runs()):
            assert time.monotonic() < deadline, self.runs()
            self.town.serving.call(self.town.keeper.remind())
            self.town.hurry()
            self._await_jobs()
        return self.runs()[0]

    def _await_jobs(self) -> None:
        """Wait for what runs in jobs: their logs end when they do."""
        for run in self.runs():
            if run.stage is RunStage.RUNNING and run.request.launcher == "jobs" and not run.cancel_asked:
                for _ in self.town.bot.fetch_job_logs(job_id=run.place_id or "", namespace=BOT, follow=True):
                    pass

    def move_model(self) -> str:
        """The author pushes other weights. Returns the new commit."""
        files = [CommitOperationAdd("tokenizer_config.json", b'{"chat_template": "{{ other }}"}')]
        commit = self.town.author.create_commit(self.repo.id, files, commit_message="Better")
        self.town.settle()
        return commit.oid


def discussion(place: Town, text: str = "How good is it?", who: HfApi | None = None, repo: Repo | None = None) -> Talk:
    """Somebody opens a discussion at a model, and everything happens that follows."""
    repo = repo or model(place)
    opened = (who or place.author).create_discussion(repo.id, "Evaluation", description=text)
    place.settle()
    return Talk(repo, opened.num)


@contextmanager
def a_talking_town(folder: Path, postgres: str, name: str, **settings: Any) -> Iterator[Town]:
    """A town whose bot evaluates in jobs; at the end it is seen that it said no more than it may."""
    dollars = dict.fromkeys(("day_usd", "month_usd", "repo_day_usd", "user_day_usd"), 1e6)
    given = {"runs": True, "results_repo": RUNS, "home": folder / "home", **dollars, **settings}
    if "jobs_python" not in given:
        given["jobs_python"] = make_environment(folder / "venv")
    with pytest.MonkeyPatch.context() as patch, a_town(folder, postgres, name, jobs=True, **given) as running:
        patch.setenv("HF_HUB_DISABLE_XET", "1")
        patch.setattr("evaluators.runs.launch_jobs.PAUSE", 0.05)
        yield running
        it_was_quiet(running)


def it_was_quiet(place: Town) -> None:
    """The bot said no more than it may in all discussions that there are, judged by what people see.

    It may answer a comment once and tell the end of a run once, so that a run makes two comments at most; and it may
    edit an answer three times for each run that the answer tells of. In its own pull requests, where nobody asked for
    anything, it may say what becomes of them.
    """
    found = []
    for repo in place.author.list_models(author=OWNER):
        for opened in place.author.get_repo_discussions(repo.id):
            talk = Talk(Repo(place, repo.id), opened.num)
            own = opened.is_pull_request and opened.author == BOT
            found += [f"{repo.id} {opened.num}: {problem}" for problem in _problems(talk, own=own)]
    assert not found, found


def _problems(talk: Talk, *, own: bool) -> Iterator[str]:
    ours = [one for one in talk.comments() if one.author == BOT]
    answered = Counter(asked for one in ours for asked in read_answers(one.content))
    told = Counter(run for one in ours if (run := read_result(one.content)) is not None)
    states = [_STATE.findall(one.content) for one in ours]
    # Numbers of runs begin anew when the database is lost: then another answer tells of the same number.
    begun = Counter(int(run) for runs in states for run in runs)
    yield from (f"comment {asked} has {count} answers" for asked, count in answered.items() if count > 1)
    yield from (f"the end of run {run} is told {count} times" for run, count in told.items() if count > begun[run])
    for one, runs, edits in zip(ours, states, talk.edits(), strict=True):
        # Nobody asked for our own pull requests; and in a story somebody speaks with our account.
        if own or one.hidden or one.content.startswith("/"):
            continue
        if not read_answers(one.content) and read_result(one.content) is None:
            yield f"neither an answer nor a result: {one.content[:200]!r}"
        if edits > MOST_EDITS * len(runs):
            yield f"{edits} edits of {one.content[:200]!r}"
