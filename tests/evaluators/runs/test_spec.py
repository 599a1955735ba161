"""Specifications: one request has one text and one id, and nothing in it is guessed."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.runs import spec as spec_module
from evaluators.runs.spec import RunSpec, SpecError, parse, schema
from tests.evaluators.runs.samples import SPEC
from tests.evaluators.runs.strategies import specs

LEAST: dict[str, Any] = {
    "model": "acme/heron-8b",
    "revision": "5ac1" * 10,
    "tasks": ["gsm8k"],
    "framework": "inspect",
    "backend": "vllm",
}


@given(specs())
def test_a_specification_survives_the_way_through_json(spec: RunSpec) -> None:
    assert parse(spec.json) == spec
    assert parse(spec.json.encode()).id == spec.id


@given(specs(), st.randoms())
def test_the_id_does_not_depend_on_the_order_of_keys(spec: RunSpec, chance: random.Random) -> None:
    items = list(json.loads(spec.json).items())
    chance.shuffle(items)
    assert parse(json.dumps(dict(items), indent=3)).id == spec.id


@given(specs(), specs())
def test_different_requests_have_different_ids(one: RunSpec, other: RunSpec) -> None:
    assert (one.id == other.id) is (one == other)


@given(specs(), st.text(min_size=1).filter(lambda name: name not in spec_module.RunSpec.__dataclass_fields__))
def test_an_unknown_field_is_refused(spec: RunSpec, name: str) -> None:
    with pytest.raises(SpecError, match="There is no field"):
        parse(json.dumps({**json.loads(spec.json), name: 1}))


@given(st.binary() | st.text() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_what_is_no_specification_is_an_error_of_sentences(text: str | bytes) -> None:
    with pytest.raises(SpecError) as caught:
        parse(text)
    assert caught.value.problems
    assert all(one.endswith(".") for one in caught.value.problems)


def test_equal_numbers_are_one_request() -> None:
    ids = {parse(json.dumps({**LEAST, "generation": {"temperature": zero}})).id for zero in (0, 0.0, -0.0)}
    assert ids == {parse(json.dumps(LEAST)).id}


def test_the_id_of_a_request_stays_the_same_in_later_versions() -> None:
    assert parse(json.dumps(LEAST)).id == "23ce78f51be86e8c"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"revision": "main"}, "`revision` cannot be 'main': it is the commit of the model, 40 lower-case"),
        ({"revision": "5AC1" * 10}, "`revision` cannot be"),
        ({"modle": "x"}, "There is no field `modle`; perhaps `model` is meant."),
        ({"generation": {"temp": 1}}, "There is no field `generation.temp`; the fields are temperature, top_p,"),
        ({"limit": "5"}, "`limit` cannot be '5': it is the number of samples"),
        ({"limit": True}, "`limit` cannot be true"),
        ({"limit": 0}, "`limit` cannot be 0"),
        ({"tasks": []}, "`tasks` cannot be a list of 0: it is a list of 1 to 50 task names"),
        ({"tasks": "gsm8k"}, "`tasks` cannot be 'gsm8k'"),
        ({"tasks": ["--log-dir=/etc"]}, "`tasks.0` cannot be '--log-dir=/etc'"),
        ({"tasks": ["a", "a"]}, "`tasks` names a task twice"),
        ({"model": "heron"}, "`model` cannot be 'heron': it is the model repo on the Hub, as owner/name."),
        ({"model": "acme/../x"}, "`model` cannot be"),
        ({"model": "acme/he--ron"}, "`model` cannot have -- or .."),
        ({"backend": "cuda"}, "`backend` cannot be 'cuda': it is one of vllm, hf, provider, openai."),
        ({"backend": "provider"}, "`provider` belongs to backend provider"),
        ({"provider": "together"}, "`provider` belongs to backend provider"),
        ({"backend": "openai"}, "`base_url` belongs to backend openai"),
        ({"backend": "openai", "base_url": "ftp://x"}, "`base_url` must be an http or https address"),
        ({"backend": "openai", "base_url": "http://me:word@x"}, "`base_url` must be an http or https address"),
        ({"backend": "openai", "base_url": "http://x:99999"}, "`base_url` must be an http or https address"),
        ({"backend": "provider", "provider": "x", "framework": "lighteval"}, "`framework` must be inspect"),
        ({"backend": "hf", "tensor_parallel": 2}, "`tensor_parallel` needs backend vllm"),
        ({"version": 2}, "`version` cannot be 2: it is the version of this format, 1."),
        ({"gpu_memory": 1.5}, "`gpu_memory` cannot be 1.5"),
        ({"money_limit": 0}, "`money_limit` cannot be 0"),
        ({"seed": 10**30}, "`seed` cannot be 1000"),
        ({"generation": {"temperature": 9}}, "`generation.temperature` cannot be 9"),
        ({"generation": {"stop": [""]}}, "`generation.stop.0` cannot be ''"),
    ],
)
def test_each_mistake_is_one_sentence_that_names_the_field(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(json.dumps({**LEAST, **changes}))
    (problem,) = caught.value.problems
    assert problem.startswith(sentence)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        parse("{}")
    assert [one.split("`")[1] for one in caught.value.problems] == list(LEAST)


def test_a_field_that_is_there_twice_is_refused() -> None:
    with pytest.raises(SpecError, match="'model' is there twice"):
        parse('{"model": "a/b", "model": "c/d"}')


def test_the_schema_says_what_each_field_is() -> None:
    properties = schema()["properties"]
    assert all(one["description"].endswith(".") for one in properties.values())
    assert schema()["additionalProperties"] is False
    assert json.loads(SPEC.json).keys() == properties.keys()
