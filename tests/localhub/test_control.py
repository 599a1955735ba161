from collections.abc import Iterator

import httpx2
import pytest
from huggingface_hub import HfApi

from localhub import LocalHub, Switches
from tests.localhub.conftest import StartHub, add, client
from tests.localhub.receiver import Receiver


def plane(hub: LocalHub) -> httpx2.Client:
    """The control plane of a Hub."""
    return httpx2.Client(base_url=f"{hub.url}/_localhub/", headers={"X-Localhub-Control": hub.control_token})


@pytest.fixture
def control(hub: LocalHub) -> Iterator[httpx2.Client]:
    with plane(hub) as control:
        yield control


def test_the_control_plane_needs_its_token(hub: LocalHub, raw: httpx2.Client) -> None:
    assert raw.get("/_localhub/requests").status_code == 403
    assert raw.get("/_localhub/requests", headers={"X-Localhub-Control": "wrong"}).status_code == 403
    assert not any("_localhub" in logged.path for logged in hub.requests())


def test_requests_are_listed_and_forgotten(control: httpx2.Client, author: HfApi, repo: str) -> None:
    author.model_info(repo)
    found = control.get("requests", params={"user": "author"}).json()
    assert {"method", "path", "query", "user", "status", "at", "seconds", "fault"} == set(found[-1])
    assert found[-1]["path"] == f"/api/models/{repo}"
    control.delete("requests")
    assert control.get("requests").json() == []


def test_faults_are_ordered_listed_and_cleared(control: httpx2.Client, raw: httpx2.Client, repo: str) -> None:
    fault = {"method": "GET", "path": f"/api/models/{repo}", "status": 503, "count": 3, "headers": {"Retry-After": "1"}}
    assert control.post("faults", json=fault).status_code == 200
    answer = raw.get(f"/api/models/{repo}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert [listed["left"] for listed in control.get("faults").json()] == [2]
    control.delete("faults")
    assert raw.get(f"/api/models/{repo}").status_code == 200


@pytest.mark.parametrize("fault", [{"colour": "red"}, {"path": "("}, {"probability": 7}])
def test_a_wrong_fault_is_refused(control: httpx2.Client, fault: dict[str, str]) -> None:
    assert control.post("faults", json=fault).status_code == 400


def test_it_lists_what_it_can_do(control: httpx2.Client) -> None:
    listed = [(one["method"], one["path"]) for one in control.get("").json()]
    assert ("POST", "/_localhub/act") in listed
    # Each of them is there: none is unknown, whatever it makes of an empty body.
    for method, path in listed:
        if path != "/_localhub/wait-idle":
            answer = control.request(method, path.removeprefix("/_localhub/"))
            assert "The control plane has no" not in answer.text


def test_a_seed_is_planted(control: httpx2.Client, hub: LocalHub) -> None:
    user = {"name": "planted", "tokens": [{"value": "hf_planted"}]}
    repo = {"name": "planted/m", "files": {"README.md": "# Hello"}}
    assert control.post("seed", json={"users": [user], "repos": [repo]}).json() == {}
    assert client(hub, "planted").list_repo_files("planted/m") == [".gitattributes", "README.md"]
    answer = control.post("seed", json={"planets": []})
    assert (answer.status_code, "planets" in answer.json()["error"]) == (400, True)


def test_it_acts_as_a_user(control: httpx2.Client, author: HfApi, repo: str) -> None:
    def act(user: str, method: str, path: str, body: object = "") -> httpx2.Response:
        return control.post("act", json={"user": user, "method": method, "path": path, "body": body})

    made = act("bot", "POST", f"/api/models/{repo}/discussions", {"title": "From the bot"})
    assert (made.status_code, made.json()["num"]) == (200, 1)
    assert author.get_discussion_details(repo, 1).author == "bot"
    lines = '{"key": "header", "value": {"summary": "Add a"}}\n{"key": "file", "value": {"path": "a", "content": "1"}}'
    assert act("bot", "POST", f"/api/models/{repo}/commit/main", lines).status_code == 403
    assert act("bot", "POST", f"/api/models/{repo}/commit/main?create_pr=1", lines).status_code == 200
    assert act("author", "get", "/api/whoami-v2").json()["name"] == "author"
    assert act("scoped", "GET", "/api/models").status_code == 200
    assert act("nobody", "GET", "/api/whoami-v2").status_code == 404


def test_the_clock_is_moved(start_hub: StartHub) -> None:
    with plane(start_hub()) as control:
        before = control.get("clock").json()
        after = control.post("clock", json={"seconds": 86400}).json()
        assert (before["ahead"], after["ahead"]) == (0, 86400)
        assert after["now"][:10] > before["now"][:10]
        for wrong in (-1, "soon", None, True):
            assert control.post("clock", json={"seconds": wrong}).status_code == 400


def test_the_delivery_policy_is_set_and_reset(start_hub: StartHub, receiver: Receiver) -> None:
    hub = start_hub(switches=Switches(webhook_retry_delays=()))
    api = client(hub)
    repo = api.create_repo("author/m").repo_id
    api.create_webhook(url=receiver.url, watched=[{"type": "model", "name": repo}], domains=["discussion"])
    with plane(hub) as control:
        assert control.put("delivery-policy", json={"drop": 1.0, "retry_delays": [1, 2]}).json()["drop"] == 1.0
        assert control.put("delivery-policy", json={"drop": 3}).status_code == 400
        api.create_discussion(repo, "Unheard")
        assert control.get("deliveries/counts").json() == {"dropped": 1}
        (dropped,) = control.get("deliveries", params={"state": "dropped"}).json()
        control.post("deliveries/replay", json={"id": dropped["id"]})
        assert receiver.wait_for(1)[0].id == dropped["id"]
        assert control.post("deliveries/replay", json={"id": "0"}).status_code == 404
        control.put("limits", json={"api": 0})
        control.post("faults", json={"status": 500})
        control.post("reset")
        assert control.get("delivery-policy").json()["drop"] == 0
        assert control.get("limits").json()["api"] is None
        assert control.get("faults").json() == control.get("requests").json() == []


def test_a_snapshot_is_taken_back(start_hub: StartHub) -> None:
    hub = start_hub()
    api = client(hub)
    repo = api.create_repo("author/m").repo_id
    api.create_commit(repo, [add("a.txt", "1")], commit_message="Before")
    before = api.list_repo_commits(repo)
    with plane(hub) as control:
        assert control.post("snapshot", json={"name": "first"}).status_code == 200
        assert control.post("snapshot", json={"name": "first"}).status_code == 400
        assert control.post("snapshot", json={"name": "../first"}).status_code == 400
        control.post("clock", json={"seconds": 60})
        api.create_commit(repo, [add("a.txt", "2")], commit_message="After")
        api.create_repo("author/n")
        assert control.post("restore", json={"name": "first"}).status_code == 200
        assert control.post("restore", json={"name": "second"}).status_code == 400
        assert control.get("clock").json()["ahead"] == 0
    assert api.list_repo_commits(repo) == before
    assert [model.id for model in api.list_models(author="author")] == [repo]


def test_deliveries_are_waited_for_and_listed(
    control: httpx2.Client, author: HfApi, receiver: Receiver, repo: str
) -> None:
    author.create_webhook(url=receiver.url, watched=[{"type": "model", "name": repo}], domains=["discussion"])
    author.create_discussion(repo, "Hello there")
    assert control.post("wait-idle", params={"timeout": 10}).json() == {"idle": True}
    delivery = control.get("deliveries").json()[-1]
    assert (delivery["id"], delivery["state"]) == (receiver.received[0].id, "delivered")


def test_limits_are_set(control: httpx2.Client, raw: httpx2.Client) -> None:
    control.put("limits", json={"api": 0})
    assert raw.get("/api/whoami-v2").status_code == 429
    assert control.put("limits", json={"warp": 9}).status_code == 400
    assert control.put("limits", json={"api": "many"}).status_code == 400
    control.put("limits", json={})
    assert raw.get("/api/whoami-v2").status_code == 200


def test_repos_are_disabled(control: httpx2.Client, raw: httpx2.Client, repo: str) -> None:
    control.put("disabled", json={"repo": repo, "disabled": True})
    answer = raw.get(f"/api/models/{repo}")
    assert (answer.status_code, answer.headers["x-error-message"]) == (403, "Access to this resource is disabled.")
    control.put("disabled", json={"repo": repo, "disabled": False})
    assert control.put("disabled", json={"repo": "no/where"}).status_code == 404
    assert control.get("nothing").status_code == 404
