"""Gated repos: who is let in reads the files, who is turned away does not."""

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError


@pytest.fixture
def gated(author: HfApi, repo: str) -> str:
    author.update_repo_settings(repo, gated="manual")
    return repo


def test_who_is_let_in_reads_the_files_until_turned_away(author: HfApi, bot: HfApi, gated: str) -> None:
    def reads() -> bool:
        try:
            bot.auth_check(gated)
        except GatedRepoError:
            return False
        return True

    assert not reads()
    author.grant_access(gated, "bot")
    assert reads()
    (request,) = author.list_accepted_access_requests(gated)
    assert (request.username, request.status, request.email) == ("bot", "accepted", None)
    author.reject_access_request(gated, "bot", rejection_reason="not now")
    assert not reads()
    author.accept_access_request(gated, request_id=request.request_id)
    assert reads()


def test_only_writers_decide_and_only_about_gated_repos(author: HfApi, bot: HfApi, gated: str) -> None:
    with pytest.raises(HfHubHTTPError) as refused:
        bot.grant_access(gated, "bot")
    assert refused.value.response.status_code == 403
    author.update_repo_settings(gated, gated=False)
    with pytest.raises(HfHubHTTPError, match="not gated"):
        author.grant_access(gated, "bot")
