"""What the bot says, word for word, and that nobody can speak through it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.claims import Claim, InIndex, Marker, Source, read_marker
from bot.present import Evidence, Wanted
from bot.repo_config import ConfigError
from bot.words import (
    HANDS_OFF,
    MAX_DESCRIPTION,
    Card,
    Omission,
    closing_sentence,
    commit_message,
    config_id,
    config_notice,
    description,
    hands_off_notice,
    number,
    plain,
    pushed_sentence,
    read_notices,
    rebuild_sentence,
    surplus_sentence,
    title,
)

CARD = Card("https://hub.example", "heron-labs/heron-8b", "0123456789abcdef0123456789abcdef01234567")


def wanted(value: float = 41.9, benchmark: str = "Quiz", notes: str | None = None) -> Wanted:
    return Wanted(
        Claim("owls/quiz", "default", "with_tools" if notes else "", value, Source.CARD),
        notes,
        "https://hub.example/heron-labs/heron-8b",
        "Model Card",
        Evidence(benchmark, f"**{value}**", 1, 2, 1, 20, benchmark, "Heron-8B"),
    )


def described(proposed: list[Wanted], left_out: list[Omission]) -> str:
    return description(CARD, proposed, left_out, Marker(tuple(one.claim for one in proposed)))


def test_the_description_word_for_word() -> None:
    left_out = [Omission("Riddle 12.3", "“Riddle” is not the name of a registered benchmark.", 21)]
    readme = "https://hub.example/heron-labs/heron-8b/blob/0123456789abcdef0123456789abcdef01234567/README.md"
    said = described([wanted(), wanted(50.0, notes="With tools")], left_out)
    assert said == (
        f"This adds 2 scores from the [model card]({readme}) (commit `0123456`) as evaluation results, "
        "so that the model page and the leaderboards can show them. "
        "Nothing needs to be done: merge it if the numbers are right.\n"
        "\n"
        "| Benchmark | Value | In the card |\n"
        "|---|---|---|\n"
        f"| [Quiz](https://hub.example/datasets/owls/quiz) | 41.9 | [\\*\\*41.9\\*\\*]({readme}?code=true#L20) "
        "(table 1, Quiz / Heron-8B, line 20) |\n"
        "| [Quiz](https://hub.example/datasets/owls/quiz) (With tools) | 50 "
        f"| [\\*\\*50.0\\*\\*]({readme}?code=true#L20) (table 1, Quiz / Heron-8B, line 20) |\n"
        "\n"
        "<details><summary>Left out: 1</summary>\n"
        "\n"
        f"- [Riddle 12.3]({readme}?code=true#L21): “Riddle” is not the name of a registered benchmark.\n"
        "\n"
        "</details>\n"
        "\n"
        "When the card's tables change, this pull request is brought up to date. "
        "Closing it is a no: these values will not be proposed again. "
        "A file `.scorekeeper.yaml` in the repo can leave benchmarks out, name tables, or turn this off.\n"
        "\n"
        '<!-- scorekeeper:1 {"claims":['
        '{"dataset":"owls/quiz","task":"default","variant":"","value":41.9,"source":"card"},'
        '{"dataset":"owls/quiz","task":"default","variant":"with_tools","value":50.0,"source":"card"}'
        '],"ignored":[]} -->'
    )


def test_claims_of_other_sources_are_told_apart() -> None:
    run = Claim("owls/riddle", "default", "", 12.5, Source.RUN)
    body = description(CARD, [wanted()], [], Marker((wanted().claim, run)))
    assert "From other sources:\n\n- owls/riddle (default): 12.5" in body


RUN = Wanted(
    Claim("owls/riddle", "default", "", 12.5, Source.RUN),
    None,
    "https://hub.example/datasets/owls/runs/blob/main/runs/2026-11/log.txt",
    "Scorekeeper",
    None,
    date="2026-11-21T10:30:00Z",
)


def test_a_pull_request_of_runs_alone_word_for_word() -> None:
    body = description(CARD, [RUN], [], Marker((RUN.claim,)))
    assert body == (
        "This adds 1 result of evaluations that were run, so that the model page and the leaderboards can show them. "
        "Each names its log. Nothing needs to be done: merge it if the numbers are right.\n"
        "\n"
        "Results:\n"
        "\n"
        f"- owls/riddle (default): 12.5 ([run of 2026-11-21]({RUN.source_url}))\n"
        "\n"
        "Closing it is a no: these values will not be proposed again. "
        "A file `.scorekeeper.yaml` in the repo can leave benchmarks out, name tables, or turn this off.\n"
        "\n"
        '<!-- scorekeeper:1 {"claims":['
        '{"dataset":"owls/riddle","task":"default","variant":"","value":12.5,"source":"run"}],"ignored":[]} -->'
    )
    assert title([RUN]) == "Add evaluation results"
    assert commit_message([RUN], update=True) == "Update evaluation results"
    assert title([RUN, wanted()]) == title()


def test_what_stands_in_the_model_index_alone_word_for_word() -> None:
    place = InIndex("MMLU", "accuracy", "Accuracy (5-shot)", source_url=RUN.source_url or "")
    claim = Claim("cais/mmlu", "", "accuracy_5_shot", 63.1, Source.RUN, "2026-11-21T10:30:00Z", place)
    body = description(CARD, [replace(RUN, claim=claim)], [], Marker((claim,)))
    assert body.startswith(
        "This adds 1 result of evaluations that were run, so that the model page can show them. Each names its log. "
        "Nothing needs to be done: merge it if the numbers are right.\n"
        "\n"
        "Results:\n"
        "\n"
        f"- MMLU, Accuracy \\(5-shot\\), in the card's `model-index`: 63.1 ([run of 2026-11-21]({RUN.source_url}))\n"
    )
    nasty = replace(claim, index=InIndex("<b>@you", "[x](y)", source_url="javascript:x"), date="<img>")
    body = description(CARD, [wanted()], [], Marker((wanted().claim, nasty)))
    assert "- &lt;b&gt;@\u2060you, \\[x\\]\\(y\\), in the card's `model-index`: 63.1\n" in body


def test_what_people_asked_to_leave_out_is_told() -> None:
    body = description(CARD, [wanted()], [], Marker((wanted().claim,), ("owls/riddle", "owls/rebus")))
    assert "\n\nLeft out on request: owls/riddle, owls/rebus.\n\nWhen the card's tables change" in body


def test_a_run_that_stays_names_its_log_and_no_address_that_is_none() -> None:
    marker = Marker((wanted().claim, RUN.claim))
    assert f"12.5 ([run of 2026-11-21]({RUN.source_url}))" in description(CARD, [wanted()], [], marker, [RUN.entry])
    for url in ("javascript:alert(1)", "https://x.example/) [click](https://y.example", None):
        odd = replace(RUN, source_url=url).entry
        assert "run of" not in description(CARD, [wanted()], [], marker, [odd])


def test_the_short_texts_word_for_word() -> None:
    assert title() == "Add evaluation results from the model card"
    assert commit_message(update=False) == title()
    assert commit_message(update=True) == "Update evaluation results from the model card"
    assert closing_sentence() == (
        "Closing this: the model card no longer states these scores, or the repo has them already."
    )
    assert surplus_sentence(3) == "Closing this: #3 is the one pull request that is kept up to date."
    assert rebuild_sentence() == "Closing this: it conflicts with the main branch. A new one takes its place."
    assert pushed_sentence("0123456789") == (
        "Closing this: the scores are on the main branch since 0123456, as .scorekeeper.yaml asks for."
    )


def test_the_notices_word_for_word_and_found_again() -> None:
    assert hands_off_notice() == (
        "Somebody else has committed here, so this pull request is yours now: it is no longer brought up to date."
        "\n\n<!-- scorekeeper:notice hands-off -->"
    )
    assert read_notices(hands_off_notice()) == [HANDS_OFF]
    error = ConfigError("There is no setting `<b>@you`.", 2, 1)
    assert config_notice(error) == (
        "`.scorekeeper.yaml` has a mistake in line 2, column 1: There is no setting \\`&lt;b&gt;@\u2060you\\`. "
        f"Until it is mended, nothing is done in this repo.\n\n<!-- scorekeeper:notice {config_id(error)} -->"
    )
    assert read_notices(config_notice(error)) == [config_id(error)]
    assert config_id(error) == config_id(ConfigError("There is no setting `<b>@you`.", 3, 1))
    assert config_id(error) != config_id(ConfigError("There is no setting `x`.", 2, 1))


@pytest.mark.parametrize(
    ("value", "text"),
    [(41.9, "41.9"), (50.0, "50"), (100, "100"), (1e-7, "0.0000001"), (0.412, "0.412"), (1e15, "1000000000000000")],
)
def test_values_are_written_as_people_write_them(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    "text",
    [
        "@everyone",
        "[x](https://evil.example)",
        "<img src=x>",
        "a | b",
        "<!-- scorekeeper:1 [] -->",
        "`code`",
        "#1",
        "https://evil.example",
        "www.evil.example",
    ],
)
def test_a_label_is_only_text(text: str) -> None:
    shown = plain(text)
    assert "<" not in shown
    assert "@everyone" not in shown
    assert "](" not in shown
    assert "https://" not in shown
    assert "www." not in shown


@given(st.text(max_size=400))
def test_no_label_breaks_the_table_or_the_marker(text: str) -> None:
    body = described([wanted(benchmark=text)], [Omission(text, text, None)])
    assert read_marker(body) == Marker((wanted().claim,))
    table = body.split("\n\n")[1].split("\n")
    assert len(table) == 3
    assert body.count("<!--") == 1


def test_a_long_list_is_cut_with_a_visible_note() -> None:
    many = [Omission(f"Riddle {n}", "no such benchmark", n) for n in range(60)]
    assert "… and 20 more" in described([wanted()], many)


def test_a_long_description_is_cut_with_a_visible_note() -> None:
    rows = [wanted(float(n), benchmark="Quiz " * 30) for n in range(250)]
    body = described(rows, [Omission("x" * 5000, "y" * 5000, n) for n in range(60)])
    assert "more are in the files of this pull request" in body
    assert len(body) <= MAX_DESCRIPTION
    assert read_marker(body) == Marker(tuple(row.claim for row in rows))
