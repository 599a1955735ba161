"""What the API says about a repo: the whole of it, or the properties that were asked for."""

import json
from collections.abc import Callable
from typing import Any

from localhub import accounts, errors, evaluations, lfs, refs
from localhub.core import Core
from localhub.database import Row
from localhub.errors import JsonObject
from localhub.repos import Repo, from_row
from localhub.seed import Kind

# Properties that `expand` may name (huggingface_hub's ExpandModelProperty_T and its siblings).
_SHARED = (
    *("author", "cardData", "createdAt", "disabled", "downloads", "downloadsAllTime", "gated", "lastModified"),
    *("likes", "private", "resourceGroup", "sha", "siblings", "tags", "trendingScore", "usedStorage"),
)
EXPANDABLE: dict[Kind, frozenset[str]] = {
    "model": frozenset(
        (
            *_SHARED,
            *("baseModels", "childrenModelCount", "config", "evalResults", "gguf", "inference", "library_name"),
            *("inferenceProviderMapping", "mask_token", "model-index", "pipeline_tag", "safetensors", "spaces"),
            *("transformersInfo", "widgetData"),
        )
    ),
    "dataset": frozenset((*_SHARED, "citation", "description", "mainSize", "paperswithcode_id")),
    "space": frozenset((*_SHARED, "datasets", "models", "runtime", "sdk", "subdomain")),
}
_DEFAULT = (
    *("author", "sha", "lastModified", "private", "gated", "disabled", "downloads", "likes", "tags"),
    *("cardData", "siblings", "createdAt", "usedStorage"),
)
_DEFAULT_OF: dict[Kind, tuple[str, ...]] = {
    "model": (*_DEFAULT, "pipeline_tag", "library_name", "model-index", "config", "safetensors", "spaces"),
    "dataset": _DEFAULT,
    "space": (*_DEFAULT, "sdk", "subdomain", "models", "datasets"),
}
_LISTED = ("likes", "trendingScore", "private", "downloads", "tags", "createdAt")
_LISTED_OF: dict[Kind, tuple[str, ...]] = {
    "model": (*_LISTED, "pipeline_tag", "library_name"),
    "dataset": (*_LISTED, "author", "disabled", "gated", "lastModified", "sha"),
    "space": (*_LISTED, "sdk"),
}
_FULL = ("author", "gated", "disabled", "lastModified", "sha", "siblings")


def check_expand(kind: Kind, names: list[str]) -> list[str]:
    """The properties to expand.

    Raises:
        HubError: one of them does not exist (400, naming those that do).
    """
    known = EXPANDABLE[kind]
    for position, name in enumerate(names):
        if name not in known:
            options = "|".join(f'"{option}"' for option in sorted(known))
            raise errors.invalid(f"✖ Invalid option: expected one of {options}\n  → at expand[{position}]")
    return names


def info(core: Core, repo: Repo, revision: str | None, expand: list[str], *, blobs: bool) -> JsonObject:
    """A repo at a revision (default main), as ``model_info`` and ``dataset_info`` read it.

    Raises:
        HubError: unknown revision (404).
    """
    sha = refs.resolve(core, repo, revision) if revision else refs.head(core, repo)
    names: list[str] = expand or list(_DEFAULT_OF[repo.kind])
    if not expand and core.switches.eval_results_by_default and repo.kind == "model":
        names.append("evalResults")
    return _with(core, _row(core, repo), repo, sha, names, blobs=blobs)


def listed(core: Core, row: Row, expand: list[str], *, full: bool, card: bool) -> JsonObject:
    """A repo as one item of a list."""
    repo = from_row(row)
    names: list[str] = expand or list(_LISTED_OF[repo.kind])
    if not expand:
        names += [name for name in _FULL if full and name not in names]
        names += ["cardData"] if card else []
    return _with(core, row, repo, None, names, blobs=False)


def _with(core: Core, row: Row, repo: Repo, sha: str | None, names: list[str], *, blobs: bool) -> JsonObject:
    body: JsonObject = {"_id": repo.id, "id": repo.name}
    if repo.kind == "model":
        body["modelId"] = repo.name
    for name in names:
        if name == "siblings":
            body[name] = siblings(core, sha or refs.head(core, repo), blobs=blobs)
        elif name == "sha":
            body[name] = sha or refs.head(core, repo)
        elif name == "evalResults":
            body[name] = evaluations.of_repo(core, repo)
        else:
            value = _PROPERTIES[name](core, row) if name in _PROPERTIES else None
            if value is not None:
                body[name] = value
    return body


def siblings(core: Core, sha: str, *, blobs: bool) -> list[JsonObject]:
    """All files of a commit: ``{rfilename}``, with `blobs` also ``size``, ``blobId`` and ``lfs``."""
    found = []
    for entry in core.git.entries(core.git.tree_of(sha), "", recursive=True):
        if entry.kind != "file":
            continue
        item: JsonObject = {"rfilename": entry.path}
        if blobs:
            pointer = lfs.pointer_of(core, entry.oid)
            item |= {"blobId": entry.oid, "size": pointer.size if pointer else entry.size}
            if pointer:
                item["lfs"] = {"sha256": pointer.sha256, "size": pointer.size, "pointerSize": entry.size}
        found.append(item)
    return found


def _row(core: Core, repo: Repo) -> Row:
    row = core.db.one("SELECT * FROM repos WHERE seq = ?", repo.seq)
    if row is None:
        raise RuntimeError("a repo that was just found is gone")
    return row


def _card(row: Row) -> dict[str, Any]:
    return json.loads(row["card"]) if row["card"] else {}


def _author(core: Core, row: Row) -> str:
    owner = accounts.by_id(core.db, row["owner_id"])
    return owner.name if owner else str(row["name"]).partition("/")[0]


def _weights(_core: Core, row: Row) -> JsonObject | None:
    total = row["num_parameters"]
    return None if total is None else {"parameters": {"BF16": total}, "total": total}


# A property that gives None is left out of the answer, as the Hub does.
_PROPERTIES: dict[str, Callable[[Core, Row], Any]] = {
    "author": _author,
    "lastModified": lambda _, row: row["last_modified"],
    "createdAt": lambda _, row: row["created_at"],
    "private": lambda _, row: bool(row["private"]),
    "disabled": lambda _, row: bool(row["disabled"]),
    "gated": lambda _, row: row["gated"] or False,
    "downloads": lambda _, row: row["downloads"],
    "downloadsAllTime": lambda _, row: row["downloads"],
    "likes": lambda _, row: row["likes"],
    "trendingScore": lambda _, row: row["trending"],
    "tags": lambda _, row: json.loads(row["tags"]),
    "pipeline_tag": lambda _, row: row["pipeline_tag"],
    "library_name": lambda _, row: row["library_name"],
    "cardData": lambda _, row: _card(row) or None,
    "model-index": lambda _, row: _card(row).get("model-index"),
    "config": lambda _, row: {} if row["kind"] == "model" else None,
    "safetensors": _weights,
    "spaces": lambda *_: [],
    "models": lambda *_: [],
    "datasets": lambda *_: [],
    "usedStorage": lambda *_: 0,
    "sdk": lambda _, row: _card(row).get("sdk"),
    "subdomain": lambda _, row: str(row["name"]).replace("/", "-").lower(),
    "description": lambda _, row: _card(row).get("description"),
}
