"""A benchmark's leaderboard: the results that models, and open pull requests on them, claim for a dataset."""

import json
from dataclasses import dataclass

from localhub import accounts, repos
from localhub.accounts import Caller
from localhub.core import Core
from localhub.errors import JsonObject
from localhub.refs import MAIN
from localhub.repos import Repo


@dataclass(frozen=True)
class _Claim:
    model: Repo
    body: JsonObject
    pull: int | None

    @property
    def value(self) -> float:
        return float(self.body["data"]["value"])


def of_dataset(
    core: Core, dataset: Repo, caller: Caller | None, task_id: str, *, only_base: bool
) -> list[JsonObject] | None:
    """The rows of a registered benchmark, best first, as ``get_dataset_leaderboard`` reads them; None for others.

    Registered means that the dataset has the tag ``benchmark:official``. With `only_base` models that name a base
    model are left out (the Hub's default). No benchmark here says that lower is better.
    """
    if core.db.one("SELECT 1 FROM repo_tags WHERE tag = 'benchmark:official' AND repo_seq = ?", dataset.seq) is None:
        return None
    claims = [
        claim
        for claim in _claims(core, dataset.name)
        if repos.may_read(core.db, caller, claim.model)
        and not claim.model.disabled
        and (not task_id or claim.body["data"]["dataset"]["task_id"] == task_id)
        and not (only_base and _is_derived(core, claim.model))
    ]
    claims.sort(key=lambda claim: -claim.value)
    return [_row(core, rank, claim) for rank, claim in enumerate(claims, 1)]


def _claims(core: Core, dataset_name: str) -> list[_Claim]:
    drafts = "draft" if core.switches.draft_results_shown else "open"
    found = core.db.rows(
        "SELECT r.body, r.repo_id, d.num FROM results r"
        " LEFT JOIN discussions d ON d.repo_id = r.repo_id AND r.ref = 'refs/pr/' || d.num"
        " WHERE lower(json_extract(r.body, '$.data.dataset.id')) = lower(?)"
        " AND (r.ref = ? OR d.status IN ('open', ?)) ORDER BY d.num IS NOT NULL, d.num, r.position",
        *(dataset_name, MAIN, drafts),
    )
    claims: list[_Claim] = []
    on_main: set[tuple[str, str]] = set()
    for row in found:
        if row["num"] is None:
            on_main.add((row["repo_id"], row["body"]))
        elif (row["repo_id"], row["body"]) in on_main:
            continue
        claims.append(_Claim(repos.by_id(core.db, row["repo_id"]), json.loads(row["body"]), row["num"]))
    return claims


def _is_derived(core: Core, model: Repo) -> bool:
    row = core.db.one("SELECT 1 FROM repo_tags WHERE repo_seq = ? AND tag LIKE 'base_model:%' LIMIT 1", model.seq)
    return row is not None


def _row(core: Core, rank: int, claim: _Claim) -> JsonObject:
    owner = accounts.by_id(core.db, claim.model.owner_id)
    data = claim.body["data"]
    row: JsonObject = {
        "rank": rank,
        "modelId": claim.model.name,
        "value": data["value"],
        "filename": claim.body["filename"],
        "verified": claim.body["verified"],
        "author": accounts.author_json(owner, core.base_url) if owner else {"name": "deleted", "type": "user"},
    }
    source = data.get("source")
    if source:
        shown = {key: source[key] for key in ("url", "name") if key in source}
        row["source"] = {**shown, "isExternal": not source["url"].startswith(core.base_url)}
    if claim.pull is not None:
        row["pullRequest"] = claim.pull
    return {**row, "notes": data["notes"]} if data.get("notes") else row
