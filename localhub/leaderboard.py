"""A benchmark's leaderboard: the results that models, and open pull requests on them, claim for a dataset."""

import json
from dataclasses import dataclass

import yaml

from localhub import accounts, refs, repos
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
    parameters: int | None

    @property
    def task_id(self) -> str:
        return str(self.body["data"]["dataset"]["task_id"])

    @property
    def value(self) -> float:
        return float(self.body["data"]["value"])


@dataclass(frozen=True)
class Wanted:
    """Which claims a request asks for.

    Attributes:
        task_id: those for this task; empty for all.
        only_base: those of models that name no base model (the Hub's default).
        most_parameters: those of models with so many parameters at most; models of unknown size are left out then.
    """

    task_id: str = ""
    only_base: bool = True
    most_parameters: int | None = None


def of_dataset(core: Core, dataset: Repo, caller: Caller | None, wanted: Wanted) -> list[JsonObject] | None:
    """The rows of a registered benchmark, best first, as ``get_dataset_leaderboard`` reads them; None for others.

    Registered means that the dataset has the tag ``benchmark:official``. Lower is better where the task in its
    ``eval.yaml`` says ``lower_is_better: true``; where the Hub knows it from is documented nowhere. Tasks that differ
    in this are not mixed: those where higher is better come first.
    """
    if core.db.one("SELECT 1 FROM repo_tags WHERE tag = 'benchmark:official' AND repo_seq = ?", dataset.seq) is None:
        return None
    claims = [
        claim
        for claim in _claims(core, dataset.name)
        if repos.may_read(core.db, caller, claim.model)
        and not claim.model.disabled
        and wanted.task_id in ("", claim.task_id)
        and not (wanted.only_base and _is_derived(core, claim.model))
        and _fits(claim.parameters, wanted.most_parameters)
    ]
    falling = _falling_tasks(core, dataset)
    claims.sort(key=lambda claim: (claim.task_id in falling, claim.value * (1 if claim.task_id in falling else -1)))
    return [_row(core, rank, claim, falling) for rank, claim in enumerate(claims, 1)]


def _fits(parameters: int | None, most: int | None) -> bool:
    return most is None or (parameters is not None and parameters <= most)


def _falling_tasks(core: Core, dataset: Repo) -> set[str]:
    """The tasks of the dataset where lower is better."""
    entry = core.git.entry(refs.head(core, dataset), "eval.yaml")
    if entry is None or entry.kind != "file":
        return set()
    try:
        content = yaml.safe_load(core.git.read(entry.oid))
    except yaml.YAMLError:
        return set()
    tasks = content.get("tasks") if isinstance(content, dict) else None
    found = [task for task in tasks if isinstance(task, dict)] if isinstance(tasks, list) else []
    return {str(task.get("id")) for task in found if task.get("lower_is_better") is True}


def _claims(core: Core, dataset_name: str) -> list[_Claim]:
    drafts = "draft" if core.switches.draft_results_shown else "open"
    found = core.db.rows(
        "SELECT r.body, r.repo_id, d.num, m.num_parameters FROM results r JOIN repos m ON m.id = r.repo_id"
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
        model = repos.by_id(core.db, row["repo_id"])
        claims.append(_Claim(model, json.loads(row["body"]), row["num"], row["num_parameters"]))
    return claims


def _is_derived(core: Core, model: Repo) -> bool:
    row = core.db.one("SELECT 1 FROM repo_tags WHERE repo_seq = ? AND tag LIKE 'base_model:%' LIMIT 1", model.seq)
    return row is not None


def _row(core: Core, rank: int, claim: _Claim, falling: set[str]) -> JsonObject:
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
    if claim.task_id in falling:
        row["lower_is_better"] = True
    if claim.parameters is not None:
        row["num_parameters"] = claim.parameters
    if claim.pull is not None:
        row["pullRequest"] = claim.pull
    return {**row, "notes": data["notes"]} if data.get("notes") else row
