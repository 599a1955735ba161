"""Writing to the Hub: commits and pull requests. Every method states how many requests it makes.

None of it is to be repeated blindly: after an error it may have taken effect all the same.
"""

from collections.abc import Mapping, Sequence

import huggingface_hub as hf

from bot.hub_access import Access
from bot.hub_values import NewPull, Pull


class Writing(Access):
    """What we change on the Hub."""

    def open_pull(
        self, repo: str, files: Mapping[str, str], title: str, description: str, parent: str
    ) -> NewPull | None:
        """Open a pull request with one commit on top of `parent`. Two requests.

        Returns None where the files are there already, so that the client made no pull request.
        Not to be repeated blindly: after an error the pull request may be there all the same.
        """
        with self._asking(f"a pull request on {repo}", write=True):
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
        with self._asking(f"pull request {number} of {repo}", write=True):
            return self._api.create_commit(
                repo,
                _operations(files, gone),
                commit_message=message,
                revision=f"refs/pr/{number}",
                parent_commit=parent,
            ).oid

    def push(self, repo: str, files: Mapping[str, str], message: str, parent: str) -> str:
        """One commit on main, on top of `parent`. Two requests. Returns its id."""
        with self._asking(f"main of {repo}", write=True):
            return self._api.create_commit(repo, _operations(files), commit_message=message, parent_commit=parent).oid

    def describe_pull(self, repo: str, pull: Pull, description: str) -> None:
        """Replace the description of a pull request. One request."""
        with self._asking(f"pull request {pull.number} of {repo}", write=True):
            self._api.edit_discussion_comment(repo, pull.number, pull.description_id, description)

    def close_pull(self, repo: str, number: int, comment: str) -> None:
        """Close a pull request with one sentence. One request."""
        with self._asking(f"pull request {number} of {repo}", write=True):
            self._api.change_discussion_status(repo, number, "closed", comment=comment)


def _operations(files: Mapping[str, str], gone: Sequence[str] = ()) -> list[hf.CommitOperation]:
    adds = [hf.CommitOperationAdd(path, text.encode()) for path, text in sorted(files.items())]
    return [*adds, *(hf.CommitOperationDelete(path) for path in gone)]
