"""Editing one entry of a result file: the entry says what was meant, and every other byte is as it was."""

import contextlib
from dataclasses import replace
from datetime import UTC
from functools import partial

import pytest
import yaml
from huggingface_hub import parse_eval_result_entries
from hypothesis import given
from hypothesis import strategies as st

from evaluators.results import ResultEntry, ResultsFileError, parse, render
from evaluators.results_edit import CannotEdit, append_entry, remove_entry, replace_entry

FILE = """\
# What we measured ourselves.
- dataset:
    id: owls/quiz  # the hard one
    task_id: "default"
  value: 20.90   # was 19
  checked_by: nobody   # no key of the format
  # where it comes from
  source:
    url: "https://hub.example/a/b"
    name: Model Card
# Anna's:
- dataset: {id: owls/maze, task_id: large}
  value: 3
  date: 2026-01-15
# The end.

"""
FIRST, SECOND = parse(FILE)
NEW = ResultEntry("owls/tree", "default", 71.5, "With tools", "2026-01-15", "https://hub.example/c/d", "Model Card")
ONE = "- dataset:\n    id: a/b\n    task_id: t\n  value: 1\n"
LAYOUTS = {
    "plain": FILE,
    "windows": FILE.replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + FILE,
    "no line break at the end": FILE.rstrip(),
    "start of document": "---\n" + FILE,
    "indented": "".join(f"   {line}" for line in FILE.splitlines(keepends=True)),
}
layouts = pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)


def changed_lines(before: str, after: str) -> list[tuple[str, str]]:
    return [(one, other) for one, other in zip(before.split("\n"), after.split("\n"), strict=True) if one != other]


@layouts
def test_a_new_value_changes_its_own_characters_and_nothing_else(text: str) -> None:
    edited = replace_entry(text, 1, replace(FIRST, value=31.4))
    assert edited == text.replace("20.90", "31.4")


@layouts
def test_a_value_that_is_the_same_number_is_left_as_it_was_printed(text: str) -> None:
    assert replace_entry(text, 1, replace(FIRST, value=20.9)) == text


@layouts
def test_what_the_entry_lacked_is_added_where_the_documentation_has_it(text: str) -> None:
    new = replace(FIRST, date="2026-03-01", notes="With tools", revision="abc", source_user="anna")
    edited = replace_entry(text, 1, new)
    assert parse(edited) == [new, SECOND]
    lines = [line.strip() for line in edited.split("\n")]
    assert lines[lines.index("value: 20.90   # was 19") + 1] == "date: '2026-03-01'"
    assert lines[lines.index("name: Model Card") + 1] == "user: anna"
    assert lines[lines.index("user: anna") + 1] == "notes: With tools"
    assert lines[lines.index('task_id: "default"') + 1] == "revision: abc"
    assert [
        line for line in lines if line not in {"date: '2026-03-01'", "user: anna", "notes: With tools", "revision: abc"}
    ] == [line.strip() for line in text.split("\n")]


@layouts
def test_what_the_new_entry_lacks_is_removed(text: str) -> None:
    new = replace(SECOND, date=None)
    assert parse(replace_entry(text, 2, new)) == [FIRST, new]
    new = replace(FIRST, source_name=None)
    edited = replace_entry(text, 1, new)
    assert parse(edited) == [new, SECOND]
    assert "# where it comes from" in edited


def test_a_text_keeps_the_quotes_it_had() -> None:
    edited = replace_entry(FILE, 1, replace(FIRST, source_url="https://hub.example/new", source_name="Logs", task="t"))
    assert 'url: "https://hub.example/new"\n    name: Logs\n' in edited
    assert 'task_id: "t"' in edited


def test_a_text_in_braces_is_quoted_so_that_it_cannot_end_them() -> None:
    edited = replace_entry(FILE, 2, replace(SECOND, task="large, old}"))
    assert "- dataset: {id: owls/maze, task_id: 'large, old}'}\n" in edited


def test_a_source_is_added_as_deep_as_the_dataset() -> None:
    text = "- dataset:\n      id: a/b\n      task_id: t\n  value: 1\n"
    new = replace(parse(text)[0], source_url="https://hub.example/x", source_name="Model Card")
    assert replace_entry(text, 1, new) == text + "  source:\n      url: https://hub.example/x\n      name: Model Card\n"


def test_an_empty_key_is_filled() -> None:
    text = "- dataset: {id: a/b, task_id: t}\n  value: 1\n  notes:   # none\n  date: ~\n"
    new = replace(parse(text)[0], notes="With tools", date="2026-01-15")
    expected = text.replace("notes:", "notes: With tools").replace("~", "'2026-01-15'")
    assert replace_entry(text, 1, new) == expected


def test_text_over_several_lines_becomes_one() -> None:
    for notes in ("|\n    With\n    tools\n", ">-\n    With\n    tools\n", "With\n    tools\n", '"With\n    tools"\n'):
        text = f"- dataset: {{id: a/b, task_id: t}}\n  notes: {notes}  value: 1\n"
        new = replace(parse(text)[0], notes="Python: on")
        edited = replace_entry(text, 1, new)
        assert parse(edited) == [new]
        assert edited.count("\n") == 3


@pytest.mark.parametrize(
    ("given_date", "written"),
    [
        ("2026-01-15", "'2026-01-15'"),
        ("2026-01-15T10:30:00+02:00", "'2026-01-15T08:30:00Z'"),
        ("2026-01-15T10:30:00.123Z", "'2026-01-15T10:30:00Z'"),
    ],
)
def test_dates_are_written_quoted_and_in_utc(given_date: str, written: str) -> None:
    assert f"date: {written}\n" in replace_entry(FILE, 1, replace(FIRST, date=given_date))
    assert f"date: {written}\n" in append_entry(FILE, replace(NEW, date=given_date))


@pytest.mark.parametrize("wrong", ["yesterday", "2026-13-01", "2026-01-15T10:30:00", ""])
def test_a_date_that_is_none_is_not_written(wrong: str) -> None:
    with pytest.raises(CannotEdit, match=r"^The date is not one of ISO 8601\.$"):
        replace_entry(FILE, 2, replace(SECOND, date=wrong))
    with pytest.raises(CannotEdit, match=r"^The date is not one of ISO 8601\.$"):
        append_entry(FILE, replace(NEW, date=wrong))


@layouts
def test_an_entry_is_added_in_the_lists_own_indentation(text: str) -> None:
    edited = append_entry(text, NEW)
    assert parse(edited) == [FIRST, SECOND, NEW]
    (read,) = parse_eval_result_entries(yaml.safe_load(edited)[2:])
    assert (read.dataset_id, read.value, read.date) == ("owls/tree", 71.5, "2026-01-15")
    assert edited.replace("\r\n", "").count("\n") == (0 if "\r" in text else edited.count("\n"))
    assert edited.endswith("\n") == text.endswith("\n")


@layouts
def test_adding_and_removing_gives_the_original(text: str) -> None:
    assert remove_entry(append_entry(text, NEW), 3) == text


@layouts
def test_a_removed_entry_takes_its_own_comments_and_no_others(text: str) -> None:
    without = remove_entry(text, 1)
    assert without is not None
    assert parse(without) == [SECOND]
    for comment in ("# What we measured ourselves.", "# Anna's:", "# The end."):
        assert comment in without
    assert "# where it comes from" not in without


def test_blank_lines_at_the_end_stay_there() -> None:
    assert (
        append_entry(ONE + "\n\n", ResultEntry("a/b", "u", 2))
        == ONE + ONE.replace("t\n", "u\n").replace("1", "2") + "\n\n"
    )


def test_text_over_several_lines_ends_where_the_next_key_starts() -> None:
    text = "- dataset: {id: a/b, task_id: t}\n  value: 1\n  origin: |\n    a run\n\n" + ONE
    assert remove_entry(text, 1) == ONE
    text = ONE + "  source:\n    url: u\n    name: |-\n      Logs\n" + ONE
    assert replace_entry(text, 1, replace(parse(text)[0], source_user="anna")) == text.replace(
        "Logs\n", "Logs\n    user: anna\n"
    )


def test_a_file_of_one_entry_has_nothing_left_without_it() -> None:
    assert remove_entry(render([NEW]), 1) is None
    assert remove_entry("---\n- dataset:  # ours\n    id: a/b\n    task_id: t\n  value: 1\n", 1) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "It is not a list of result entries."),
        ("# nothing\n", "It is not a list of result entries."),
        ("[]\n", "Its list is written in brackets."),
        ("- {dataset: {id: a/b, task_id: t}, value: 1}\n", "Entry 1 is written in braces."),
        ("[{dataset: {id: a/b, task_id: t}, value: 1}]", "Its list is written in brackets."),
        ("- dataset: &d {id: a/b, task_id: t}\n  value: 1\n", "Entry 1 is tied to others by an anchor."),
        ("- &one\n  dataset: {id: a/b, task_id: t}\n  value: 1\n", "Entry 1 is tied to others by an anchor."),
        ("&all\n- dataset: {id: a/b, task_id: t}\n  value: 1\n", "Its list has an anchor."),
        ("- dataset: {id: a/b, task_id: t}\n  value: 1\n---\n- 2\n", "It is not valid YAML at line 3."),
        ("- dataset: {id: a/b, task_id: t}\n  value: 1\n...\n", "It has an end of a document within it."),
        ("- dataset: {id: a/b, task_id: t}\n  value: 1\n  value: 2\n", "Entry 1 has a key twice."),
        ("- dataset: {id: a/b, task_id: t, id: a/c}\n  value: 2\n", "Entry 1 has a key twice."),
        ("- dataset: {id: a/b, task_id: t}\r  value: 1\r", "It has line breaks that not every reader takes for one."),
        (
            "- dataset: {id: a/b, task_id: t}\n  value: 1 #\u2028",
            "It has line breaks that not every reader takes for one.",
        ),
        ("- dataset: {id: a/b, task_id: t}\n  value: 1 # \ufffd", "It has characters that could not be read."),
        ("- dataset: {id: a/b, task_id: t}\n  value: 1\n- 2\n", "Entry 2 is not a mapping."),
    ],
)
def test_a_file_that_cannot_be_edited_safely_is_left_alone(text: str, sentence: str) -> None:
    new = ResultEntry("a/b", "t", 5)
    with pytest.raises(CannotEdit) as caught:
        replace_entry(text, 1, new)
    assert str(caught.value) == sentence
    with pytest.raises(CannotEdit):
        remove_entry(text, 1)
    if not sentence.startswith("Entry 1"):
        with pytest.raises(CannotEdit):
            append_entry(text, new)


@pytest.mark.parametrize(
    ("text", "change", "sentence"),
    [
        (ONE, {"dataset": "a/c"}, "Entry 1 is about another dataset."),
        (ONE, {"verified": True}, "An entry that carries a proof is not written."),
        (ONE, {"source_name": "Model Card"}, "A source without an address is not written."),
        (ONE + "  source: hub\n", {"source_url": "https://hub.example"}, "Entry 1 has a source that is not a mapping."),
        (ONE + "  source: {url: u}\n", {"source_url": "u", "source_name": "N"}, "The source is written in braces."),
        (ONE + "  <<: {notes: x}\n", {"notes": None}, "What would go is not on lines of its own."),
        (ONE + "  notes: x  # why\n", {"notes": None}, "What would go has a comment."),
        (ONE + "  notes: |  # why\n    x\n", {"notes": "y"}, "What would change has a comment within it."),
        ("- notes: x\n" + ONE.replace("-", " "), {"notes": None}, "What would go is not on lines of its own."),
        (ONE + "  source: {license: mit}\n", {"source_url": "u"}, "The source is written in braces."),
        (
            ONE + "  source:\n    url: u\n    license: mit\n",
            {"source_url": None},
            "The file is laid out so that more would change than was meant.",
        ),
    ],
)
def test_a_change_that_would_touch_more_is_not_made(text: str, change: dict[str, object], sentence: str) -> None:
    with pytest.raises(CannotEdit) as caught:
        replace_entry(text, 1, replace(parse(text)[0], **change))  # type: ignore[arg-type]  # one key each
    assert str(caught.value) == sentence


@pytest.mark.parametrize("token", ["abc.def.ghi", "''", "1"])
def test_a_verified_entry_is_never_changed_or_removed(token: str) -> None:
    text = FILE.replace("  checked_by: nobody", f"  verifyToken: {token}")
    with pytest.raises(CannotEdit, match=r"^Entry 1 is verified\.$"):
        replace_entry(text, 1, replace(FIRST, value=1))
    with pytest.raises(CannotEdit, match=r"^Entry 1 is verified\.$"):
        remove_entry(text, 1)
    assert f"verifyToken: {token}   #" in replace_entry(text, 2, replace(SECOND, value=1))
    assert f"verifyToken: {token}   #" in append_entry(text, NEW)
    assert f"verifyToken: {token}   #" in (remove_entry(text, 2) or "")


def test_a_proof_in_the_only_entry_keeps_the_file() -> None:
    with pytest.raises(CannotEdit, match="verified"):
        remove_entry(ONE + "  verifyToken: abc\n", 1)


@pytest.mark.parametrize("number", [0, 3, -1])
def test_there_is_no_other_entry(number: int) -> None:
    with pytest.raises(CannotEdit, match=rf"^There is no entry {number}\.$"):
        replace_entry(FILE, number, FIRST)
    with pytest.raises(CannotEdit):
        remove_entry(FILE, number)


def test_comments_of_others_are_not_left_without_a_list() -> None:
    with pytest.raises(CannotEdit, match=r"^Only comments would be left in the file\.$"):
        remove_entry("# Ours\n" + ONE, 1)


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=12)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**20), 10**20)
dates = st.dates().map(str) | st.datetimes(timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
)


@st.composite
def entries(draw: st.DrawFn) -> ResultEntry:
    url = draw(st.none() | words)
    return ResultEntry(
        dataset=draw(words),
        task=draw(words),
        value=draw(numbers),
        notes=draw(st.none() | words),
        date=draw(st.none() | dates),
        source_url=url,
        source_name=draw(st.none() | words) if url else None,
        source_user=draw(st.none() | words) if url else None,
        revision=draw(st.none() | words),
    )


@st.composite
def files(draw: st.DrawFn) -> str:
    """A file as people write them: own indentation, comments anywhere between lines, blank lines, either line break."""
    indent = " " * draw(st.integers(0, 3))
    comment = st.none() | st.sampled_from(["# a note", "#", "# - value: 1", "# 'quoted", ""])
    lines: list[str] = []
    for entry in draw(st.lists(entries(), min_size=1, max_size=4)):
        for line in render([entry]).removesuffix("\n").split("\n"):
            between = draw(comment)
            lines += [] if between is None else [indent + between]
            lines.append(indent + line)
    lines += draw(st.lists(comment.map(lambda one: one or ""), max_size=2))
    text = draw(st.sampled_from(["", "\ufeff", "---\n"])) + "\n".join(lines) + draw(st.sampled_from(["\n", ""]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def comment_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith("#")]


def editable(text: str) -> bool:
    return not set(text) & set("\x85\u2028\u2029\ufffd")


@given(files(), st.data())
def test_whatever_is_changed_in_one_entry_the_others_and_all_comments_stay(text: str, data: st.DataObject) -> None:
    old = parse(text)
    number = data.draw(st.integers(1, len(old)))
    new = replace(data.draw(entries()), dataset=old[number - 1].dataset)
    try:
        edited = replace_entry(text, number, new)
    except CannotEdit as error:
        # Only what has a comment within it, or cannot be written so that all readers agree, is refused.
        assert "comment" in str(error) or not editable(text + render([new]))  # noqa: PT017 - the other way is fine too
        return
    assert parse(edited) == [*old[: number - 1], new, *old[number:]]
    assert comment_lines(edited) == comment_lines(text)
    assert edited.startswith("\ufeff") == text.startswith("\ufeff")
    assert replace_entry(edited, number, new) == edited


def test_a_text_that_ends_in_an_odd_space_is_replaced_with_it() -> None:
    text = ONE.replace("task_id: t", "task_id: t\xa0")
    assert replace_entry(text, 1, replace(parse(text)[0], task="u")) == text.replace("t\xa0", "u")


@given(files(), st.data())
def test_a_new_value_alone_can_always_be_written(text: str, data: st.DataObject) -> None:
    old = parse(text)
    number = data.draw(st.integers(1, len(old)))
    new = replace(old[number - 1], value=data.draw(numbers))
    with contextlib.nullcontext() if editable(text) else pytest.raises(CannotEdit):
        edited = replace_entry(text, number, new)
        assert len(changed_lines(text, edited)) == (old[number - 1].value != new.value)


@given(files(), entries())
def test_whatever_is_added_and_removed_again_leaves_no_trace(text: str, new: ResultEntry) -> None:
    try:
        edited = append_entry(text, new)
    except CannotEdit:
        assert not editable(text + render([new]))
        return
    assert parse(edited) == [*parse(text), new]
    assert remove_entry(edited, len(parse(edited))) == text


@given(files(), st.data())
def test_whatever_is_removed_the_others_stay(text: str, data: st.DataObject) -> None:
    old = parse(text)
    number = data.draw(st.integers(1, len(old)))
    try:
        edited = remove_entry(text, number)
    except CannotEdit as error:
        assert "Only comments" in str(error) or not editable(text)  # noqa: PT017 - the other way is fine too
        return
    assert (edited is None) == (len(old) == 1)
    if edited is not None:
        assert parse(edited) == [*old[: number - 1], *old[number:]]


BITS = """- |dataset|: |id: a/b\n|\n  |
|&a |*a|!!int |!!bool x|{|}|[|]|, |'|"|>\n|#|? |value: 1|---\n|...|task_id: t|<<: |0x|
|1:2|2026-01-15|\t|\r|.nan|%YAML|~|notes: |source:"""
yaml_bits = st.lists(st.sampled_from(BITS.split("|")), max_size=25).map("".join)


@given(yaml_bits | st.text(max_size=60))
def test_random_yaml_is_read_or_refused_in_one_sentence(text: str) -> None:
    with contextlib.suppress(ResultsFileError):
        parse(text)
    for edit in (
        partial(replace_entry, new=NEW, number=1),
        partial(append_entry, entry=NEW),
        partial(remove_entry, number=1),
    ):
        with contextlib.suppress(CannotEdit):
            edit(text)
