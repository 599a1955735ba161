import pytest

from localhub import cards, ignoring


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
