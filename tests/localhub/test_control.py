from collections.abc import Iterator

import httpx2
import pytest
from huggingface_hub import HfApi

from localhub import LocalHub
from tests.localhub.receiver import Receiver


@pytest.fixture
def control(hub: LocalHub) -> Iterator[httpx2.Client]:
    headers = {"X-Localhub-Control": hub.control_token}
    with httpx2.Client(base_url=f"{hub.url}/_localhub/", headers=headers) as control:
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
    assert control.post("faults", json=fault).status_code == 201
    answer = raw.get(f"/api/models/{repo}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert [listed["left"] for listed in control.get("faults").json()] == [2]
    control.delete("faults")
    assert raw.get(f"/api/models/{repo}").status_code == 200


@pytest.mark.parametrize("fault", [{"colour": "red"}, {"path": "("}, {"probability": 7}])
def test_a_wrong_fault_is_refused(control: httpx2.Client, fault: dict[str, str]) -> None:
    assert control.post("faults", json=fault).status_code == 400


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
