"""Which handler answers which path: regular expressions over the path as it was sent.

Routing looks at the quoted path, because a revision such as "refs/pr/1" travels as one segment "refs%2Fpr%2F1".
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlencode

from localhub import errors, repos
from localhub.core import Core
from localhub.errors import HubError
from localhub.repos import KINDS, Repo
from localhub.seed import Kind
from localhub.wire import Reply, Request

Handler = Callable[[Core, Request], Reply]

# Pieces that routes are built of. A repo id has two segments; one alone is matched too, to be refused as missing.
REPO_ID = r"(?P<repo>[^/]+/[^/]+|[^/]+)"
API_REPO = rf"/api/(?P<kind>models|datasets|spaces)/{REPO_ID}"
WEB_REPO = rf"/(?:(?P<kind>datasets|spaces)/)?{REPO_ID}"
_SLASH = r"(?:/|%2[Ff])"
REVISION = rf"(?P<rev>refs{_SLASH}(?:pr|heads|tags|convert){_SLASH}[^/]+|[^/]+)"


class RepoMissingError(HubError):
    """No repo has the name `asked_for`; `moved` is the one that had it before."""

    def __init__(self, asked_for: str, moved: Repo | None, *, anonymous: bool) -> None:
        plain = errors.repo_missing(anonymous=anonymous)
        super().__init__(plain.status, str(plain), plain.headers)
        self.asked_for, self.moved = asked_for, moved


@dataclass(frozen=True)
class Route:
    """A method, a pattern for the whole quoted path, and the handler for it."""

    method: str
    pattern: str
    handler: Handler


class Router:
    """Finds the route for a request; earlier routes win."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._table: dict[str, list[tuple[re.Pattern[str], Handler]]] = {}
        for route in routes:
            self._table.setdefault(route.method, []).append((re.compile(route.pattern), route.handler))

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]]:
        """The handler and the unquoted named parts of the path.

        Raises:
            HubError: nothing answers this method and path (404).
        """
        for pattern, handler in self._table.get("GET" if method == "HEAD" else method, ()):
            match = pattern.fullmatch(path)
            if match:
                return handler, {name: unquote(part) for name, part in match.groupdict().items() if part is not None}
        raise errors.not_found(f"Sorry, {method} {path} is nothing this Hub knows.")


def next_link(core: Core, request: Request, cursor: str | int | None) -> dict[str, str]:
    """The header that leads to the page from `cursor` on; nothing when this is the last."""
    if cursor is None:
        return {}
    query = [(name, value) for name, values in request.query.items() for value in values if name != "cursor"]
    url = f"{core.base_url}{request.path}?{urlencode([*query, ('cursor', cursor)])}"
    return {"Link": f'<{url}>; rel="next"'}


def kind_of(request: Request) -> Kind:
    """The kind of repo the path speaks of; without a word for it, a model."""
    return KINDS[request.args.get("kind", "models")]


def repo_of(core: Core, request: Request) -> Repo:
    """The repo the path speaks of, visible to the caller and not disabled.

    Raises:
        HubError: missing, invisible (404, anonymous 401), moved, or disabled (403).
    """
    kind, name = kind_of(request), request.args["repo"]
    anonymous = request.caller is None
    repo = repos.by_name(core.db, kind, name)
    if repo is None:
        moved = repos.moved_to(core.db, kind, name)
        visible = moved is not None and repos.may_read(core.db, request.caller, moved)
        raise RepoMissingError(name, moved if visible else None, anonymous=anonymous)
    if not repos.may_read(core.db, request.caller, repo):
        raise errors.repo_missing(anonymous=anonymous)
    if repo.disabled:
        raise errors.disabled()
    return repo
