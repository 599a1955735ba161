"""The marker in a description: it survives any text, hides well, and is not read where it is damaged."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.claims import Claim, Marker, Source, read_marker, write_marker

CLAIM = Claim("owls/quiz", "default", "with_tools", 41.9, Source.CARD)
LINE = write_marker(Marker((CLAIM,)))

claims = st.builds(
    Claim,
    dataset=st.text(max_size=20),
    task=st.text(max_size=20),
    variant=st.text(max_size=20),
    value=st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6),
    source=st.sampled_from(Source),
)


markers = st.builds(
    Marker,
    claims=st.lists(claims, max_size=4).map(tuple),
    ignored=st.lists(st.text(max_size=10), max_size=3).map(tuple),
)


@given(markers, st.text(max_size=40))
def test_what_goes_in_comes_out(some: Marker, around: str) -> None:
    line = write_marker(some)
    assert "\n" not in line
    assert line.count("-->") == 1
    assert read_marker(f"{around}\n{line}\n") == some or "scorekeeper:" in around


def test_a_claim_cannot_end_the_comment() -> None:
    nasty = Claim("a--><b>", "--", "-->", 1, Source.CARD)
    line = write_marker(Marker((nasty,), ("--><script>",)))
    assert "--" not in line.removeprefix("<!--").removesuffix("-->")
    assert read_marker(line) == Marker((nasty,), ("--><script>",))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No marker.",
        LINE.replace("scorekeeper:1", "scorekeeper:3"),
        LINE.replace('"value":41.9', '"value":"41.9"'),
        LINE.replace('"value":41.9', '"value":true'),
        LINE.replace('"card"', '"guess"'),
        LINE.replace("}]", "}"),
        LINE + LINE,
        "<!-- scorekeeper:1 null -->",
        "<!-- scorekeeper:1 [1] -->",
        '<!-- scorekeeper:1 {"claims":[1]} -->',
    ],
)
def test_a_damaged_marker_is_no_marker(text: str) -> None:
    assert read_marker(text) is None


def test_a_run_is_believed_rather_than_the_card_and_the_card_rather_than_a_third_party() -> None:
    order = [Source.RUN, Source.MANUAL, Source.CARD, Source.AA, Source.PAPER]
    claims = [Claim("owls/quiz", "default", "", 1, source) for source in order]
    for better, worse in pairwise(claims):
        assert better.outranks(worse)
        assert not worse.outranks(better)
