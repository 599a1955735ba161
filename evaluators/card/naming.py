"""The benchmark and the setting of a number, from the labels of its row and column and the text around the table."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from evaluators.card.labels import (
    bare,
    is_aggregate,
    is_benchmark_head,
    is_generic,
    is_metric,
    is_metric_head,
    is_qualifier,
    is_setting_head,
    is_suite,
    known_benchmark,
    mentioned_benchmarks,
)
from evaluators.card.model import unique
from evaluators.card.names import is_size, tokens
from evaluators.card.shape import Layout, Role
from evaluators.card.tables import Table

_PARENTHESES = re.compile(r"[(\[\uff08]([^()\[\]\uff08\uff09]+)[)\]\uff09]")
_SHOTS = re.compile(r"\b(?:\d+|zero|one|few)[\s-]shots?\b", re.IGNORECASE)
_SILENT = re.compile(r"(?:values?|scores?|results?|performance|none|↑|↓|\||[-\u2013—/]|n/?a|yaml)?")
# "... on the Nestling Census validation set"
_EVALUATED_ON = re.compile(r"\bon (?:the )?([A-Z][\w.+-]*(?:[ -][A-Z0-9][\w.+-]*){0,3})(?= (?:[a-z]|\())")
_NO_BENCHMARK = re.compile(r"\b(?:[AHV]\d{2,3}|GPUs?|TPUs?|NVIDIA|Nvidia|Intel|CPU|Hugging|GitHub|Linux|Colab|AWS)\b")
_SENTENCE = re.compile(r"[.!?]$|\b(?:is|are|we|following|below)\b")
_DULL_WORDS = re.compile(
    r"\b(?:eval(?:uation)?s?|results?|performances?|benchmarks?|metrics?|summary|overview|details?|comparisons?|introduction|models?"
    r"|news|usage|standard|experiments?|quantitative|qualitative|testing|tests?|dev|sets?|scores?|main|updates?|capabilit(?:y|ies)"
    r"|training|data|on|the|for|of|with|and|in|our|this|average|accuracy|official|numbers)\b",
    re.IGNORECASE,
)


Pieces = tuple[list[str], list[str]]
"""Labels that may name a benchmark, the best first, and conditions."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a number is a score of."""

    benchmark: str
    setting: str
    aggregate: bool
    row_label: str
    column_label: str


def context_name(table: Table, own_names: frozenset[str] = frozenset()) -> str:
    """The benchmark that the caption, the sentences or the headings above a table name; empty when none does.

    `own_names` are the headings that name the model itself.
    """
    nearest = table.lead.split("\n")[-1] if table.lead else ""
    said = [match[1] for match in _EVALUATED_ON.finditer(nearest) if not _NO_BENCHMARK.search(match[1])]
    for text in (table.caption, nearest, *said[-1:], *table.headings[-1:]):
        if said and text is said[-1]:
            return text
        if text and len(text.split()) <= 4 and known_benchmark(text) and not _DULL_WORDS.search(text):
            return text.strip(" :")
        mentioned = mentioned_benchmarks(text)
        if mentioned:
            return mentioned[-1] if text is nearest and len(mentioned) <= 2 else mentioned[0]
        if text and len(text) < 60 and known_benchmark(text):
            return text
    if len(nearest) < 60 and not _SENTENCE.search(nearest) and (name := _bare_title(nearest)):
        return name
    for text in (table.lead, *reversed(table.headings)):
        mentioned = mentioned_benchmarks(text)
        if mentioned:
            return mentioned[-1]
    for heading in reversed(table.headings[-2:]):
        if len(heading) < 60 and heading not in own_names and (name := _bare_title(heading)):
            return name
    return ""


def _bare_title(text: str) -> str:
    """A title without words such as `test results on`; empty when nothing of its own is left."""
    left = " ".join(_DULL_WORDS.sub(" ", text).split()).strip(" :-\u2013\u2014|,.()")
    if not any(ch.isalnum() for ch in left) or is_qualifier(left):
        return ""
    if left == text.strip(" :"):
        return left
    # What is left of a longer title must look like a name.
    return left if len(left.split()) <= 4 and left[0].isupper() and not is_generic(left) else ""


def says_shots(text: str) -> bool:
    """Whether a text states a number of examples."""
    return _SHOTS.search(text) is not None


def context_shots(table: Table) -> str:
    """The number of examples that the nearest text gives for the whole table; empty when it gives none or several."""
    nearest = table.lead.split("\n")[-1] if table.lead else ""
    for text in (table.caption, nearest, *table.headings[-1:]):
        found = {shots.lower().replace(" ", "-") for shots in _SHOTS.findall(text)}
        if found:
            return found.pop() if len(found) == 1 else ""
    return ""


@dataclass(frozen=True)
class Namer:
    """Names the numbers of a table. `skip` are the labels that name models, `context` is the benchmark said nearby."""

    layout: Layout
    context: str
    skip: frozenset[str]
    rows: dict[int, Pieces] = field(default_factory=dict)
    columns: dict[int, Pieces] = field(default_factory=dict)

    @cached_property
    def metric_columns(self) -> list[int]:
        """The label columns that tell how a benchmark is measured."""
        return [at for at in self.layout.columns(Role.SETTING) if is_metric_head(self.layout.head(at))]

    @cached_property
    def heads_are_benchmarks(self) -> bool:
        """Whether the benchmarks stand in the header row, so that the label of a row tells something else."""
        heads = {self.layout.head(column) for column in self.layout.columns(Role.DATA)} - self.skip
        return Role.BENCHMARK not in self.layout.roles and sum(map(known_benchmark, heads)) * 2 > len(heads)

    def name(self, row: int, column: int, variant: str) -> Named:
        """Name the number in a cell; `variant` is what the model's label adds."""
        if row not in self.rows:
            self.rows[row] = _row_pieces(self.layout, row, self.skip)
        if column not in self.columns:
            self.columns[column] = _head_pieces(self.layout, column, self.skip)
        return _name_of(self, row, column, variant)


def _inner(label: str) -> str:
    """A label without parentheses around all of it."""
    return label[1:-1] if label[:1] == "(" and label.find(")") == len(label) - 1 else label


def _name_of(namer: Namer, row: int, column: int, variant: str) -> Named:
    layout, context, skip = namer.layout, namer.context, namer.skip
    benchmarks, others = namer.rows[row]
    head_benchmarks, head_others = namer.columns[column]
    section = layout.sections[row]
    if section in skip:
        section = ""
    row_label = " ".join(unique([*benchmarks, *others]))
    column_label = layout.head(column)
    # The most telling label wins: a benchmark people know, else the label that is no mere condition.
    pieces = [*head_benchmarks, *benchmarks] if namer.heads_are_benchmarks else [*benchmarks, *head_benchmarks]
    known = [piece for piece in pieces if known_benchmark(piece) and not is_qualifier(piece)]
    plain = [piece for piece in pieces if not is_qualifier(piece)]
    settings = [section, *others, *head_others]
    all_labels = unique([*benchmarks, *head_benchmarks, *others, *head_others])
    measures = [layout.filled[row][at] for at in namer.metric_columns]
    aggregate = any(is_aggregate(label) for label in all_labels if label not in measures) or is_aggregate(section)
    chosen = known[0] if known and not (plain and is_aggregate(plain[0])) else plain[0] if plain else ""
    if chosen:
        settings += [piece for piece in pieces if piece != chosen]
        benchmark = chosen
    else:
        # A metric says more than a date or a running number.
        metrics = [piece for piece in pieces if is_metric(piece) or is_metric(bare(piece))]
        ordered = [*metrics, *pieces, *others, *head_others]
        label = next((piece for piece in ordered if not is_generic(piece)), "") or next(iter(ordered), "")
        named = section if section and known_benchmark(section) else context
        if named and label and bare(label):
            benchmark = f"{named} ({_inner(label)})" if bare(label) not in bare(named) else named
        else:
            benchmark = named or label
        settings += [piece for piece in pieces if piece != benchmark]
        if aggregate and known_benchmark(named) and not is_suite(named):
            # An average within one benchmark is that benchmark's score.
            aggregate = False
    settings += [note for note in _PARENTHESES.findall(benchmark) if note.strip()]
    settings += _SHOTS.findall(_PARENTHESES.sub(" ", benchmark))
    settings += [variant]
    told = unique(
        piece.strip() for piece in settings if piece != benchmark and not _SILENT.fullmatch(piece.strip().lower())
    )
    return Named(benchmark, "; ".join(told), aggregate, row_label, column_label)


def _row_pieces(layout: Layout, row: int, skip: frozenset[str]) -> Pieces:
    """The labels of a row: those that may name a benchmark, the best first, and its conditions."""
    cells = layout.filled[row]
    named: list[tuple[float, str]] = []
    others: list[str] = []
    labels = layout.label_columns
    has_benchmark_column = Role.BENCHMARK in layout.roles
    for column in labels:
        text = cells[column].strip()
        if not text or text in skip or layout.table.rows[row][column] in skip:
            continue
        role = layout.roles[column]
        if (parts := tokens(text)) and all(is_size(part) for part in parts):
            continue
        if role is Role.BENCHMARK:
            head = bare(layout.head(column))
            named.append((1 if head.startswith("task") else 0, text))
        elif role is Role.SETTING:
            head = bare(layout.head(column))
            if head == "version" and re.fullmatch(r"[\d.]+|yaml", text.lower()):
                # The version of a harness's task file.
                continue
            shots = "shot" in head and text.isdigit()
            others.append(f"{text}-shot" if shots else text)
        elif has_benchmark_column or role is Role.MODEL:
            named.append((2, text)) if role is Role.MODEL and not has_benchmark_column else others.append(text)
        else:
            named.append((2 - column / 1000, text))
    named.sort(key=lambda item: item[0])
    if len(named) > 1 and named[0][0] >= 1.9 and len(labels) > 1:
        # No column says that it holds benchmarks: the one whose cells differ most, else the last, does.
        dull = {column: all(is_qualifier(layout.filled[at][column]) for at in layout.body[:20]) for column in labels}
        best = max(labels, key=lambda column: (not dull[column], layout.variety[column], column))
        first = cells[best].strip()
        texts = [text for _, text in named]
        if first in texts:
            texts.remove(first)
            return [first], [*others, *texts]
    if len(named) > 1 and named[0][0] < 1.9:
        return [named[0][1]], [*(text for _, text in named[1:]), *others]
    return [text for _, text in named], others


def _head_pieces(layout: Layout, column: int, skip: frozenset[str]) -> Pieces:
    named: list[str] = []
    others: list[str] = []
    label_heads = layout.heads[layout.label_columns[0]] if layout.label_columns else ()
    for at, piece in enumerate(layout.heads[column]):
        text = piece.strip()
        if not text or text in skip or text in named or text in others:
            continue
        head = label_heads[at] if at < len(label_heads) else ""
        if (
            len(layout.heads[column]) > 1
            and is_benchmark_head(head)
            and bare(head) in {"dataset", "datasets", "benchmark", "benchmarks"}
        ):
            named.insert(0, text)
        elif (len(layout.heads[column]) > 1 and is_setting_head(head)) or is_metric(text) or is_qualifier(text):
            others.append(text)
        else:
            named.append(text)
    if not named and others:
        return [others[-1]], others[:-1]
    return named, others


def part_names(label: str, count: int) -> list[str]:
    """What a label says about the `count` values of one cell: `val/test`, `(EM/F1)`, `(POS) (LAS)`, one name a line."""
    lines = [line.strip() for line in label.split("\n") if line.strip()]
    if len(lines) > 1:
        found = part_names(lines[-1], count)
        if found:
            return [f"{lines[0]}\x1f{part.strip(chr(31))}" for part in found]
        return lines if len(lines) == count else []
    parts = [part.strip() for part in label.split("|")]
    if len(parts) == count:
        return parts
    notes = _PARENTHESES.findall(label)
    for note in reversed(notes):
        for separator in ("/", "|", ",", ";"):
            parts = [part.strip() for part in note.split(separator)]
            if len(parts) == count:
                return [f"\x1f{part}" for part in parts]
    if len(notes) == count:
        return [f"\x1f{note}" for note in notes]
    parts = [part.strip() for part in _PARENTHESES.sub(" ", label).split("/")]
    if len(parts) == count and all(parts):
        first = re.match(r"(.*[\s(-])(\S+)$", parts[0])
        if first and " " not in parts[-1].strip("() "):
            return [f"\x1f{parts[0]}", *(f"\x1f{part.strip(')')}" for part in parts[1:])]
        return [f"\x1f{part}" for part in parts]
    return []
