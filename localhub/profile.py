"""What is read out of a repo's files when a ref moves: card, tags, and evaluation results.

Kept as columns and rows, so that lists and filters never have to parse a card.
"""

import json
import re

from localhub import cards, results
from localhub.core import Core
from localhub.database import Database
from localhub.repos import Repo

_ARXIV = re.compile(r"arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5})")


def follow(core: Core, repo: Repo, ref: str, sha: str) -> None:
    """Bring everything derived from `ref`, now at `sha`, up to date; what did not change is not read again."""
    if ref == "refs/heads/main":
        core.db.run("UPDATE repos SET last_modified = ? WHERE seq = ?", core.clock.now(), repo.seq)
        _follow_card(core, repo, sha)
    if repo.kind == "model" and (ref == "refs/heads/main" or ref.startswith("refs/pr/")):
        _follow_results(core, repo, ref, sha)


def _follow_card(core: Core, repo: Repo, sha: str) -> None:
    entry = core.git.entry(sha, "README.md")
    oid = None if entry is None or entry.kind != "file" else entry.oid
    row = core.db.one("SELECT readme_oid, extra_tags FROM repos WHERE seq = ?", repo.seq)
    if row is None or row["readme_oid"] == oid:
        return
    text = core.git.read(oid).decode("utf-8", "replace") if oid else ""
    card = cards.read(text).data or {}
    tags = [*cards.tags(repo.kind, card), *json.loads(row["extra_tags"])]
    tags += [f"arxiv:{paper}" for paper in dict.fromkeys(_ARXIV.findall(text))]
    pipeline, library = card.get("pipeline_tag"), card.get("library_name")
    core.db.run(
        "UPDATE repos SET readme_oid = ?, card = ?, pipeline_tag = ?, library_name = ? WHERE seq = ?",
        oid,
        cards.dump(card) if card else None,
        pipeline if isinstance(pipeline, str) else None,
        library if isinstance(library, str) else None,
        repo.seq,
    )
    set_tags(core.db, repo, [*dict.fromkeys(tags), "region:us"])


def set_tags(db: Database, repo: Repo, tags: list[str]) -> None:
    """Replace the tags that list filters look at."""
    db.run("UPDATE repos SET tags = ? WHERE seq = ?", json.dumps(tags), repo.seq)
    db.run("DELETE FROM repo_tags WHERE repo_seq = ?", repo.seq)
    for tag in tags:
        db.run("INSERT OR IGNORE INTO repo_tags (tag, repo_seq) VALUES (?,?)", tag, repo.seq)


def _follow_results(core: Core, repo: Repo, ref: str, sha: str) -> None:
    folder = core.git.entry(sha, results.FOLDER)
    oid = folder.oid if folder is not None and folder.kind == "directory" else None
    row = core.db.one("SELECT results_oid FROM refs WHERE repo_id = ? AND name = ?", repo.id, ref)
    if row is not None and row["results_oid"] == oid:
        return
    core.db.run("UPDATE refs SET results_oid = ? WHERE repo_id = ? AND name = ?", oid, repo.id, ref)
    core.db.run("DELETE FROM results WHERE repo_id = ? AND ref = ?", repo.id, ref)
    untouched = _base_blobs(core, repo, ref)
    position = 0
    for entry in core.git.entries(oid, f"{results.FOLDER}/", recursive=False) if oid else ():
        # A file that a pull request did not touch is main's, even where main has moved on.
        if entry.kind == "file" and entry.path.endswith(".yaml") and entry.oid not in untouched:
            for body in results.parse(entry.path, core.git.read(entry.oid)):
                core.db.run("INSERT INTO results VALUES (?,?,?,?)", repo.id, ref, position, json.dumps(body))
                position += 1


def _base_blobs(core: Core, repo: Repo, ref: str) -> set[str]:
    if not ref.startswith("refs/pr/"):
        return set()
    num = int(ref.removeprefix("refs/pr/"))
    row = core.db.one("SELECT base_sha FROM discussions WHERE repo_id = ? AND num = ?", repo.id, num)
    folder = core.git.entry(row["base_sha"], results.FOLDER) if row is not None else None
    if folder is None or folder.kind != "directory":
        return set()
    return {entry.oid for entry in core.git.entries(folder.oid, "", recursive=False)}
