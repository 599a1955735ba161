import httpx2
import pytest

JUNK = [
    b"{",
    b"[]",
    b"\xff",
    b'{"title": "\\ud800abc", "description": ""}',
    b'{"files": 1, "objects": [1], "title": 7}',
]


@pytest.mark.parametrize("body", JUNK)
@pytest.mark.parametrize(
    "path",
    [
        "/api/models/{repo}/discussions",
        "/api/models/{repo}/preupload/main",
        "/api/models/{repo}/commit/main",
        "/{repo}.git/info/lfs/objects/batch",
        "/api/settings/webhooks",
    ],
)
def test_junk_is_the_senders_mistake(raw: httpx2.Client, repo: str, path: str, body: bytes) -> None:
    answer = raw.post(path.format(repo=repo), content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/models/{repo}/discussions/99999999999999999999999",
        "/api/models/{repo}/revision/%E9%00",
        "/{repo}/resolve/main/%00",
        "/api/models?cursor=eyJ",
        "/api/models/{repo}/commits/main?p=x",
    ],
)
def test_strange_paths_are_refused_plainly(raw: httpx2.Client, repo: str, path: str) -> None:
    assert raw.get(path.format(repo=repo)).status_code in (400, 404)
