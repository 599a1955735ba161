"""The marker in a description: it survives any text, hides well, and is not read where it is damaged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.claims import Claim, Source, marker, read_marker

CLAIM = Claim("owls/quiz", "default", "with_tools", 41.9, Source.CARD)

claims = st.builds(
    Claim,
    dataset=st.text(max_size=20),
    task=st.text(max_size=20),
    variant=st.text(max_size=20),
    value=st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6),
    source=st.sampled_from(Source),
)


@given(st.lists(claims, max_size=5).map(tuple), st.text(max_size=40))
def test_what_goes_in_comes_out(some: tuple[Claim, ...], around: str) -> None:
    line = marker(some)
    assert "\n" not in line
    assert line.count("-->") == 1
    assert read_marker(f"{around}\n{line}\n") == some or "scorekeeper:" in around


def test_a_claim_cannot_end_the_comment() -> None:
    nasty = Claim("a--><b>", "--", "-->", 1, Source.CARD)
    line = marker((nasty,))
    assert "--" not in line.removeprefix("<!--").removesuffix("-->")
    assert read_marker(line) == (nasty,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No marker.",
        marker((CLAIM,)).replace("scorekeeper:1", "scorekeeper:2"),
        marker((CLAIM,)).replace('"value":41.9', '"value":"41.9"'),
        marker((CLAIM,)).replace('"value":41.9', '"value":true'),
        marker((CLAIM,)).replace('"card"', '"guess"'),
        marker((CLAIM,)).replace("}]", "}"),
        marker((CLAIM,)) + marker((CLAIM,)),
        "<!-- scorekeeper:1 null -->",
        "<!-- scorekeeper:1 [1] -->",
    ],
)
def test_a_damaged_marker_is_no_marker(text: str) -> None:
    assert read_marker(text) is None
