"""The only place that talks to the Hub: the official client, with timeouts, a count of requests and typed errors.

The client is used unmodified. What it lacks is added here: a time limit on every request (`bot.hub_requests`) and
errors that say what to do about them (`bot.hub_errors`).
"""

import itertools
import threading
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

import huggingface_hub as hf
from huggingface_hub import get_session
from huggingface_hub.errors import (
    EntryNotFoundError,
    HfHubHTTPError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status, http_backoff, http_stream_backoff

from bot.hub_errors import HubGone, HubRefused, translated
from bot.hub_requests import use_our_client
from bot.hub_values import CardFile, ListedPull, ListedResult, Me, NewPull, Pull, RepoState
from bot.settings import Settings
from evaluators.catalog_entry import LeaderboardRow
from evaluators.results import FOLDER, is_results_file

MAX_CARD_BYTES = 20 * 1024 * 1024
MAX_TEXT_BYTES = 1024 * 1024
USER_AGENT = "scorekeeper"
MAX_BENCHMARKS = 2000
MAX_EVAL_YAML_BYTES = 1024 * 1024
BENCHMARK_TAG = "benchmark:official"


def webhook_state(webhook: hf.WebhookInfo) -> str:
    """`enabled`, `disabled`, or the Hub's own word such as `suspended-after-failure`."""
    # The client says bool; the Hub also sends a word.
    disabled = cast("bool | str", webhook.disabled)
    return disabled if isinstance(disabled, str) else "disabled" if disabled else "enabled"


class Hub:
    """The Hub, as one account sees it. Thread-safe; every method states how many requests it makes."""

    def __init__(self, endpoint: str, token: str | None) -> None:
        self.endpoint = endpoint
        self._token: str | bool = token or False
        self._api = hf.HfApi(endpoint=endpoint, token=self._token, library_name=USER_AGENT)
        self._me: Me | None = None
        self._me_lock = threading.Lock()
        use_our_client()

    @classmethod
    def of(cls, settings: Settings) -> "Hub":
        """The Hub of the settings, with the bot's token."""
        return cls(settings.endpoint, settings.token)

    def me(self) -> Me:
        """Who the token belongs to. One request, then remembered: the Hub limits it heavily."""
        with self._me_lock, translated("the account of the token"):
            if self._me is None:
                answer = self._api.whoami()
                role = answer.get("auth", {}).get("accessToken", {}).get("role", "unknown")
                self._me = Me(id=answer["id"], name=answer["name"], role=role)
            return self._me

    def card(self, repo: str) -> CardFile:
        """Read the README of main. One request; a missing, too large or undecodable one is a value, not an error."""
        url = f"{self.endpoint}/{repo}/resolve/main/README.md"
        with translated(f"the card of {repo}"):
            try:
                return self._download_card(url)
            except EntryNotFoundError as error:
                response = getattr(error, "response", None)
                commit = response.headers.get("X-Repo-Commit") if response is not None else None
                return CardFile(commit, "", "The repo has no README.md.")
            except RevisionNotFoundError:
                return CardFile(None, None, "The repo has no main branch.")

    def _download_card(self, url: str) -> CardFile:
        commit, data = self._download(url, MAX_CARD_BYTES)
        if data is None:
            return CardFile(commit, None, f"README.md is larger than {MAX_CARD_BYTES // 1024**2} MB.")
        try:
            return CardFile(commit, data.decode())
        except UnicodeDecodeError as error:
            return CardFile(commit, None, f"README.md is not UTF-8: byte {error.start} cannot be read.")

    def repo(self, repo: str) -> RepoState:
        """What is in the repo and who says what about its results. One request.

        The client's own `model_info` drops which pull request a result is in, so the answer is read here.
        """
        params = {"expand": ["sha", "siblings", "evalResults"]}
        with translated(f"the repo {repo}"):
            response = get_session().get(f"{self.endpoint}/api/models/{repo}", params=params, headers=self._headers())
            hf_raise_for_status(response)
            info = response.json()
            return RepoState(
                id=info["_id"],
                name=info["id"],
                sha=info["sha"],
                files=tuple(sibling["rfilename"] for sibling in info.get("siblings") or ()),
                results=tuple(
                    ListedResult(row.get("filename", ""), row.get("pullRequest"), row["data"])
                    for row in info.get("evalResults") or ()
                    if isinstance(row.get("data"), dict)
                ),
            )

    def paths(self, repo: str, paths: Sequence[str]) -> dict[str, str]:
        """The git ids of files and folders on main, of those that exist. One request."""
        with translated(f"the files of {repo}"):
            found = self._api.get_paths_info(repo, list(paths), revision="main")
            return {one.path: one.blob_id if isinstance(one, hf.RepoFile) else one.tree_id for one in found}

    def text(self, repo: str, path: str, revision: str) -> str:
        """One text file of at most a megabyte; what is not UTF-8 in it is marked. One request.

        Raises:
            HubRefused: It is larger.
        """
        url = f"{self.endpoint}/{repo}/resolve/{quote(revision, safe='')}/{quote(path)}"
        with translated(f"{path} of {repo}"):
            _, data = self._download(url, MAX_TEXT_BYTES)
        if data is None:
            raise HubRefused(f"{path} of {repo} is larger than {MAX_TEXT_BYTES // 1024} KB.")
        return data.decode("utf-8", errors="replace").replace("\x00", "\ufffd")

    def _download(self, url: str, limit: int) -> tuple[str | None, bytes | None]:
        """A file and the commit it is of; None in place of one over the limit, without reading on."""
        with get_session().stream("GET", url, headers=self._headers()) as response:
            if response.is_error:
                response.read()
            hf_raise_for_status(response)
            hops = (*response.history, response)
            commit = next((r.headers["X-Repo-Commit"] for r in hops if "X-Repo-Commit" in r.headers), None)
            data = bytearray()
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > limit:
                    return commit, None
            return commit, bytes(data)

    def pulls_of(self, repo: str, author: str) -> list[ListedPull]:
        """All pull requests of one author, newest first. One request for each page of fifty."""
        with translated(f"the pull requests of {repo}"):
            return [
                ListedPull(one.num, one.status, one.author)
                for one in self._api.get_repo_discussions(
                    repo, author=author, discussion_type="pull_request", discussion_status="all"
                )
                if one.author == author
            ]

    def pull(self, repo: str, number: int) -> Pull:
        """One pull request with its description and commits. One request."""
        with translated(f"pull request {number} of {repo}"):
            details = self._api.get_discussion_details(repo, number)
            comments = [event for event in details.events if isinstance(event, hf.DiscussionComment)]
            first = comments[0] if comments else None
            return Pull(
                number=number,
                status=details.status,
                title=details.title,
                description=first.content if first else "",
                description_id=first.id if first else "",
                commits=tuple((one.oid, one.author) for one in details.events if isinstance(one, hf.DiscussionCommit)),
                comments=tuple((one.author, one.content) for one in comments[1:]),
                closed_by=next((event.author for event in reversed(details.events) if _closes(event)), None),
                conflicts=bool(details.conflicting_files),
                diff=details.diff,
            )

    def results_at(self, repo: str, revision: str) -> dict[str, str]:
        """The result files at a revision: path to git blob id. One request."""
        with translated(f"the results of {repo}"):
            try:
                tree = list(self._api.list_repo_tree(repo, path_in_repo=FOLDER, revision=revision))
            except EntryNotFoundError:
                return {}
            return {
                item.path: item.blob_id for item in tree if isinstance(item, hf.RepoFile) and is_results_file(item.path)
            }

    def open_pull(
        self, repo: str, files: Mapping[str, str], title: str, description: str, parent: str
    ) -> NewPull | None:
        """Open a pull request with one commit on top of `parent`. Two requests.

        Returns None where the files are there already, so that the client made no pull request.
        Not to be repeated blindly: after an error the pull request may be there all the same.
        """
        with translated(f"a pull request on {repo}", write=True):
            answer = self._api.create_commit(
                repo,
                _operations(files),
                commit_message=title,
                commit_description=description,
                create_pr=True,
                parent_commit=parent,
            )
            return NewPull(answer.pr_num, answer.oid) if answer.pr_num is not None else None

    def push_to_pull(
        self, repo: str, number: int, files: Mapping[str, str], gone: Sequence[str], message: str, parent: str
    ) -> str:
        """One commit on the branch of a pull request, on top of `parent`. Two requests. Returns its id."""
        with translated(f"pull request {number} of {repo}", write=True):
            return self._api.create_commit(
                repo,
                _operations(files, gone),
                commit_message=message,
                revision=f"refs/pr/{number}",
                parent_commit=parent,
            ).oid

    def push(self, repo: str, files: Mapping[str, str], message: str, parent: str) -> str:
        """One commit on main, on top of `parent`. Two requests. Returns its id."""
        with translated(f"main of {repo}", write=True):
            return self._api.create_commit(repo, _operations(files), commit_message=message, parent_commit=parent).oid

    def last_author(self, repo: str, path: str) -> str | None:
        """Who last changed a file of main. Two requests."""
        with translated(f"{path} of {repo}"):
            for one in self._api.get_paths_info(repo, [path], revision="main", expand=True):
                if one.last_commit is not None:
                    commits = self._api.list_repo_commits(repo, revision=one.last_commit.oid)
                    return next(iter(commits[0].authors), None) if commits else None
            return None

    def describe_pull(self, repo: str, pull: Pull, description: str) -> None:
        """Replace the description of a pull request. One request."""
        with translated(f"pull request {pull.number} of {repo}", write=True):
            self._api.edit_discussion_comment(repo, pull.number, pull.description_id, description)

    def comment(self, repo: str, number: int, text: str) -> None:
        """One comment in a discussion or pull request. One request."""
        with translated(f"discussion {number} of {repo}", write=True):
            self._api.comment_discussion(repo, number, text)

    def close_pull(self, repo: str, number: int, comment: str) -> None:
        """Close a pull request with one sentence. One request."""
        with translated(f"pull request {number} of {repo}", write=True):
            self._api.change_discussion_status(repo, number, "closed", comment=comment)

    def webhooks(self) -> list[hf.WebhookInfo]:
        """The webhooks of the token's account. One request."""
        with translated("the webhooks"):
            return list(self._api.list_webhooks())

    def webhook_to(self, url: str) -> hf.WebhookInfo | None:
        """The webhook that delivers to an address. One request."""
        return next((one for one in self.webhooks() if one.url == url), None)

    def create_webhook(self, url: str, watched: list[dict[str, str]], secret: str) -> hf.WebhookInfo:
        """A webhook for pushes and discussions. One request."""
        with translated("the webhook"):
            return self._api.create_webhook(
                url=url, watched=cast("Any", watched), domains=["repo", "discussion"], secret=secret
            )

    def update_webhook(self, webhook_id: str, url: str, watched: list[dict[str, str]], secret: str) -> hf.WebhookInfo:
        """Replace all of a webhook: the Hub wipes what is not sent along. One request."""
        with translated("the webhook"):
            return self._api.update_webhook(
                webhook_id, url=url, watched=cast("Any", watched), domains=["repo", "discussion"], secret=secret
            )

    def enable_webhook(self, webhook_id: str) -> None:
        """Enable a disabled or suspended webhook. One request."""
        with translated("the webhook"):
            self._api.enable_webhook(webhook_id)

    def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook. One request."""
        with translated("the webhook"):
            self._api.delete_webhook(webhook_id)

    def owner_type(self, name: str) -> str:
        """Whether a name is a `user` or an `org`. One or two requests.

        Raises:
            HubGone: It is neither.
        """
        with translated(f"the user {name}"):
            try:
                self._api.get_user_overview(name)
            except HfHubHTTPError as error:
                if error.response.status_code != 404:
                    raise
                try:
                    self._api.get_organization_overview(name)
                except HfHubHTTPError as org_error:
                    if org_error.response.status_code == 404:
                        raise HubGone(f"There is no user or organisation '{name}' on the Hub.") from org_error
                    raise
                return "org"
            return "user"

    def _headers(self) -> dict[str, str]:
        return build_hf_headers(token=self._token, library_name=USER_AGENT)

    def benchmark_datasets(self) -> list[str]:
        """The datasets that are registered benchmarks. One request for each page of a thousand, tried again if busy."""
        with translated("the registered benchmarks"):
            listed = itertools.islice(self._api.list_datasets(benchmark=True), MAX_BENCHMARKS)
            # A mirror that does not know the filter lists every dataset there is.
            return [one.id for one in listed if one.tags is None or BENCHMARK_TAG in one.tags]

    def eval_yaml(self, dataset: str) -> str | None:
        """The `eval.yaml` of a dataset; None where there is none, it is huge, or the dataset is gated. One request.

        The client tries it again where the Hub is busy.
        """
        url = f"{self.endpoint}/datasets/{dataset}/resolve/main/eval.yaml"
        with translated(f"eval.yaml of {dataset}"):
            with http_stream_backoff("GET", url, headers=self._headers()) as response:
                if response.is_client_error:
                    return None
                hf_raise_for_status(response)
                data = bytearray()
                for chunk in response.iter_bytes():
                    data += chunk
                    if len(data) > MAX_EVAL_YAML_BYTES:
                        return None
            return data.decode("utf-8", errors="replace")

    def leaderboard(self, dataset: str, task_id: str) -> list[LeaderboardRow]:
        """The leaderboard of a benchmark's task, as the Hub shows it; empty where there is none. One request.

        The client tries it again where the Hub is busy, but its `get_dataset_leaderboard` cannot name a task.
        """
        url = f"{self.endpoint}/api/datasets/{dataset}/leaderboard"
        with translated(f"the leaderboard of {dataset}"):
            response = http_backoff("GET", url, params={"task_id": task_id}, headers=self._headers())
            if response.is_client_error:
                return []
            hf_raise_for_status(response)
            return [
                LeaderboardRow(
                    model=row["modelId"],
                    value=float(row["value"]),
                    pull=row.get("pullRequest"),
                    lower_is_better=bool(row.get("lower_is_better")),
                )
                for row in response.json()
                if isinstance(row["value"], int | float)
            ]


def _closes(event: hf.DiscussionEvent) -> bool:
    return isinstance(event, hf.DiscussionStatusChange) and event.new_status == "closed"


def _operations(files: Mapping[str, str], gone: Sequence[str] = ()) -> list[hf.CommitOperation]:
    adds = [hf.CommitOperationAdd(path, text.encode()) for path, text in sorted(files.items())]
    return [*adds, *(hf.CommitOperationDelete(path) for path in gone)]
