"""Who and what is heard: other bots, people who left, closed discussions; when deliveries or the database are lost."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from huggingface_hub import HfApi

from bot.asked_run_values import RunStage
from localhub import JobPolicy, Org, Policy, Seed, Token, User
from tests.stories.runs import model
from tests.stories.talk import Talk, a_talking_town, discussion
from tests.stories.town import AUTHOR, OWNER, Town

# The client's own upload of large files.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

GSM8K, MMLU_PRO = "openai/gsm8k", "TIGER-Lab/MMLU-Pro"
OTHER_BOT, APP = "Tidy-Bot", "hf_app_of_the_author"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Town]:
    """A town with another bot, which may write to the repos, and an app that speaks for the author."""
    folder = tmp_path_factory.mktemp("town")
    with a_talking_town(folder, postgres, "stories_of_the_heard", bots=("tidy-bot",)) as running:
        tokens = [Token(APP, app="an app")]
        users = [User(OTHER_BOT, "hf_other_bot"), User("leaver", "hf_leaver"), User(AUTHOR, tokens=tokens)]
        running.hub.plant(Seed(users, [Org(OWNER, members={OTHER_BOT: "write"})]))
        # The first sweep only notes where the notifications end.
        running.sweep()
        yield running


@pytest.fixture(autouse=True)
def _no_machine(place: Town) -> Iterator[None]:
    """Jobs wait for their machine, unless a story says otherwise."""
    place.hub.set_job_policy(JobPolicy(scheduling="never"))
    yield
    place.hub.set_delivery_policy(Policy())


def person(place: Town, token: str) -> HfApi:
    return HfApi(endpoint=place.hub.url, token=token)


@contextmanager
def nothing_delivered(place: Town) -> Iterator[None]:
    """What happens inside is not told."""
    place.settle()
    place.hub.set_delivery_policy(Policy(drop=1.0))
    yield
    place.hub.wait_idle()
    place.hub.set_delivery_policy(Policy())


def lose_the_database(place: Town, *, next_run: int = 1) -> None:
    """From now on, the bot knows nothing, as with a database that was just made. Numbers of runs begin anew."""
    with psycopg.connect(place.database_url) as connection:
        rows = connection.execute(
            "select tablename from pg_tables where schemaname = 'public' and tablename !~ 'yoyo'"
        ).fetchall()
        connection.execute(f"truncate {', '.join(name for (name,) in rows)} restart identity cascade".encode())
        connection.execute(f"alter table asked_runs alter column id restart with {next_run}".encode())


def cancelled(talk: Talk) -> None:
    """Nothing of it is left to do."""
    talk.say("/eval cancel")
    assert talk.finish().stage is RunStage.CANCELLED


@pytest.mark.parametrize("token", ["hf_other_bot", APP])
def test_other_bots_and_apps_get_no_answer(place: Town, token: str) -> None:
    talk = discussion(place, "/eval gsm8k", person(place, token))
    talk.say("/eval help", person(place, token))
    # Somebody else's command is answered, and theirs are not, although they are in the same discussion.
    talk.say("/eval status", place.stranger)
    assert len(talk.answers()) == 1
    assert talk.runs() == []


def test_whoever_left_gets_no_answer(place: Town) -> None:
    talk = discussion(place)
    person(place, "hf_leaver").comment_discussion(talk.repo.id, talk.number, "/eval gsm8k")
    place.hub.delete_user("leaver")
    place.settle()
    assert [look.decision for look in talk.repo.looks()][-1] == "no_command"
    assert talk.answers() == []
    assert talk.runs() == []


def test_a_closed_discussion_works_as_usual(place: Town) -> None:
    talk = discussion(place)
    talk.repo.close(talk.number)
    talk.say("/eval gsm8k")
    assert len(talk.answers()) == 1
    cancelled(talk)
    assert "State: cancelled" in talk.answers()[0]


def test_a_comment_whose_delivery_was_lost_is_found_where_the_bot_takes_part(place: Town) -> None:
    talk = discussion(place, "/eval help")
    with nothing_delivered(place):
        place.author.comment_discussion(talk.repo.id, talk.number, "/eval gsm8k")
    place.settle()
    assert talk.runs() == []
    place.sweep()
    assert len(talk.answers()) == 2
    assert len(talk.runs()) == 1
    place.sweep()
    assert len(talk.answers()) == 2
    cancelled(talk)


def test_a_comment_whose_delivery_was_lost_is_found_in_the_pull_request_of_the_bot(place: Town) -> None:
    repo = model(place)
    repo.push_card(gsm8k="86.3", mmlu_pro="54.7")
    talk = Talk(repo, repo.the_pull().number)
    with nothing_delivered(place):
        place.author.comment_discussion(repo.id, talk.number, "/ignore gsm8k")
    place.sweep()
    assert GSM8K in talk.answers()[1]
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}


def test_what_was_answered_is_not_answered_again_when_the_database_is_lost(place: Town) -> None:
    place.hub.set_job_policy(JobPolicy())
    talk = discussion(place, "/eval gsm8k limit=2")
    lost = talk.finish()
    assert lost.stage is RunStage.DONE
    talk.say("/eval gms8k")
    before = talk.answers()
    assert len(before) == 3

    lose_the_database(place, next_run=lost.id)
    place.sweep(full=True)
    talk.say("Hello?")
    talk.say("/eval status")
    assert talk.answers()[:3] == before
    assert len(talk.answers()) == 4
    assert talk.runs() == []

    # What is asked now is told, although another run of this number was told of here.
    talk.say("/eval gsm8k limit=3")
    run = talk.finish()
    assert (run.id, run.stage) == (lost.id, RunStage.DONE)
    assert len(talk.answers()) == 6
    assert "a trial of 3 samples" in talk.answers()[-1]
    assert talk.answers()[:3] == before


def test_what_people_do_not_want_stays_out_when_the_database_is_lost(place: Town) -> None:
    ignoring, declining = model(place), model(place)
    ignoring.push_card(gsm8k="86.3", mmlu_pro="54.7")
    talk = Talk(ignoring, ignoring.the_pull().number)
    talk.say("/ignore gsm8k")
    assert talk.repo.the_pull().results() == {MMLU_PRO: 54.7}
    declining.push_card(gsm8k="86.3")
    number = declining.the_pull().number
    declining.close(number)

    lose_the_database(place)
    place.sweep(full=True)
    for repo in (ignoring, declining):
        repo.push_card("Another word.", gsm8k="86.3", **({"mmlu_pro": "54.7"} if repo is ignoring else {}))
    assert ignoring.the_pull().number == talk.number
    assert ignoring.the_pull().results() == {MMLU_PRO: 54.7}
    assert declining.bot_pulls() == {number: "closed"}
    # Nor is the request answered again.
    answers = len(talk.answers())
    talk.say("/eval status")
    assert len(talk.answers()) == answers + 1
