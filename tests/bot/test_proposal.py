"""Decisions, one by one: what is wanted, what is present, and the one thing to do."""

from dataclasses import replace

import pytest
import yaml

from bot.claims import Claim, Key, Source
from bot.present import WITHDRAWN, Evidence, MainFile, OtherClaim, OwnPull, Present, PullFile, Wanted
from bot.proposal import Close, Create, Decision, Leave, Push, Rebuild, Update, Why, blob_id, decide
from bot.repo_config import Format
from bot.standing import Standing, Terms
from evaluators.model_index import read as read_index
from evaluators.results import ResultEntry, parse, parse_entry, render

EVIDENCE = Evidence("Quiz", "41.9", 1, 2, 1, 20, "Quiz", "Heron-8B")
QUIZ, RIDDLE = "owls/quiz", "owls/riddle"
KEY = Key(QUIZ, "default")


def wanted(value: float = 41.9, dataset: str = QUIZ, variant: str = "", notes: str | None = None) -> Wanted:
    claim = Claim(dataset, "default", variant, value, Source.CARD)
    return Wanted(claim, notes, "https://hub.example/heron-labs/heron-8b", "Model Card", EVIDENCE)


def on_main(one: Wanted, path: str = ".eval_results/quiz.yaml", extra: str = "") -> MainFile:
    return MainFile(path, render([one.entry]) + extra, ((one.claim.key, one.entry),))


def pull(number: int, status: str, *claimed: Wanted, foreign: bool = False) -> OwnPull:
    files = {f".eval_results/{w.claim.dataset.split('/')[1]}.yaml": added(w) for w in claimed}
    return OwnPull(number, status, tuple(w.claim for w in claimed), foreign=foreign, head="f" * 40, files=files)


def added(one: Wanted) -> PullFile:
    text = render([one.entry])
    return PullFile(blob_id(text)[:7], text, (one.claim.key,))


def standings(decision: Decision) -> list[Standing]:
    return [finding.standing for finding in decision.findings]


def test_a_new_score_opens_a_pull_request_with_one_file_for_each_variant() -> None:
    tools = wanted(50.2, variant="with_tools", notes="With tools")
    action = decide([wanted(), tools], Present()).action
    assert isinstance(action, Create)
    assert sorted(action.files) == [".eval_results/quiz.yaml", ".eval_results/quiz_with_tools.yaml"]
    (written,) = parse(action.files[".eval_results/quiz_with_tools.yaml"])
    assert (written.value, written.notes, written.date) == (50.2, "With tools", None)


def test_nothing_wanted_and_nothing_there_is_nothing_to_do() -> None:
    assert decide([], Present()).action == Leave(Why.NOTHING_WANTED)


def test_the_same_value_on_main_is_present_however_it_is_written() -> None:
    decision = decide([wanted(41.9)], Present(main=(on_main(wanted(41.90000000000001)),)))
    assert decision.action == Leave(Why.NOTHING_NEW)
    assert standings(decision) == [Standing.ON_MAIN]


def test_somebody_elses_value_on_main_is_left_and_reported() -> None:
    decision = decide([wanted(41.9)], Present(main=(on_main(wanted(39.0)),)))
    assert decision.action == Leave(Why.NOTHING_NEW)
    assert decision.findings[0].value == 39.0
    assert standings(decision) == [Standing.CONFLICT_ON_MAIN]


def test_our_own_value_on_main_is_changed_in_its_file() -> None:
    present = Present(main=(on_main(wanted(39.0), ".eval_results/old.yaml"),), own=(pull(3, "merged", wanted(39.0)),))
    action = decide([wanted(41.9)], present).action
    assert isinstance(action, Create)
    assert action.files == {".eval_results/old.yaml": render([wanted(41.9).entry])}


def test_what_others_added_to_our_file_stays() -> None:
    other = "- dataset: {id: a/b, task_id: c} # by hand\n  value: 1\n"
    ours = on_main(wanted(39.0))
    key, theirs = Key("a/b", "c"), ResultEntry("a/b", "c", 1)
    file = MainFile(ours.path, ours.text + other, (*ours.entries, (key, theirs)))
    action = decide([wanted(41.9)], Present(main=(file,), own=(pull(3, "merged", wanted(39.0)),))).action
    assert isinstance(action, Create)
    assert action.files == {ours.path: ours.text.replace("39.0", "41.9") + other}


@pytest.mark.parametrize("extra", ["  verifyToken: abc\n", "  source: {name: Me}\n"])
def test_our_own_entry_that_somebody_took_over_is_theirs(extra: str) -> None:
    text = render([wanted(39.0).entry]) + extra
    file = MainFile(".eval_results/quiz.yaml", text, ((KEY, parse_entry(yaml.safe_load(text)[0])),))
    present = Present(main=(file,), own=(pull(3, "merged", wanted(39.0)),))
    assert standings(decide([wanted(41.9)], present)) == [Standing.CONFLICT_ON_MAIN]


def test_what_we_pushed_is_ours_as_long_as_nobody_touched_it() -> None:
    file = on_main(wanted(39.0))
    assert standings(decide([wanted(41.9)], Present(main=(file,)), Terms(push=True))) == [Standing.CONFLICT_ON_MAIN]
    action = decide([wanted(41.9)], Present(main=(replace(file, pushed=True),)), Terms(push=True)).action
    assert action == Push({file.path: render([wanted(41.9).entry])})


def test_the_same_thing_said_twice_on_main_is_left() -> None:
    twice = Present(
        main=(on_main(wanted(39.0)), on_main(wanted(38.0), ".eval_results/b.yaml")),
        own=(pull(3, "merged", wanted(39.0)),),
    )
    assert standings(decide([wanted(41.9)], twice)) == [Standing.CONFLICT_ON_MAIN]


def test_two_of_our_entries_in_one_file_are_both_changed() -> None:
    quiz, riddle = wanted(39.0), wanted(9.0, RIDDLE)
    text = render([quiz.entry, riddle.entry])
    file = MainFile(".eval_results/all.yaml", text, ((quiz.claim.key, quiz.entry), (riddle.claim.key, riddle.entry)))
    present = Present(main=(file,), own=(pull(3, "merged", quiz, riddle),))
    action = decide([wanted(41.9), wanted(10.0, RIDDLE)], present).action
    assert isinstance(action, Create)
    assert action.files == {file.path: render([wanted(41.9).entry, wanted(10.0, RIDDLE).entry])}


def test_a_file_of_somebody_else_under_our_name_is_not_overwritten() -> None:
    taken = on_main(wanted(1.0, RIDDLE), ".eval_results/quiz.yaml")
    action = decide([wanted()], Present(main=(taken,))).action
    assert isinstance(action, Create)
    assert list(action.files) == [".eval_results/quiz_2.yaml"]


def test_an_invalid_file_under_our_name_is_not_overwritten() -> None:
    broken = MainFile(".eval_results/quiz.yaml", "][", problem="It is not valid YAML.")
    action = decide([wanted()], Present(main=(broken,))).action
    assert isinstance(action, Create)
    assert list(action.files) == [".eval_results/quiz_2.yaml"]


@pytest.mark.parametrize(
    ("value", "standing"), [(41.9, Standing.IN_OTHER_PULL), (40.0, Standing.CONFLICT_IN_OTHER_PULL)]
)
def test_a_claim_in_somebodys_open_pull_request_is_left_to_them(value: float, standing: Standing) -> None:
    other = OtherClaim(7, Key(QUIZ, "default"), value)
    decision = decide([wanted()], Present(others=(other,)))
    assert decision.action == Leave(Why.NOTHING_NEW)
    assert (standings(decision), decision.findings[0].number) == ([standing], 7)


def test_an_open_pull_request_that_says_the_same_is_current() -> None:
    own = pull(3, "open", wanted())
    assert decide([wanted()], Present(own=(own,))).action == Leave(Why.CURRENT, own)


@pytest.mark.parametrize("status", ["open", "draft"])
def test_a_new_value_updates_the_open_pull_request(status: str) -> None:
    own = pull(3, status, wanted(39.0))
    action = decide([wanted(41.9)], Present(own=(own,))).action
    assert action == Update(own, {".eval_results/quiz.yaml": render([wanted(41.9).entry])}, ())


def test_a_score_that_left_the_card_leaves_the_pull_request() -> None:
    own = pull(3, "open", wanted(), wanted(9.0, RIDDLE))
    action = decide([wanted()], Present(own=(own,))).action
    assert action == Update(own, {}, (".eval_results/riddle.yaml",))


def test_a_commit_without_its_description_is_caught_up() -> None:
    own = replace(pull(3, "open", wanted()), claims=(wanted(39.0).claim,))
    assert decide([wanted()], Present(own=(own,))).action == Update(own, {}, ())


def test_a_changed_file_of_main_that_is_no_longer_wanted_is_put_back() -> None:
    before = on_main(wanted(39.0))
    own = replace(pull(5, "open", wanted(41.9)), files={before.path: PullFile(blob_id(render([wanted(41.9).entry])))})
    merged = pull(3, "merged", wanted(39.0))
    action = decide([wanted(39.0), wanted(9.0, RIDDLE)], Present(main=(before,), own=(merged, own))).action
    assert isinstance(action, Update)
    assert action.files[before.path] == before.text


def test_an_empty_pull_request_is_closed() -> None:
    own = pull(3, "open", wanted())
    assert decide([], Present(own=(own,))).action == Close(own)


def test_a_pull_request_with_a_foreign_commit_is_left_alone() -> None:
    own = pull(3, "open", wanted(39.0), foreign=True)
    assert decide([wanted(41.9)], Present(own=(own,))).action == Leave(Why.HANDS_OFF, own)
    assert decide([], Present(own=(own,))).action == Leave(Why.HANDS_OFF, own)


def test_closing_is_a_no_to_the_value_and_not_to_the_benchmark() -> None:
    closed = pull(3, "closed", wanted(39.0))
    assert standings(decide([wanted(39.0)], Present(own=(closed,)))) == [Standing.DECLINED]
    assert isinstance(decide([wanted(41.9)], Present(own=(closed,))).action, Create)


def test_a_declined_claim_is_not_slipped_into_a_later_pull_request() -> None:
    present = Present(own=(pull(3, "closed", wanted()), pull(4, "open", wanted(9.0, RIDDLE))))
    decision = decide([wanted(), wanted(9.0, RIDDLE)], present)
    assert decision.action == Leave(Why.CURRENT, present.own[1])
    assert standings(decision) == [Standing.DECLINED, Standing.PROPOSED]


def test_of_several_open_ones_the_oldest_is_ours() -> None:
    old, new = pull(3, "open", wanted(39.0)), pull(8, "open", wanted(39.0))
    action = decide([wanted(41.9)], Present(own=(new, old))).action
    assert isinstance(action, Update)
    assert action.pull == old


def test_further_open_ones_are_closed() -> None:
    old, new = pull(3, "open", wanted()), pull(8, "open", wanted())
    decision = decide([wanted()], Present(own=(new, old)))
    assert decision.surplus == (new,)
    assert decision.action == Leave(Why.CURRENT, old)


def test_what_we_withdrew_ourselves_nobody_declined() -> None:
    assert isinstance(decide([wanted()], Present(own=(pull(3, WITHDRAWN, wanted()),))).action, Create)


def test_a_conflict_with_main_means_a_new_pull_request() -> None:
    own = replace(pull(3, "open", wanted()), conflicts=True)
    action = decide([wanted()], Present(main=(on_main(wanted(1.0, RIDDLE)),), own=(own,))).action
    assert action == Rebuild(own, {".eval_results/quiz_2.yaml": render([wanted().entry])})


def test_a_score_that_reached_main_by_another_way_leaves_the_pull_request() -> None:
    own = pull(3, "open", wanted(), wanted(9.0, RIDDLE))
    action = decide([wanted(), wanted(9.0, RIDDLE)], Present(main=(on_main(wanted()),), own=(own,))).action
    assert isinstance(action, Update)
    assert action.files == {}
    assert decide([wanted()], Present(main=(on_main(wanted()),), own=(pull(3, "open", wanted()),))).action == Close(
        pull(3, "open", wanted())
    )


@pytest.mark.parametrize("source", [Source.RUN, Source.MANUAL, Source.AA, Source.PAPER])
def test_claims_of_other_sources_stay_when_the_card_loses_its_own(source: Source) -> None:
    run = Claim(RIDDLE, "default", "", 12.5, source)
    text = render([ResultEntry(RIDDLE, "default", 12.5)])
    own = pull(3, "open", wanted())
    files = {**own.files, ".eval_results/riddle.yaml": PullFile(blob_id(text), text, (run.key,))}
    own = replace(own, claims=(*own.claims, run), files=files)
    decision = decide([], Present(own=(own,)))
    assert decision.action == Update(own, {}, (".eval_results/quiz.yaml",))
    assert decision.marker.claims == (run,)


@pytest.mark.parametrize(
    ("source", "standing"),
    [
        (Source.RUN, Standing.OUTRANKED),
        (Source.MANUAL, Standing.OUTRANKED),
        (Source.AA, Standing.PROPOSED),
        (Source.PAPER, Standing.PROPOSED),
    ],
)
def test_of_two_sources_the_better_one_is_believed(source: Source, standing: Standing) -> None:
    there = Claim(QUIZ, "default", "", 40.0, source)
    own = replace(pull(3, "open", wanted(40.0)), claims=(there,))
    decision = decide([wanted(41.9)], Present(own=(own,)))
    assert standings(decision) == [standing]
    kept = there if standing is Standing.OUTRANKED else wanted(41.9).claim
    assert decision.marker.claims == (kept,)


def test_an_ignored_benchmark_is_left_out_and_stays_ignored() -> None:
    decision = decide([wanted()], Present(), Terms(ignore=("Owls/Quiz",)))
    assert (decision.action, standings(decision)) == (Leave(Why.NOTHING_NEW), [Standing.IGNORED])
    told = replace(pull(3, "merged", wanted(9.0, RIDDLE)), ignored=(QUIZ,))
    decision = decide([wanted(), wanted(10.0, "owls/rebus")], Present(own=(told,)))
    assert standings(decision) == [Standing.IGNORED, Standing.PROPOSED]
    assert decision.marker.ignored == (QUIZ,)


def test_with_push_the_scores_go_to_main_and_the_pull_request_is_done_with() -> None:
    own = pull(3, "open", wanted())
    decision = decide([wanted()], Present(own=(own,)), Terms(push=True))
    assert decision.action == Push({".eval_results/quiz.yaml": render([wanted().entry])}, own)
    declined = Present(own=(pull(3, "closed", wanted()),))
    assert decide([wanted()], declined, Terms(push=True)).action == Leave(Why.NOTHING_NEW)


def test_the_blob_id_is_gits() -> None:
    assert blob_id("hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"


INDEX, BOTH = (Format.MODEL_INDEX,), (Format.EVAL_RESULTS, Format.MODEL_INDEX)
README_TEXT = "---\nlicense: mit\n---\n\n# Heron\n"


def test_the_older_format_is_merged_into_the_front_matter_and_nothing_else_changes() -> None:
    action = decide([wanted()], Present(readme=README_TEXT), Terms(formats=BOTH, model="heron")).action
    assert isinstance(action, Create)
    assert sorted(action.files) == [".eval_results/quiz.yaml", "README.md"]
    head, _, rest = action.files["README.md"].partition("model-index:")
    assert head == "---\nlicense: mit\n"
    assert rest.endswith("---\n\n# Heron\n")
    assert [(one.dataset_type, one.value) for one in read_index(action.files["README.md"])] == [(QUIZ, 41.9)]


def test_the_older_format_alone_writes_no_result_file_and_is_done_once_merged() -> None:
    terms = Terms(formats=INDEX, model="heron")
    action = decide([wanted()], Present(readme=README_TEXT), terms).action
    assert isinstance(action, Create)
    assert list(action.files) == ["README.md"]
    merged = Present(readme=action.files["README.md"])
    assert decide([wanted()], merged, terms).action == Leave(Why.NOTHING_NEW)
    assert standings(decide([wanted(50.0)], merged, terms)) == [Standing.CONFLICT_ON_MAIN]


def test_when_the_older_format_is_no_longer_asked_for_the_readme_is_put_back() -> None:
    present = Present(readme=README_TEXT)
    created = decide([wanted()], present, Terms(formats=BOTH, model="heron")).action
    assert isinstance(created, Create)
    changed = PullFile(blob_id(created.files["README.md"]))
    own = replace(pull(3, "open", wanted()), files={**pull(3, "open", wanted()).files, "README.md": changed})
    present = replace(present, own=(own,))
    assert decide([wanted()], present, Terms(formats=BOTH, model="heron")).action == Leave(Why.CURRENT, own)
    assert decide([wanted()], present).action == Update(own, {"README.md": README_TEXT}, ())


def test_a_front_matter_that_cannot_be_edited_is_left() -> None:
    broken = Present(readme="---\na: [\n---\n# Heron\n")
    action = decide([wanted()], broken, Terms(formats=BOTH)).action
    assert isinstance(action, Create)
    assert list(action.files) == [".eval_results/quiz.yaml"]
    assert standings(decide([wanted()], broken, Terms(formats=INDEX))) == [Standing.UNEDITABLE]


def run_of(value: float = 25.0, dataset: str = QUIZ) -> Wanted:
    claim = Claim(dataset, "default", "", value, Source.RUN)
    return Wanted(claim, None, "https://hub.example/log", "Scorekeeper", None, date="2026-11-21T10:00:00Z")


def test_a_run_is_proposed_rather_than_the_card() -> None:
    decision = decide([wanted(41.9), run_of(25.0)], Present())
    assert isinstance(decision.action, Create)
    (entry,) = parse(decision.action.files[".eval_results/quiz.yaml"])
    assert (entry.value, entry.date, entry.source_url) == (25.0, "2026-11-21T10:00:00Z", "https://hub.example/log")
    assert standings(decision) == [Standing.PROPOSED, Standing.OUTRANKED]
    assert decision.findings[1].value == 25.0


def test_a_run_takes_the_place_of_the_cards_score_in_the_pull_request() -> None:
    decision = decide([wanted(41.9), run_of(25.0)], Present(own=(pull(3, "open", wanted(41.9)),)))
    assert isinstance(decision.action, Update)
    assert decision.marker.claims == (run_of(25.0).claim,)
    assert parse(decision.action.files[".eval_results/quiz.yaml"])[0].value == 25.0


def test_a_later_run_takes_the_place_of_an_earlier_one_and_leaves_others() -> None:
    present = Present(own=(pull(3, "open", run_of(25.0), run_of(60.0, RIDDLE)),))
    decision = decide([run_of(26.0)], present)
    assert isinstance(decision.action, Update)
    assert (list(decision.action.files), decision.action.gone) == ([".eval_results/quiz.yaml"], ())
    assert set(decision.marker.claims) == {run_of(26.0).claim, run_of(60.0, RIDDLE).claim}


def test_a_run_changes_our_own_score_of_the_card_on_main_and_nobody_elses() -> None:
    ours = Present(main=(on_main(wanted(41.9)),), own=(pull(3, "merged", wanted(41.9)),))
    action = decide([run_of(25.0)], ours).action
    assert isinstance(action, Create)
    assert parse(action.files[".eval_results/quiz.yaml"])[0].value == 25.0
    theirs = Present(main=(on_main(wanted(41.9)),))
    assert standings(decide([run_of(25.0)], theirs)) == [Standing.CONFLICT_ON_MAIN]


def test_the_card_never_changes_a_run_on_main() -> None:
    present = Present(main=(on_main(run_of(25.0)),), own=(pull(3, "merged", run_of(25.0)),))
    assert standings(decide([wanted(41.9)], present)) == [Standing.CONFLICT_ON_MAIN]


def test_a_run_that_was_declined_leaves_the_card_its_place() -> None:
    decision = decide([wanted(41.9), run_of(25.0)], Present(own=(pull(3, "closed", run_of(25.0)),)))
    assert standings(decision) == [Standing.DECLINED, Standing.PROPOSED]


def test_runs_stay_out_of_the_older_format() -> None:
    terms = Terms(formats=(Format.EVAL_RESULTS, Format.MODEL_INDEX))
    decision = decide([run_of(25.0)], Present(readme="---\nlicense: mit\n---\n"), terms)
    assert isinstance(decision.action, Create)
    assert list(decision.action.files) == [".eval_results/quiz.yaml"]
