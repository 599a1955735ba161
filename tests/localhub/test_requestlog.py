from huggingface_hub import HfApi
from huggingface_hub.utils import get_session

from localhub import Limits
from tests.localhub.conftest import StartHub, add, client


def test_the_log_says_who_asked_for_what(start_hub: StartHub) -> None:
    hub = start_hub()
    author, bot = client(hub), client(hub, "bot")
    repo = author.create_repo("author/logged").repo_id
    hub.clear_requests()
    bot.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
    HfApi(endpoint=hub.url, token=False).model_info(repo, revision="refs/pr/1")
    assert [(logged.method, logged.path, logged.query, logged.status) for logged in hub.requests(user="bot")] == [
        ("POST", f"/api/models/{repo}/preupload/main", "create_pr=1", 200),
        ("POST", f"/api/models/{repo}/commit/main", "create_pr=1", 200),
    ]
    last = hub.requests()[-1]
    assert (last.path, last.user) == (f"/api/models/{repo}/revision/refs%2Fpr%2F1", None)
    assert last.seconds > 0
    assert last.at.endswith("Z")


def test_every_answer_carries_its_request_id_and_standing(start_hub: StartHub) -> None:
    hub = start_hub()
    url = f"{hub.url}/api/models/author/missing"
    headers = get_session().get(url, headers={"X-Amzn-Trace-Id": "trace-1"}).headers
    assert headers["x-request-id"] == "trace-1"
    assert headers["ratelimit"].startswith('"api";r=999;t=')
    assert headers["ratelimit-policy"] == '"fixed window";"api";q=1000;w=300'


def test_limits_of_a_hub_can_be_set_and_lifted(start_hub: StartHub) -> None:
    hub = start_hub(limits=Limits(api=2, window=60))

    def get() -> int:
        return get_session().get(f"{hub.url}/api/models").status_code

    assert [get(), get(), get()] == [200, 200, 429]
    hub.set_limits(Limits())
    assert get() == 200
