"""The Hub's API as the people of the chaos test use it: plain requests, so that nothing of the bot is involved."""

import base64
import itertools
import json
from typing import Any, Self

import httpx2

OPEN = {"open", "draft"}


class Refused(Exception):  # noqa: N818 - the name says what is the case
    """The Hub did not do what a person asked for, as somebody was faster; `status` says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text[:200]}")
        self.status = status


class HubClient:
    """One person at the Hub."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx2.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60, follow_redirects=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def call(self, method: str, path: str, **arguments: Any) -> Any:
        """One request; its JSON.

        Raises:
            Refused: The Hub answered with 4xx or 5xx.
        """
        answer = self._client.request(method, path, **arguments)
        if answer.status_code >= 400:
            raise Refused(answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def text(self, repo: str, path: str, revision: str = "main") -> str:
        """One file."""
        answer = self._client.get(f"/{repo}/resolve/{_quoted(revision)}/{path}")
        if answer.status_code >= 400:
            raise Refused(answer.status_code, answer.text)
        return answer.text

    def create_repo(self, repo: str) -> str:
        """A new model repo. Returns its id."""
        owner, _, name = repo.partition("/")
        self.call("POST", "/api/repos/create", json={"name": name, "organization": owner, "type": "model"})
        return str(self.repo(repo)["_id"])

    def move(self, old: str, new: str) -> None:
        """Rename a repo or hand it over."""
        self.call("POST", "/api/repos/move", json={"fromRepo": old, "toRepo": new, "type": "model"})

    def repo(self, repo: str) -> dict[str, Any]:
        """What the Hub says about a repo."""
        info: dict[str, Any] = self.call("GET", f"/api/models/{repo}")
        return info

    def commit(
        self, repo: str, files: dict[str, str | None], revision: str = "main", *, propose: bool = False
    ) -> int | None:
        """One commit: path to text, or None to delete the file. With `propose`, as a pull request: its number."""
        lines: list[dict[str, Any]] = [{"key": "header", "value": {"summary": "An edit"}}]
        for path, text in files.items():
            if text is None:
                lines.append({"key": "deletedFile", "value": {"path": path}})
            else:
                content = base64.b64encode(text.encode()).decode()
                lines.append({"key": "file", "value": {"path": path, "encoding": "base64", "content": content}})
        answer = self.call(
            "POST",
            f"/api/models/{repo}/commit/{_quoted(revision)}",
            params={"create_pr": "1"} if propose else {},
            content="\n".join(map(json.dumps, lines)),
            headers={"Content-Type": "application/x-ndjson"},
        )
        return int(answer["pullRequestUrl"].rpartition("/")[2]) if propose else None

    def files(self, repo: str, folder: str, revision: str = "main") -> dict[str, str]:
        """The files of a folder: path to git id; none where there is no such folder."""
        try:
            tree = self.call("GET", f"/api/models/{repo}/tree/{_quoted(revision)}/{folder}")
        except Refused as error:
            if error.status == 404:
                return {}
            raise
        return {one["path"]: one["oid"] for one in tree}

    def pulls(self, repo: str) -> list[dict[str, Any]]:
        """All pull requests of a repo, oldest first, as they stand in the list."""
        found: list[dict[str, Any]] = []
        for page in itertools.count():
            got = self.call("GET", f"/api/models/{repo}/discussions", params={"type": "pull_request", "p": page})
            found += got["discussions"]
            if not got["discussions"] or len(found) >= got["count"]:
                break
        return sorted(found, key=lambda one: int(one["num"]))

    def open_pulls(self, repo: str, author: str) -> list[int]:
        """The numbers of the open pull requests of one author."""
        return [int(p["num"]) for p in self.pulls(repo) if p["author"]["name"] == author and p["status"] in OPEN]

    def discussion(self, repo: str, number: int) -> dict[str, Any]:
        """A pull request with all its events and its diff."""
        details: dict[str, Any] = self.call("GET", f"/api/models/{repo}/discussions/{number}", params={"diff": "1"})
        return details

    def set_status(self, repo: str, number: int, status: str) -> None:
        """Close or reopen."""
        self.call("POST", f"/api/models/{repo}/discussions/{number}/status", json={"status": status})

    def merge(self, repo: str, number: int) -> None:
        """Merge a pull request."""
        self.call("POST", f"/api/models/{repo}/discussions/{number}/merge", json={})

    def comment(self, repo: str, number: int, text: str) -> None:
        """Say something."""
        self.call("POST", f"/api/models/{repo}/discussions/{number}/comment", json={"comment": text})


def _quoted(revision: str) -> str:
    return revision.replace("/", "%2F")
