"""GitHub's REST API for one repo, as far as runs need it: what it answers, what it means, and whether it was heard."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from evaluators.runs.launcher import LaunchError, NotAnsweredError, NotTakenError

URL, VERSION = "https://api.github.com", "2022-11-28"
TIMEOUT = 30.0
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_EXPLAINED = {
    401: "GitHub does not accept GITHUB_TOKEN: it is wrong or has expired.",
    403: "GITHUB_TOKEN may not start workflows there: it needs the permission Actions, read and write.",
    404: "GitHub shows no such workflow: check SCOREKEEPER_GITHUB_REPO, and that its default branch has the workflow.",
    422: "GitHub refused the inputs: the workflow there is of another version than this program.",
}


@dataclass(frozen=True, slots=True)
class GitHubApi:
    """Requests below `/repos/<repo>`. Every method raises NotAnsweredError where GitHub does not answer."""

    repo: str
    token: str = field(repr=False)
    url: str = URL

    def json(self, method: str, path: str) -> Mapping[str, Any]:
        """What GitHub answers, as a mapping.

        Raises:
            LaunchError: It is an error, or no mapping.
        """
        answer = self.ask(method, path)
        explain(answer)
        return mapping(answer)

    def ask(self, method: str, path: str, json: object = None) -> httpx2.Response:
        """One request; the answer may be an error.

        Raises:
            NotTakenError: It was not sent, or refused as one too many.
        """
        try:
            with self._client() as client:
                answer = client.request(method, self._url(path), json=json)
        except httpx2.HTTPError as error:
            kind = NotTakenError if isinstance(error, _NOT_SENT) else NotAnsweredError
            raise kind("GitHub could not be reached. Try again later.") from error
        status = answer.status_code
        # GitHub says with either that it was asked too often.
        often = "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"
        if status == 429 or (status == 403 and often):
            raise NotTakenError("GitHub was asked too often. Try again later.")
        if status >= 500:
            raise NotAnsweredError(f"GitHub answered {status}. Try again later.")
        return answer

    def _client(self) -> httpx2.Client:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.token}",
            "X-GitHub-Api-Version": VERSION,
            "User-Agent": "scorekeeper",
        }
        return httpx2.Client(headers=headers, timeout=TIMEOUT)

    def _url(self, path: str) -> str:
        return f"{self.url}/repos/{self.repo}{path}"

    def download(self, path: str, limit: int) -> bytes:
        """A file that GitHub keeps elsewhere.

        Raises:
            LaunchError: It has more bytes than `limit`.
        """
        data = bytearray()
        try:
            # GitHub sends on to a storage of its own, which must not see the token: the client drops it there.
            with self._client() as client, client.stream("GET", self._url(path), follow_redirects=True) as answer:
                if answer.is_error:
                    answer.read()
                    explain(answer)
                for chunk in answer.iter_bytes():
                    data += chunk
                    if len(data) > limit:
                        raise LaunchError(f"The artifact has more than {limit // 1024**2} MB, so it is not read.")
        except httpx2.HTTPError as error:
            raise NotAnsweredError("GitHub did not send the artifact. Try again later.") from error
        return bytes(data)


def explain(answer: httpx2.Response) -> None:
    """Say what an error means.

    Raises:
        LaunchError: It is one.
    """
    if answer.is_error:
        status = answer.status_code
        raise LaunchError(_EXPLAINED.get(status, f"GitHub answered {status}, which is not known to happen."))


def mapping(answer: httpx2.Response) -> Mapping[str, Any]:
    """The content of an answer.

    Raises:
        LaunchError: It is none that GitHub gives.
    """
    try:
        data = answer.json()
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise LaunchError("GitHub's answer was not understood: check GITHUB_API_URL.")
    return data
