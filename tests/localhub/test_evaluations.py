from typing import Any

import httpx2
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from localhub import LocalHub, Repo, Seed, Switches
from localhub.results import parse
from tests.localhub.conftest import StartHub, add, client

HLE = "- dataset: {id: cais/hle, task_id: hle}\n  value: 20.9\n  date: 2026-01-02\n"
GPQA = "- dataset: {id: Idavidrein/gpqa, task_id: diamond}\n  value: 0.4\n  source: {url: https://x.org, name: Card}\n"


def rows(raw: httpx2.Client, repo: str) -> list[tuple[Any, ...]]:
    found = raw.get(f"/api/models/{repo}", params={"expand": "evalResults"}).json()["evalResults"]
    return [(row["filename"], row["data"]["value"], row.get("pullRequest")) for row in found]


def test_results_on_main_are_read_by_the_client(author: HfApi, repo: str) -> None:
    author.create_commit(
        repo, [add(".eval_results/hle.yaml", HLE), add(".eval_results/gpqa.yaml", GPQA)], commit_message="R"
    )
    gpqa, hle = author.model_info(repo, expand=["evalResults"]).eval_results or []
    assert (hle.dataset_id, hle.task_id, hle.value, hle.date) == ("cais/hle", "hle", 20.9, "2026-01-02")
    assert (gpqa.source_url, gpqa.source_name) == ("https://x.org", "Card")
    assert author.model_info(repo).eval_results is None


def test_results_of_open_pull_requests_show_until_closed(
    author: HfApi, bot: HfApi, raw: httpx2.Client, repo: str
) -> None:
    author.create_commit(repo, [add(".eval_results/hle.yaml", HLE)], commit_message="Results")
    bot.create_commit(repo, [add(".eval_results/gpqa.yaml", GPQA)], commit_message="Add results", create_pr=True)
    main, proposed = (".eval_results/hle.yaml", 20.9, None), (".eval_results/gpqa.yaml", 0.4, 1)
    assert rows(raw, repo) == [main, proposed]
    # What the pull request did not touch stays main's, even when main moves on.
    author.create_commit(repo, [add(".eval_results/hle.yaml", HLE.replace("20.9", "21"))], commit_message="Newer")
    assert rows(raw, repo) == [(".eval_results/hle.yaml", 21, None), proposed]
    author.change_discussion_status(repo, 1, "closed")
    assert rows(raw, repo) == [(".eval_results/hle.yaml", 21, None)]
    author.change_discussion_status(repo, 1, "open")
    author.merge_pull_request(repo, 1)
    assert sorted(rows(raw, repo)) == [(".eval_results/gpqa.yaml", 0.4, None), (".eval_results/hle.yaml", 21, None)]


def test_a_proposed_result_that_main_has_by_now_shows_once(
    author: HfApi, bot: HfApi, raw: httpx2.Client, repo: str
) -> None:
    bot.create_commit(repo, [add(".eval_results/hle.yaml", HLE)], commit_message="Add results", create_pr=True)
    author.create_commit(repo, [add(".eval_results/hle.yaml", HLE)], commit_message="Same here")
    assert rows(raw, repo) == [(".eval_results/hle.yaml", 20.9, None)]


def test_pushing_to_a_pull_request_replaces_its_results(bot: HfApi, raw: httpx2.Client, repo: str) -> None:
    bot.create_commit(repo, [add(".eval_results/hle.yaml", HLE)], commit_message="Add results", create_pr=True)
    changed = HLE.replace("20.9", "22.5")
    bot.create_commit(repo, [add(".eval_results/hle.yaml", changed)], commit_message="Fix", revision="refs/pr/1")
    assert rows(raw, repo) == [(".eval_results/hle.yaml", 22.5, 1)]


@pytest.mark.parametrize("shown", [False, True])
def test_whether_drafts_show_their_results_is_a_switch(start_hub: StartHub, shown: bool) -> None:
    api = client(start_hub(switches=Switches(commit_pr_status="draft", draft_results_shown=shown)))
    repo = api.create_repo("author/drafts").repo_id
    api.create_commit(repo, [add(".eval_results/hle.yaml", HLE)], commit_message="Add results", create_pr=True)
    assert bool(api.model_info(repo, expand=["evalResults"]).eval_results) is shown


def test_info_may_carry_results_unasked(start_hub: StartHub) -> None:
    api = client(start_hub(switches=Switches(eval_results_by_default=True)))
    repo = api.create_repo("author/unasked").repo_id
    api.create_commit(repo, [add(".eval_results/hle.yaml", HLE)], commit_message="Results")
    assert len(api.model_info(repo).eval_results or []) == 1


def test_a_benchmark_ranks_what_models_and_open_pull_requests_claim(hub: LocalHub, author: HfApi, bot: HfApi) -> None:
    ranked = Repo("acme/ranked", kind="dataset", tags=["benchmark:official"])
    hub.plant(Seed(repos=[ranked, Repo("acme/plain", kind="dataset")]))
    entry = "- dataset: {{id: acme/ranked, task_id: {task}}}\n  value: {value}\n  notes: {notes}\n"
    for name, value, more in (("good", 2, ""), ("best", 3, ""), ("tuned", 4, "base_model: acme/best")):
        result = add(".eval_results/r.yaml", entry.format(task="t", value=value, notes="x"))
        card = add("README.md", f"---\nlicense: mit\n{more}\n---\n")
        author.create_commit(author.create_repo(f"acme/{name}").repo_id, [result, card], commit_message="Results")
    bot.create_commit(
        "acme/good",
        [add(".eval_results/s.yaml", entry.format(task="u", value=2.5, notes="With tools"))],
        commit_message="Add",
        create_pr=True,
    )
    rows = author.get_dataset_leaderboard("acme/ranked")
    assert [(row.rank, row.model_id, row.value, row.pull_request) for row in rows] == [
        (1, "acme/best", 3, None),
        (2, "acme/good", 2.5, 1),
        (3, "acme/good", 2, None),
    ]
    assert (rows[0].author.name, rows[1].notes, rows[0].verified) == ("acme", "With tools", False)  # type: ignore[union-attr]  # an organization
    everything = author.get_dataset_leaderboard("acme/ranked", base_model_only=False)
    assert everything[0].model_id == "acme/tuned"
    author.update_repo_settings("acme/best", private=True)
    assert "acme/best" not in [row.model_id for row in bot.get_dataset_leaderboard("acme/ranked")]
    with pytest.raises(HfHubHTTPError, match="does not have a leaderboard"):
        author.get_dataset_leaderboard("acme/plain")


@pytest.mark.parametrize("task", ["errors", "accuracy"])
def test_a_task_says_whether_lower_is_better(hub: LocalHub, author: HfApi, raw: httpx2.Client, task: str) -> None:
    name = f"acme/ranked-{task}"
    tasks = "tasks: [{id: errors, lower_is_better: true}, {id: accuracy}, nonsense]"
    hub.plant(Seed(repos=[Repo(name, kind="dataset", tags=["benchmark:official"], files={"eval.yaml": tasks})]))
    for model, value in ((f"{task}-small", 1), (f"{task}-big", 2)):
        entry = f"- dataset: {{id: {name}, task_id: {task}}}\n  value: {value}\n"
        repo = author.create_repo(f"acme/{model}").repo_id
        author.create_commit(repo, [add(".eval_results/r.yaml", entry)], commit_message="Results")
    rows = raw.get(f"/api/datasets/{name}/leaderboard").json()
    assert [row["value"] for row in rows] == ([1, 2] if task == "errors" else [2, 1])
    assert all(row.get("lower_is_better") is (True if task == "errors" else None) for row in rows)


def test_a_leaderboard_can_be_cut_by_task_and_size(hub: LocalHub, author: HfApi, raw: httpx2.Client) -> None:
    entry = "- dataset: {id: acme/sized, task_id: %s}\n  value: %s\n"
    results = {".eval_results/r.yaml": entry % ("t", 1) + entry % ("u", 2)}
    models = [Repo(f"acme/sized-{size}", files=results, num_parameters=size) for size in (None, 7 * 10**9, 70 * 10**9)]
    hub.plant(Seed(repos=[Repo("acme/sized", kind="dataset", tags=["benchmark:official"]), *models]))
    rows = raw.get("/api/datasets/acme/sized/leaderboard", params={"task_id": "u"}).json()
    assert {(row["modelId"], row["value"]) for row in rows} == {(model.name, 2) for model in models}

    def sizes(most: str) -> set[int | None]:
        url = "/api/datasets/acme/sized/leaderboard"
        return {row.get("num_parameters") for row in raw.get(url, params={"max_params": most}).json()}

    assert sizes("7B") == sizes("7000000000") == {7 * 10**9}
    assert sizes("0.1T") == {7 * 10**9, 70 * 10**9}
    assert raw.get("/api/datasets/acme/sized/leaderboard", params={"max_params": "lots"}).status_code == 400
    listed = author.list_models(author="acme", num_parameters="min:6B,max:8B")
    assert [model.id for model in listed] == [models[1].name]
    info = author.model_info(models[1].name)
    assert info.safetensors is not None
    assert info.safetensors.total == 7 * 10**9


def test_lists_show_results_too(author: HfApi, bot: HfApi) -> None:
    repo = author.create_repo("acme/listed").repo_id
    author.create_commit(repo, [add(".eval_results/hle.yaml", HLE)], commit_message="Results")
    bot.create_commit(repo, [add(".eval_results/gpqa.yaml", GPQA)], commit_message="Add", create_pr=True)
    (model,) = author.list_models(search="acme/listed", expand=["evalResults"])
    assert [(row.dataset_id, row.value) for row in model.eval_results or []] == [
        ("cais/hle", 20.9),
        ("Idavidrein/gpqa", 0.4),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[", "not YAML"),
        ("a: 1", "must hold a list"),
        ("- 1", "must be a mapping"),
        ("- value: 1", "dataset.id is required"),
        ("- dataset: {id: a/b}\n  value: 1", "task_id is required"),
        ("- dataset: {id: a/b, task_id: t}", "value must be a number"),
        ("- dataset: {id: a/b, task_id: t}\n  value: .nan", "value must be a number"),
        ("- dataset: {id: a/b, task_id: t}\n  value: true", "value must be a number"),
        ("- dataset: {id: a/b, task_id: t}\n  value: 1\n  source: {name: x}", "source.url is required"),
    ],
)
def test_a_wrong_file_is_shown_as_an_error(text: str, problem: str) -> None:
    (row,) = parse(".eval_results/x.yaml", text.encode())
    assert row["filename"] == ".eval_results/x.yaml"
    assert problem in row["error"]
