import httpx2
import pytest

from localhub import LocalHub, cards, ignoring


def test_blank_lines_before_the_metadata_are_allowed() -> None:
    assert cards.read("\n\n---\nlicense: mit\n---\ntext").data == {"license": "mit"}


def test_windows_line_ends_are_allowed() -> None:
    assert cards.read("---\r\nlicense: mit\r\n---\r\ntext").data == {"license": "mit"}


@pytest.mark.parametrize("text", ["", "# Title", "---\n---\n", "text\n---\na: 1\n---\n"])
def test_a_card_without_metadata_is_a_warning(text: str) -> None:
    assert cards.check(text)["errors"] == []
    assert len(cards.check(text)["warnings"]) == 1


@pytest.mark.parametrize(
    ("metadata", "problem"),
    [
        ("a: [", "Invalid YAML"),
        ("- 1", "must be a mapping"),
        ("license: 1", '"license"'),
        ("tags: 1", '"tags"'),
        ("model-index: 1", "must be an array"),
        ("model-index: [{results: []}]", "name"),
        ("model-index: [{name: x}]", "results"),
    ],
)
def test_wrong_metadata_is_an_error(metadata: str, problem: str) -> None:
    assert problem in cards.check(f"---\n{metadata}\n---\n")["errors"][0]["message"]


def test_tags_come_from_many_fields() -> None:
    card = {"tags": ["x"], "language": ["en"], "base_model": "a/b", "base_model_relation": "finetune", "license": "mit"}
    assert cards.tags("model", card) == ["x", "en", "license:mit", "base_model:a/b", "base_model:finetune:a/b"]
    assert "language:en" in cards.tags("dataset", card)


@pytest.mark.parametrize(
    ("rules", "path", "ignored"),
    [
        ("nested/*", "nested/file.bin", True),
        ("logs/", "logs/deep/x", True),
        ("logs/", "logs", False),
        ("*.log", "a/b/x.log", True),
        ("*.log\n!keep.log", "keep.log", False),
        ("# *.log\n", "x.log", False),
        ("/top.txt", "a/top.txt", False),
    ],
)
def test_ignore_rules_work_as_in_git(rules: str, path: str, ignored: bool) -> None:
    assert ignoring.is_ignored(rules, path) is ignored


def test_a_license_must_be_one_that_the_hub_knows() -> None:
    assert cards.check("---\nlicense: mit\n---\n")["errors"] == []
    (problem,) = cards.check("---\nlicense: my-own\n---\n")["errors"]
    assert problem["message"].startswith('"license" must be one of [')


def test_a_card_is_told_its_problems_as_text(hub: LocalHub) -> None:
    def answer(content: str) -> tuple[int, str]:
        url, headers = f"{hub.url}/api/validate-yaml", {"Accept": "text/plain"}
        reply = httpx2.post(url, json={"repoType": "model", "content": content}, headers=headers)
        return reply.status_code, reply.text

    assert answer("# None") == (200, "- Warning: empty or missing yaml metadata in repo card")
    assert answer("---\n- a list\n---\n") == (400, "- Error: The metadata must be a mapping of names to values.")
