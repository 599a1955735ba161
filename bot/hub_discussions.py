"""Discussions and pull requests as conversations: read, commented, and our own comments edited.

The client drops who owns the repo and who belongs to its owner, so the answer is read here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from huggingface_hub import get_session
from huggingface_hub.utils import hf_raise_for_status

from bot.hub_access import Access
from bot.hub_values import Author, Comment, Discussion


class Discussions(Access):
    """What people say to each other, and what we say."""

    def discussion(self, repo: str, number: int) -> Discussion:
        """A discussion or pull request with all its comments, oldest first. One request."""
        with self._asking(f"discussion {number} of {repo}"):
            url = f"{self.endpoint}/api/models/{repo}/discussions/{number}"
            response = get_session().get(url, headers=self._headers())
            hf_raise_for_status(response)
            body = response.json()
            return Discussion(
                number=body["num"],
                title=body["title"],
                status=body["status"],
                is_pull=body["isPullRequest"],
                locked=bool(body.get("locked")),
                comments=tuple(_comment(event) for event in body["events"] if event["type"] == "comment"),
            )

    def comment(self, repo: str, number: int, text: str) -> str:
        """One comment in a discussion or pull request. One request. Returns its id.

        Not to be repeated blindly: after an error the comment may be there all the same.
        """
        with self._asking(f"discussion {number} of {repo}", write=True):
            return str(self._api.comment_discussion(repo, number, text).id)

    def edit_comment(self, repo: str, number: int, comment_id: str, text: str) -> None:
        """Replace the text of a comment of ours; to do it again changes nothing but its count of edits. One request."""
        with self._asking(f"discussion {number} of {repo}", write=True):
            self._api.edit_discussion_comment(repo, number, comment_id, text)


def _comment(event: Mapping[str, Any]) -> Comment:
    data = event["data"]
    hidden = bool(data.get("hidden"))
    return Comment(
        id=event["id"],
        author=_author(event.get("author")),
        created_at=datetime.fromisoformat(event["createdAt"]),
        # In place of a hidden text the Hub says that it is hidden.
        text="" if hidden else data["latest"]["raw"],
        edited=bool(data.get("edited")) or data.get("numEdits", 0) > 0,
        hidden=hidden,
    )


def _author(author: Mapping[str, Any] | None) -> Author | None:
    """Who wrote it; an account that is gone, or that the Hub gives no id of, is nobody's."""
    if not author or not author.get("_id"):
        return None
    return Author(
        id=author["_id"],
        name=author.get("name", ""),
        # Rights come of a plain yes only.
        is_owner=author.get("isOwner") is True,
        is_member=author.get("isOrgMember") is True,
        is_app=author.get("oauthApp") is not None,
    )
