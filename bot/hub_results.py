"""The data set that the records of runs go to: made where it is not there, and written in one commit for each run."""

from collections.abc import Mapping

import huggingface_hub as hf

from bot.hub_access import Access

README = "README.md"


class Results(Access):
    """The results' data set. Every method states how many requests it makes."""

    def find_or_make_dataset(self, repo: str, *, private: bool = False) -> None:
        """See to it that there is a data set. One request.

        Raises:
            HubDenied: The token may not make it.
        """
        with self._asking(f"the data set {repo}", write=True):
            self._api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)

    def dataset_paths(self, repo: str, paths: list[str]) -> set[str]:
        """Those of the paths that are there. One request."""
        with self._asking(f"the files of {repo}"):
            return {one.path for one in self._api.get_paths_info(repo, paths, repo_type="dataset")}

    def commit_to_dataset(self, repo: str, files: Mapping[str, bytes], message: str) -> str:
        """One commit on main with these files. Returns its id. Two requests, more for large files."""
        with self._asking(f"the data set {repo}", write=True):
            adds = [hf.CommitOperationAdd(path, data) for path, data in sorted(files.items())]
            return self._api.create_commit(repo, adds, commit_message=message, repo_type="dataset").oid
