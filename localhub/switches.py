"""What the Hub's documentation leaves open, as one frozen set of switches.

Nothing that uses the Hub may rely on either value of a switch: tests run both.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Switches:
    """One field for each behaviour that no document settles.

    Attributes:
        commit_pr_status: status of a pull request made by a commit with ``create_pr=1``.
        blank_pr_status: status of a pull request made through the discussions API.
        pr_events: which of the two events of a new pull request is sent first.
        closed_pr_push_status: HTTP status of a commit to a closed or merged pull request.
        commit_lock_seconds: how long after a commit a repo answers further ones with 409, "another commit is in
            progress"; 0 lets them all succeed one after the other.
        merge_shape: one new commit on the base (``squash``) or a commit with two parents (``merge``).
        merge_conflict_status: HTTP status of merging a pull request that conflicts.
        merge_refused_status: HTTP status of merging a draft, closed or merged pull request.
        comment_history: whether comments carry all their versions (the client reads them, the API's schema lacks them).
        page_size: discussions, or notifications, on one page.
        notifications_last_update: whether ``lastUpdate`` asks for notifications until that moment or since.
        draft_results_shown: whether results in a draft pull request appear in ``evalResults``.
        eval_results_by_default: whether repo info holds ``evalResults`` without being asked to expand it.
        member_roles: who sees ``role`` in a member list.
        private_member_lists: whether only members may list an organization's members.
        users_by_id: whether a user's overview can be looked up by id.
        webhook_retry_delays: seconds before each further attempt of a delivery; its length is the number of retries.
        webhook_timeout: seconds a receiver has to answer.
        webhook_concurrency: deliveries on the way at one time; 1 keeps them in order while nothing fails.
        webhook_copies: how often each delivery is sent even when it succeeded at once (at-least-once delivery).
        webhook_suspend_after: failed attempts in a row that suspend a webhook; None for never.
        webhook_daily_cap: triggers of one webhook in 24 hours, beyond which events are dropped; None for no cap.
    """

    commit_pr_status: Literal["open", "draft"] = "open"
    blank_pr_status: Literal["open", "draft"] = "draft"
    pr_events: Literal["content-first", "discussion-first"] = "content-first"
    closed_pr_push_status: int = 403
    commit_lock_seconds: float = 0.0
    merge_shape: Literal["squash", "merge"] = "squash"
    merge_conflict_status: int = 409
    merge_refused_status: int = 403
    comment_history: bool = True
    page_size: int = 50
    notifications_last_update: Literal["until", "since"] = "until"
    draft_results_shown: bool = False
    eval_results_by_default: bool = False
    member_roles: Literal["members", "everyone", "nobody"] = "members"
    private_member_lists: bool = False
    users_by_id: bool = False
    webhook_retry_delays: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    webhook_timeout: float = 10.0
    webhook_concurrency: int = 4
    webhook_copies: int = 1
    webhook_suspend_after: int | None = None
    webhook_daily_cap: int | None = None
