"""What a run wants to know of the Hub before it starts: the model at a commit, and the data sets of its tasks."""

import contextlib
from typing import Any
from urllib.parse import quote

from huggingface_hub import get_session
from huggingface_hub.utils import hf_raise_for_status

from bot.hub_benchmarks import Benchmarks
from bot.hub_errors import HubDenied, HubGone, HubRefused
from bot.hub_reading import Reading
from evaluators.runs.commands import CODE_FILES, PICKLE_FILES, SAFE_FILES
from evaluators.runs.finding import Access
from evaluators.runs.model_facts import ModelFacts, facts_of


class Models(Reading, Benchmarks):
    """Models and data sets, for preflights."""

    def commit_of(self, repo: str, revision: str = "main") -> str:
        """The commit that a branch, a tag, a pull request (`pr/3`) or the beginning of a commit is. One request.

        Raises:
            HubGone: There is no such model or revision.
        """
        return str(self._model_info(repo, f"refs/{revision}" if revision.startswith("pr/") else revision)["sha"])

    def model_facts(self, repo: str, commit: str) -> ModelFacts:
        """A model at a commit, as far as a run depends on it. Up to four requests.

        Raises:
            HubGone: There is no such model or commit.
            HubDenied: It is gated, and this token has no access.
        """
        info = self._model_info(repo, commit)
        names = {str(one.get("rfilename")) for one in info.get("siblings") or () if isinstance(one, dict)}
        texts = {
            name: self._text_or_none(repo, name, commit) if name in names else None
            for name in ("config.json", "tokenizer_config.json", "chat_template.jinja")
        }
        return facts_of(info, texts["config.json"], texts["tokenizer_config.json"], texts["chat_template.jinja"])

    def same_model(self, repo: str, one: str, other: str) -> bool:
        """Whether a model's own files, those that a run may load, are the same at two commits. At most two requests.

        Raises:
            HubGone: There is no such model or commit.
        """
        return one == other or _contents(self._model_info(repo, one)) == _contents(self._model_info(repo, other))

    def is_private(self, repo: str, kind: str = "models") -> bool:
        """Whether a repo is not for everybody. One request."""
        with self._asking(f"the repo {repo}"):
            response = get_session().get(
                f"{self.endpoint}/api/{kind}/{repo}", params={"expand": ["private"]}, headers=self._headers()
            )
            hf_raise_for_status(response)
            return bool(response.json().get("private"))

    def data_access(self, dataset: str) -> Access:
        """How far the token reaches a data set. One request."""
        try:
            with self._asking(f"the data set {dataset}"):
                self._api.auth_check(dataset, repo_type="dataset")
        except HubGone:
            return Access.NOT_FOUND
        except HubDenied:
            return Access.GATED
        return Access.READABLE

    def _model_info(self, repo: str, revision: str) -> dict[str, Any]:
        url = f"{self.endpoint}/api/models/{repo}/revision/{quote(revision, safe='')}"
        with self._asking(f"{repo} at {revision[:40]}"):
            response = get_session().get(url, params={"blobs": "true"}, headers=self._headers())
            hf_raise_for_status(response)
            info = response.json()
            if not isinstance(info, dict):
                raise TypeError(type(info).__name__)
            return info

    def _text_or_none(self, repo: str, path: str, commit: str) -> str | None:
        # A file that is too large to be read says nothing.
        with contextlib.suppress(HubGone, HubRefused):
            return self.text(repo, path, commit)
        return None


def _contents(info: dict[str, Any]) -> dict[str, str]:
    """The ids of the contents of the files that a run may load, by path."""
    suffixes = (*SAFE_FILES, *CODE_FILES, *PICKLE_FILES)
    files = [one for one in info.get("siblings") or () if isinstance(one, dict)]
    found = {str(one.get("rfilename")): str(one.get("blobId")) for one in files}
    return {path: content for path, content in found.items() if "/" not in path and path.endswith(suffixes)}
