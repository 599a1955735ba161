"""What the stories of comments share: people who talk in a discussion, and a bot that evaluates in real jobs."""

import time
from dataclasses import dataclass

from huggingface_hub import CommitOperationAdd, DiscussionComment, HfApi

from bot.asked_run_values import AskedRun, RunStage
from tests.stories.runs import model
from tests.stories.town import BOT, Repo, Town


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

    def finish(self) -> AskedRun:
        """Let the runs come to an end that can. Returns the newest."""
        deadline = time.monotonic() + 60
        while any(not one.told and one.stage is not RunStage.WAITING for one in self.runs()):
            assert time.monotonic() < deadline, self.runs()
            self.town.serving.call(self.town.keeper.remind())
            self.town.hurry()
        return self.runs()[0]

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
