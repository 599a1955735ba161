"""What the handlers of comments and runs are given beside the context: the operator's terms, the rows, the places."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.asked_runs import AskedRuns
from bot.context import Context
from bot.runs import Where, launcher
from bot.runs_publish import Publisher
from bot.settings import Settings, Write
from bot.words_parts import Place
from evaluators.runs.launcher import Launcher

# Seconds. A run on GitHub shows a moment after it was asked for.
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Evaluations:
    """The objects of evaluations on request, made once by a composition root.

    `launchers` makes the place where a run happens, ready for use; it raises LaunchError where settings are missing.
    """

    context: Context
    settings: Settings
    runs: AskedRuns
    launchers: Callable[[Where], Launcher]

    @classmethod
    def of(cls, context: Context, settings: Settings) -> "Evaluations":
        """With the places that the settings name."""
        runs = AskedRuns(context.records)
        # The next step looks again: nothing waits here.
        return cls(context, settings, runs, lambda where: launcher(context.hub, settings, where, patience=PATIENCE))

    @property
    def stopped(self) -> bool:
        """Whether nothing may start now: by the operator's word, or as evaluations or writing were turned off."""
        return not self.settings.runs or self.context.write is Write.OFF or self.runs.stopped()

    @property
    def publisher(self) -> Publisher:
        """What files the numbers of a run."""
        context = self.context
        return Publisher(
            context.hub, context.catalog, context.write, self.settings.results_repo, context.records.committed
        )

    def place(self, repo: str) -> Place:
        """Where it is spoken: a repo under its present name."""
        return Place(self.context.hub.endpoint, repo, self.settings.results_repo)
