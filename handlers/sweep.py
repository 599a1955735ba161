"""A sweep: find the repos where a delivery was lost, and ask for a look at each.

It goes in small steps, each a job of its own: `BEGIN` (the webhook, and what needs no question to the Hub), then for
each owner a page of models at a time, the repos watched one by one, the notifications, and the bot's own pull requests.
Requests to the Hub: 1 for the webhook, 1 for each thousand repos of an owner until a page shows nothing new (once a day
for all pages), 1 for each repo watched by itself, 1 for the notifications, and once an hour 1 for each repo with an
open pull request of ours. The look at a discussion that it asks for is 1 more: for each that the notifications tell of,
that has more comments than counted, or in which an evaluation was asked for that is not over.
"""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bot.context import Context
from bot.hub_errors import HubDenied, HubError, HubGone, HubUnavailable
from bot.own_pulls import OwnPulls
from bot.records import OWN_ECHO
from bot.sweep import Found, Pass, Step, Why, any_changed, commented, differing
from bot.sweep_records import SweepRecords
from bot.webhook_health import Health, State, health
from handlers import repo_moved

if TYPE_CHECKING:
    from bot.hub_listing import ListedRepo, PullMark

BEGIN, OWNER, SINGLES, NEWS, PULLS = "begin", "owner", "singles", "news", "pulls"
NO_LOOKS = (OWN_ECHO, repo_moved.RENAMED, repo_moved.SAME)
AT_ONCE = 20
MAX_NEWS_PAGES = 10
HOUR = 3600.0
RESUME = 2.0


class Sweep:
    """The steps of sweeps that begin every so many `minutes`.

    `webhook_url` is None where nobody said how the Hub reaches us.
    """

    def __init__(self, context: Context, webhook_url: str | None, minutes: int) -> None:
        self._context = context
        self._webhook_url = webhook_url
        self._minutes = minutes
        self._records = SweepRecords(context.records)
        self._pulls = OwnPulls(context.records)
        self._told = False

    def take(self, arguments: Mapping[str, Any]) -> Step:
        """Take one step. Nothing is remembered or queued here, so that it may be taken again, or for show (`dry`).

        Raises:
            HubError: The Hub did not say what was asked.
        """
        steps: dict[str, Callable[[Mapping[str, Any]], Step]] = {
            BEGIN: self._begin,
            OWNER: self._owner,
            SINGLES: self._singles,
            NEWS: self._news,
            PULLS: self._open_pulls,
        }
        return steps[arguments["step"]](arguments)

    def _begin(self, arguments: Mapping[str, Any]) -> Step:
        """`full`: all pages, and a look at each repo with scores or a pull request of ours, as after a deaf time."""
        context, watch = self._context, self._context.watch
        problems, deaf = self._check_webhook(dry=bool(arguments.get("dry")))
        full = deaf or bool(arguments.get("full"))
        began = self._records.now()
        then: list[Mapping[str, Any]] = [
            {"step": OWNER, "owner": owner, "began": began, "full": full or self._records.is_full_due(owner)}
            for owner in sorted(watch.owners)
        ]
        if self._single_names():
            then.append({"step": SINGLES, "start": 0})
        if context.hub.has_token:
            then.append({"step": NEWS})
        count = self._pulls.repos_with_open_ones()
        if count and context.hub.has_token and not full:
            share = math.ceil(count * min(1.0, self._minutes * 60 / HOUR))
            # A step that is only shown leaves nothing behind by which the next one would go on: all at once.
            at_once = share if arguments.get("dry") else AT_ONCE
            then.append({"step": PULLS, "left": share, "at_once": at_once, "older_than": HOUR})
        owed = self._records.owed(watch, context.write.value, context.catalog.digest, NO_LOOKS)
        if full:
            sooner = {one.repo_id for one in owed}
            owed += tuple(one for one in self._records.with_claims(watch) if one.repo_id not in sooner)
        owed += self._records.with_runs(watch)
        return Step("what is owed", len(owed), owed, then=tuple(then), problems=problems)

    def _check_webhook(self, *, dry: bool) -> tuple[tuple[str, ...], bool]:
        """What is wrong with the webhook, and whether it delivered nothing for a while. A suspended one is enabled.

        To enable it changes nothing in any repo, so it is done whatever SCOREKEEPER_WRITE says.
        """
        hub, url = self._context.hub, self._webhook_url
        if url is None or not hub.has_token:
            return (), False
        try:
            found = health(hub.webhook_to(url), url, self._context.watch)
            if found.state is State.OK:
                return (), False
            if not dry:
                self._records.count("webhook", {found.state.value: 1})
            if found.state is not State.SUSPENDED or found.webhook_id is None:
                return (f"The webhook: {found.sentence}",), False
            if not dry:
                hub.enable_webhook(found.webhook_id)
        except HubError as error:
            return (f"The webhook could not be checked: {error}",), False
        return (_suspended(found, dry=dry),), True

    def _owner(self, arguments: Mapping[str, Any]) -> Step:
        """One page of an owner's models. It goes on while there is something new, `full` to the end."""
        hub, owner, cursor = self._context.hub, arguments["owner"], arguments.get("cursor")
        subject = f"the models of {owner}"
        name = arguments.get("name") or self._records.marks([owner]).get(owner, owner)
        page = hub.models_of(name, cursor)
        ended = Pass(owner, arguments["began"]) if page.cursor is None else None
        if not page.repos and cursor is None:
            # The Hub lists nothing under a name that is spelled with other capitals.
            try:
                spelled = hub.spelling(name)
            except HubGone:
                problem = f"There is no user or organisation '{owner}' on the Hub: correct SCOREKEEPER_WATCH."
                return Step(subject, ended=ended, problems=(problem,))
            if spelled != name:
                return Step(subject, marks={owner: spelled}, then=({**arguments, "name": spelled},))
        found = differing(page.repos, self._records.known(one.id for one in page.repos))
        goes_on = page.cursor is not None and (arguments["full"] or found)
        then = ({**arguments, "cursor": page.cursor},) if goes_on else ()
        return Step(subject, len(page.repos), found, page.repos, ended=ended, then=then)

    def _single_names(self) -> list[str]:
        watch = self._context.watch
        return sorted(name for name in watch.repos if name.partition("/")[0] not in watch.owners)

    def _singles(self, arguments: Mapping[str, Any]) -> Step:
        """Some of the repos that are watched by themselves."""
        start, names = arguments["start"], self._single_names()
        listed: list[ListedRepo] = []
        gone: list[Found] = []
        problems = []
        for name in names[start : start + AT_ONCE]:
            try:
                head = self._context.hub.head_of(name)
            except HubGone:
                known = self._records.known_as(name)
                gone += (Found(hub_id, one.name, Why.MISSING) for hub_id, one in known.items())
            except HubDenied:
                continue
            else:
                listed.append(head)
                if not self._context.watch.covers(head.name):
                    problems.append(f"{name} is {head.name} now: correct SCOREKEEPER_WATCH.")
        ours = [one for one in listed if self._context.watch.covers(one.name)]
        found = differing(ours, self._records.known(one.id for one in ours))
        end = start + AT_ONCE
        return Step(
            "repos watched by themselves",
            len(names[start:end]),
            (*found, *gone),
            tuple(listed),
            then=({**arguments, "start": end},) if end < len(names) else (),
            problems=tuple(problems),
        )

    def _news(self, _: Mapping[str, Any]) -> Step:
        """The notifications since the last sweep. The first one only notes where they end: it looks at all repos."""
        before = self._records.marks([NEWS]).get(NEWS)
        newest, examined = before or "0", 0
        found: dict[tuple[str, int | None], Found] = {}
        for page in range(MAX_NEWS_PAGES):
            news = self._context.hub.news(page)
            if news is None:
                problem = "The token may not read notifications: a lost close is found within an hour, not at once."
                problems, self._told = (() if self._told else (problem,)), True
                return Step("notifications", problems=problems)
            newest = max([newest, *(one.at for one in news)])
            fresh = [one for one in news if before is not None and one.at > before]
            examined += len(fresh)
            for one in fresh:
                if one.repo_name is None or not self._context.watch.covers(one.repo_name):
                    continue
                for hub_id, known in self._records.known_as(one.repo_name).items():
                    if one.status is not None and self._pulls.statuses(hub_id).get(one.number) != one.status:
                        found[hub_id, None] = Found(hub_id, known.name, Why.PULL_CHANGED)
                    # What the news is, they do not tell; whoever looks finds out.
                    found[hub_id, one.number] = Found(hub_id, known.name, Why.COMMENTED, number=one.number)
            if not news or len(fresh) < len(news):
                break
        return Step("notifications", examined, tuple(found.values()), marks={NEWS: newest})

    def _open_pulls(self, arguments: Mapping[str, Any]) -> Step:
        """Our pull requests in some of the repos where one is open, beginning where nobody listed them for longest."""
        hub, left = self._context.hub, int(arguments["left"])
        me = hub.me().name
        found: list[Found] = []
        comments: dict[str, dict[int, int]] = {}
        delay = 0.0
        at_once = int(arguments.get("at_once", AT_ONCE))
        due = self._pulls.to_list(min(left, at_once), arguments["older_than"])
        for hub_id, name in due:
            marks: tuple[PullMark, ...] = ()
            try:
                if self._context.watch.covers(name):
                    marks = hub.pull_marks(name, me)
            except HubGone:
                found.append(Found(hub_id, name, Why.MISSING))
            except HubDenied:
                pass
            except HubUnavailable as error:
                if not comments:
                    raise
                delay = error.retry_after or RESUME
                break
            if any_changed(marks, self._pulls.statuses(hub_id)):
                found.append(Found(hub_id, name, Why.PULL_CHANGED))
            talks = commented(marks, self._pulls.comments(hub_id))
            found += (Found(hub_id, name, Why.COMMENTED, number=number) for number in talks)
            comments[hub_id] = {one.number: one.comments for one in marks}
        left -= len(comments)
        goes_on = left > 0 and (delay or len(due) == at_once)
        then = ({**arguments, "left": left},) if goes_on else ()
        return Step("open pull requests", len(comments), tuple(found), comments=comments, then=then, delay=delay)


def _suspended(found: Health, *, dry: bool) -> str:
    if dry:
        return f"The webhook: {found.sentence}"
    return "The Hub had suspended the webhook, as deliveries failed. It is enabled again, and everything is swept."
