"""With writing off, everything is done but the writing."""

import re
from pathlib import Path

from bot.settings import Write
from localhub import Switches
from tests.stories.town import BOT, Repo, town


def test_a_look_shows_what_it_would_write_and_writes_nothing(tmp_path: Path, database_url: str) -> None:
    with town(tmp_path, database_url, write=Write.OFF) as quiet:
        repo = quiet.repo()
        look = repo.push_card(mmlu_pro="54.7")
        assert look.decision == "would_create"
        assert "SCOREKEEPER_WRITE is off" in (look.detail or "")
        assert repo.bot_pulls() == {}
        report = quiet.records.report(repo.id)
        assert report is not None
        assert "value: 54.7" in report["files"][".eval_results/mmlu_pro.yaml"]
        reads = re.compile(r"/(webhooks|paths-info)")
        writes = [one for one in quiet.hub.requests(BOT) if one.method != "GET" and not reads.search(one.path)]
        assert writes == []


def test_once_writing_is_on_the_next_push_is_proposed(tmp_path: Path, database_url: str) -> None:
    impatient = Switches(webhook_retry_delays=())
    with town(tmp_path, database_url, write=Write.OFF, switches=impatient) as quiet:
        repo_id = quiet.repo().id
        Repo(quiet, repo_id).push_card(mmlu_pro="54.7")
    with town(tmp_path, database_url, switches=impatient) as writing:
        repo = Repo(writing, repo_id)
        assert repo.push_card(prose="Only words change.", mmlu_pro="54.7").decision == "create"
        assert repo.the_pull().claims() == {"TIGER-Lab/MMLU-Pro": 54.7}
