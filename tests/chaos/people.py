"""People carry out the plan, and note what they did: what ought to be follows from that."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tests.chaos.hub_client import HubClient, Refused
from tests.chaos.plan import Benchmark, Kind, RepoPlan, Scores, Step
from tests.chaos.town import AUTHOR, BOT, OWNERS, STRANGER

RESULTS = ".eval_results"
CONFIG = ".scorekeeper.yaml"
# What the other column of each card says: a score of another model.
FOREIGN_SCORE = "11.1"
THREADS = 8


@dataclass
class Place:
    """A repo as the people know it: its name now, and what they put there."""

    hub_id: str
    name: str
    scores: Scores = ()
    ignored: str | None = None
    mistaken: bool = False
    # Of the files on main that people wrote, the text; None for what they took away.
    files: dict[str, str | None] = field(default_factory=dict)
    # The files of strangers' pull requests, by number.
    proposals: dict[int, dict[str, str]] = field(default_factory=dict)
    edits: int = 0


def card(name: str, scores: Scores, edit: int) -> str:
    """A model card that states these scores beside those of another model."""
    model = name.partition("/")[2]
    rows = "".join(f"| {one.label} | {value} | {FOREIGN_SCORE} |\n" for one, value in scores)
    head = f"---\nlicense: apache-2.0\n---\n\n# {model}\n\nEdit {edit}.\n\n## Evaluation\n\nAccuracy in percent.\n\n"
    return f"{head}| Benchmark | {model} | Egret-9B |\n|---|---|---|\n{rows}"


def result_file(benchmark: Benchmark, value: str, edit: int) -> str:
    """A result file as somebody writes it by hand."""
    dataset = f"{{id: {benchmark.dataset}, task_id: {benchmark.task}}}"
    return f"# edit {edit}\n- dataset: {dataset}\n  value: {value}\n"


class People:
    """The author of the repos and a stranger, with eight hands."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self.places: list[Place] = []
        self._by_plan: dict[int, Place] = {}
        self.done: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.failure: BaseException | None = None

    def act(self, plans: Sequence[RepoPlan], seconds: float, share: tuple[float, float]) -> list[threading.Thread]:
        """Start to carry out a share of the plans, in so many seconds. The steps of one repo come one by one."""
        start = time.monotonic()
        threads = [
            threading.Thread(target=self._act, args=(plans[hand::THREADS], start, seconds, share), daemon=True)
            for hand in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        return threads

    def _act(self, plans: Sequence[RepoPlan], start: float, seconds: float, share: tuple[float, float]) -> None:
        since, until = share
        steps = sorted(
            ((step.at - since) / (until - since), plan.number, index)
            for plan in plans
            for index, step in enumerate(plan.steps)
            if since <= step.at < until
        )
        by_number = {plan.number: plan for plan in plans}
        try:
            with HubClient(self._url, f"hf_{AUTHOR}") as author, HubClient(self._url, f"hf_{STRANGER}") as stranger:
                for at, number, index in steps:
                    # The people's own pace; nothing waits for it.
                    time.sleep(max(start + at * seconds - time.monotonic(), 0))
                    if number not in self._by_plan:
                        self._by_plan[number] = self._found(author, f"{OWNERS[0]}/Heron-8B-v{number}")
                    hands = Hands(author, stranger, self._by_plan[number], self._found)
                    self._take(by_number[number].steps[index], hands)
        except BaseException as error:
            self.failure = error
            raise

    def _found(self, author: HubClient, name: str) -> Place:
        place = Place(author.create_repo(name), name)
        with self._lock:
            self.places.append(place)
        return place

    def _take(self, step: Step, hands: "Hands") -> None:
        """Take a step, or one that is always possible where there is nothing to act on."""
        kind = step.kind
        if not self._happens(step, hands):
            with self._lock:
                self.missed[kind.value] += 1
            kind = Kind.PUSH_CARD if step.pick < 0.6 else Kind.FOREIGN_OPEN if step.pick < 0.8 else Kind.WRITE_RESULT
            assert self._happens(replace(step, kind=kind), hands)
        with self._lock:
            self.done[kind.value] += 1

    def _happens(self, step: Step, hands: "Hands") -> bool:
        try:
            return hands.take(step)
        except Refused as error:
            # Somebody was faster: the pull request is closed, or it conflicts.
            if error.status not in {403, 404, 409, 412}:
                raise
            return False


class Hands:
    """What people can do to one repo. Each deed says whether there was anything to do."""

    def __init__(
        self, author: HubClient, stranger: HubClient, place: Place, found: Callable[[HubClient, str], Place]
    ) -> None:
        self._author, self._stranger, self._place, self._found = author, stranger, place, found

    def take(self, step: Step) -> bool:
        """Take a step of the plan.

        Raises:
            Refused: Somebody was faster.
        """
        self._place.edits += 1
        deed: Callable[[Step], bool] = getattr(self, f"_{step.kind.name.lower()}")
        return deed(step)

    def _push(self, files: dict[str, str | None]) -> bool:
        self._author.commit(self._place.name, files)
        return True

    def _push_card(self, step: Step) -> bool:
        self._push({"README.md": card(self._place.name, step.scores, self._place.edits)})
        self._place.scores = step.scores
        return True

    def _push_prose(self, _: Step) -> bool:
        return self._push({"README.md": card(self._place.name, self._place.scores, self._place.edits)})

    def _push_weights(self, _: Step) -> bool:
        return self._push({"weights.txt": str(self._place.edits)})

    def _write_result(self, step: Step) -> bool:
        text = result_file(step.benchmark, step.value, self._place.edits)
        # Now and then where the bot would write, so that its pull request conflicts.
        name = step.benchmark.task if step.pick < 0.3 else f"by_hand_{step.benchmark.task}"
        return self._put(f"{RESULTS}/{name}.yaml", text)

    def _remove_result(self, step: Step) -> bool:
        paths = sorted(self._author.files(self._place.name, RESULTS))
        return bool(paths) and self._put(paths[int(step.pick * len(paths))], None)

    def _put(self, path: str, text: str | None) -> bool:
        self._push({path: text})
        self._place.files[path] = text
        return True

    def _ignore(self, step: Step) -> bool:
        """Leave a benchmark out, or, the next time, no longer."""
        dataset = None if self._place.ignored else step.benchmark.dataset
        text = f"# edit {self._place.edits}\n" + (f"ignore: [{dataset}]\n" if dataset else "")
        self._push({CONFIG: text})
        self._place.ignored, self._place.mistaken = dataset, False
        return True

    def _mistake(self, _: Step) -> bool:
        self._push({CONFIG: "enabled: perhaps\n"})
        self._place.mistaken = True
        return True

    def mend(self) -> None:
        """Leave no mistake behind: what is to be in the repo is not defined while there is one."""
        if self._place.mistaken:
            self._push({CONFIG: f"# mended\n{f'ignore: [{self._place.ignored}]' if self._place.ignored else ''}\n"})
            self._place.mistaken = False

    def _ours(self, statuses: set[str]) -> list[int]:
        pulls = self._author.pulls(self._place.name)
        return [int(one["num"]) for one in pulls if one["author"]["name"] == BOT and one["status"] in statuses]

    def _open_one(self) -> int | None:
        return next(iter(self._ours({"open", "draft"})), None)

    def _close(self, _: Step) -> bool:
        number = self._open_one()
        if number is None:
            return False
        self._author.set_status(self._place.name, number, "closed")
        return True

    def _reopen(self, step: Step) -> bool:
        closed = self._ours({"closed"})
        if not closed:
            return False
        self._author.set_status(self._place.name, closed[int(step.pick * len(closed))], "open")
        return True

    def _merge(self, _: Step) -> bool:
        number = self._open_one()
        if number is None:
            return False
        self._author.merge(self._place.name, number)
        # The bot's files may lie where somebody's were taken away.
        self._place.files = {path: text for path, text in self._place.files.items() if text is not None}
        return True

    def _commit_to_pull(self, _: Step) -> bool:
        number = self._open_one()
        if number is None:
            return False
        self._author.commit(self._place.name, {"NOTES.md": f"Edit {self._place.edits}."}, f"refs/pr/{number}")
        return True

    def _take_out(self, step: Step) -> bool:
        number = self._open_one()
        if number is None:
            return False
        revision = f"refs/pr/{number}"
        there, main = (self._author.files(self._place.name, RESULTS, one) for one in (revision, "main"))
        added = sorted(there.keys() - main.keys())
        if not added:
            return False
        self._author.commit(self._place.name, {added[int(step.pick * len(added))]: None}, revision)
        return True

    def _comment(self, _: Step) -> bool:
        number = self._open_one()
        if number is None:
            return False
        self._author.comment(self._place.name, number, f"A word ({self._place.edits}).")
        return True

    def _foreign_open(self, step: Step) -> bool:
        path = f"{RESULTS}/stranger_{step.benchmark.task}.yaml"
        text = result_file(step.benchmark, step.value, self._place.edits)
        number = self._stranger.commit(self._place.name, {path: text}, propose=True)
        assert number is not None
        self._place.proposals[number] = {path: text}
        return True

    def _foreign_close(self, step: Step) -> bool:
        number = self._one_of_theirs(step)
        if number is None:
            return False
        self._author.set_status(self._place.name, number, "closed")
        del self._place.proposals[number]
        return True

    def _foreign_merge(self, step: Step) -> bool:
        number = self._one_of_theirs(step)
        if number is None:
            return False
        self._author.merge(self._place.name, number)
        self._place.files.update(self._place.proposals.pop(number))
        return True

    def _one_of_theirs(self, step: Step) -> int | None:
        numbers = sorted(self._place.proposals)
        return numbers[int(step.pick * len(numbers))] if numbers else None

    def _hand_over(self, _: Step) -> bool:
        """To the other owner, under the same name."""
        owner, model = self._place.name.split("/")
        return self._move(f"{OWNERS[1] if owner == OWNERS[0] else OWNERS[0]}/{model}")

    def _rename(self, step: Step) -> bool:
        """Under a new name, for which the card has to say the name of the model again."""
        new = f"{self._place.name}-e{self._place.edits}"
        return self._move(new) and self._push_prose(step)

    def _replace(self, step: Step) -> bool:
        old = self._place.name
        self._rename(step)
        place = self._found(self._author, old)
        return Hands(self._author, self._stranger, place, self._found).take(Step(step.at, Kind.PUSH_CARD, step.scores))

    def _move(self, new: str) -> bool:
        self._author.move(self._place.name, new)
        self._place.name = new
        return True


def mend_all(url: str, places: Sequence[Place]) -> None:
    """Mend every mistake that was left in a `.scorekeeper.yaml`."""
    with HubClient(url, f"hf_{AUTHOR}") as author:
        for place in places:
            Hands(author, author, place, _found_nothing).mend()


def _found_nothing(_: HubClient, name: str) -> Place:
    raise AssertionError(f"nobody makes a repo such as {name} now")
