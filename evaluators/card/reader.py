"""From a README to the scores of its model: the table by table decisions, each with its reason."""

import re
from dataclasses import dataclass, replace

from evaluators.card.footnotes import marks_on, notes_of
from evaluators.card.front import Origin, read_origin
from evaluators.card.identity import Kind, Match, Rank, Target, context_kind, is_size, looks_like_model, target_of, tokens
from evaluators.card.labels import bare, has_physical_unit, is_metric, is_not_score, is_qualifier, known_benchmark
from evaluators.card.model import CardReading, LeftOut, Overrides, Reason, Score, TableView, Unit
from evaluators.card.naming import Named, context_name, context_shots, name_of, part_names, says_shots
from evaluators.card.numbers import CellNumbers
from evaluators.card.shape import Layout, Role, lay_out
from evaluators.card.tables import Document, Table, read_document
from evaluators.card.target import Place, axis_labels, find, lists_models, other_models, sizes_in
from evaluators.card.units import Line, line_of, unit_of

SAMPLE_ROWS = 3
MOST_LEFT_OUT = 2000

_RESULTS = re.compile(
    r"\b(?:eval\w*|results?|performances?|benchmarks?|leaderboards?|accurac\w+|scores?|metrics?|comparisons?|ablations?|wer|bleu)\b", re.IGNORECASE
)
_NO_RESULTS = re.compile(
    r"\b(?:hyper-?\s?parameters?|training (?:data|procedure|details|set|corpus|configuration|arguments)|pre-?training data|requirements?|downloads?|installation|usage|quick\s?start|"
    r"model (?:zoo|list|details|architecture|overview|summary|specifications?|index)|specifications?|architecture|dataset (?:statistics|composition|size)|data (?:sources|mix|composition)|supported|environmental|carbon|license|prompt|examples?|tokeniz\w+|hardware|memory|speed|latency|throughput|distribution of|demo|limitations of data)\b",
    re.IGNORECASE,
)
_CHAT_WORD = re.compile(r"(?i)\b(?:instruct|chat|sft|rlhf|post-trained|aligned) ?(?:models?|versions?|variants?|tuned|tuning)?\b")
_SIBLING = re.compile(r"(instruct|chat|it|base|pt)\b")
_LOG_HEADS = {"epoch", "epochs", "step", "steps", "training loss", "validation loss", "iteration"}


@dataclass(frozen=True, slots=True)
class _Card:
    """What the decisions about one table need to know of the whole card."""

    document: Document
    target: Target
    origin: Origin
    names_target_fully: bool
    overrides: Overrides
    title_is_own: bool
    speaks_of_chat: bool
    family_sizes: frozenset[str]


def read_card(readme: str, repo_id: str, overrides: Overrides = Overrides()) -> CardReading:  # noqa: B008  (frozen)
    """Every score that a model card's tables state for the model `repo_id`, and what was left out.

    Pure; never raises, whatever the text. Values are as printed; units are never guessed from a value alone.
    """
    document = read_document(readme)
    origin = read_origin(document.front_matter, repo_id)
    target = _target(document, origin, readme, repo_id, overrides)
    layouts = [None if table.too_large else lay_out(table) for table in document.tables]
    places = [find(layout, target) if layout else None for layout in layouts]
    target = _with_kind(target, layouts, places)
    fully = any(place is not None and place.rank <= Rank.NEAR and _names_kind(place, target) for place in places)
    own_title = any(target.match(title) for title in (document.title, *document.headings[:1]) if title)
    card = _Card(document, target, origin, fully, overrides, own_title, _CHAT_WORD.search(readme[:400_000]) is not None, _family_sizes(target, layouts))
    scores: list[Score] = []
    left_out: list[LeftOut] = []
    views: list[TableView] = []
    for table, layout, place in zip(document.tables, layouts, places, strict=True):
        found, rejected, view = _read_table(card, table, layout, place)
        scores += found
        left_out += rejected
        views.append(view)
    if overrides.table is not None and not 1 <= overrides.table <= len(document.tables):
        left_out.append(
            LeftOut(f"table {overrides.table}", Reason.OVERRIDE_UNUSABLE, f"The card has {len(document.tables)} tables, so there is no table {overrides.table}.")
        )
    return CardReading(tuple(scores), tuple(left_out[:MOST_LEFT_OUT]), tuple(views))


def _with_kind(target: Target, layouts: list[Layout | None], places: list[Place | None]) -> Target:
    """A plain name in a card with a base and an instruct section, both under that name, is the base model's."""
    if target.kind is not None:
        return target
    kinds = {_context(layout.table) for layout, place in zip(layouts, places, strict=True) if layout and place}
    return replace(target, kind=Kind.BASE) if {Kind.BASE, Kind.CHAT} <= kinds else target


def _context(table: Table) -> Kind | None:
    return context_kind(table.headings, table.lead, table.caption)


def _names_kind(place: Place, target: Target) -> bool:
    return target.kind_explicit and any(match.kind_named for _, match in place.found)


def _target(document: Document, origin: Origin, readme: str, repo_id: str, overrides: Overrides) -> Target:
    if overrides.model_name is not None:
        return replace(target_of(overrides.model_name), repo_id=repo_id)
    name = repo_id.rpartition("/")[2]
    titles = [*origin.names, *re.split(r"[:|–—]\s", document.title)[:1], document.title]
    return target_of(repo_id, titles, exact_only=bool(origin.relation), sibling_kind=_sibling_kind(readme[:400_000], name))


def _sibling_kind(readme: str, name: str) -> Kind | None:
    """What a plain name means when the card speaks of its sibling: beside `X-Instruct`, `X` is the base model."""
    lowered, start = readme.lower(), f"{name.lower()}-"
    at = lowered.find(start)
    while at >= 0 and len(start) > 1:
        rest = _SIBLING.match(lowered, at + len(start))
        if rest and not (at and (lowered[at - 1].isalnum() or lowered[at - 1] in "._-")):
            return Kind.CHAT if rest[1] in {"base", "pt"} else Kind.BASE
        at = lowered.find(start, at + 1)
    return None


def _read_table(card: _Card, table: Table, layout: Layout | None, place: Place | None) -> tuple[list[Score], list[LeftOut], TableView]:
    overrides = card.overrides

    def view(shape: str, why: str, place: Place | None = None) -> TableView:
        column = place.found[0][0] if place and place.axis == "column" else None
        row = place.found[0][0] if place and place.axis == "row" else None
        label = place.found[0][1].label if place else None
        heads = tuple(layout.head(at) for at in range(len(layout.heads))) if layout else (table.rows[0] if table.rows else ())
        body = layout.body if layout else ()
        sample = tuple(table.rows[at] for at in body[:SAMPLE_ROWS])
        return TableView(table.number, table.first_line, table.last_line, shape, heads, sample, column, row, label, why)

    def refuse(reason: Reason, why: str, candidates: tuple[str, ...] = (), shape: str = "none") -> tuple[list[Score], list[LeftOut], TableView]:
        text = table.caption or (table.headings[-1] if table.headings else "") or f"table {table.number}"
        return [], [LeftOut(text, reason, why, table.number, None, table.first_line, candidates)], view(shape, why)

    if table.too_large:
        return refuse(Reason.TOO_LARGE, "The table is larger than a results table can be, so it was not read.")
    if overrides.table not in {None, table.number} or table.number in overrides.ignore_tables:
        return refuse(Reason.IGNORED, "A person asked to leave this table out.")
    if layout is None or not any(cell.any for row in layout.body for cell in layout.numbers[row]):
        return [], [], view("text", "There are no numbers in this table.")
    forced = overrides.model_column is not None or overrides.model_row is not None
    if forced:
        chosen = _forced(layout, overrides)
        if chosen is None:
            return refuse(Reason.OVERRIDE_UNUSABLE, "The column or row that was asked for does not exist in this table.")
        place = chosen
    elif place is not None:
        doubt = _doubt(card, layout, place)
        if doubt is not None:
            reason, why = doubt
            return refuse(reason, why, tuple(match.label for _, match in place.found) if reason is Reason.MODEL_AMBIGUOUS else axis_labels(layout), place.axis)
    if not forced and (problem := _no_scores(table, layout)) is not None:
        return [], [], view("no scores", problem)
    if place is None:
        others = other_models(layout)
        if others or lists_models(layout):
            return refuse(Reason.MODEL_NOT_FOUND, "None of its rows or columns names this model exactly.", axis_labels(layout))
        refusal = _single(card, table, layout)
        if refusal is not None:
            reason, why = refusal
            if reason is Reason.NO_SCORES:
                return [], [], view("no scores", why)
            return refuse(reason, why)
        found, rejected = _collect(card, layout, None)
        return found, rejected, view("single model", "It names no models and stands among this model's results.")
    found, rejected = _collect(card, layout, place)
    label = place.found[0][1].label
    why = {
        "column": f"The column “{label[:80]}” names this model ({_how(place.rank)}).",
        "row": f"The row “{label[:80]}” names this model ({_how(place.rank)}).",
        "section": f"The section “{label[:80]}” names this model ({_how(place.rank)}).",
    }[place.axis]
    shape = {"column": "models as columns", "row": "models as rows", "section": "models as sections"}[place.axis]
    return found, rejected, view(shape, "A person chose this place." if forced else why, place)


def _how(rank: Rank) -> str:
    return {
        Rank.EXACT: "all of its name",
        Rank.NEAR: "its name without maker or marker, or “ours”",
        Rank.NO_KIND: "its name without base or instruct",
        Rank.NO_SIZE: "its name without size",
        Rank.TAIL: "its name without the family",
        Rank.SIZE_ONLY: "its size in the family's table",
    }[rank]


def _forced(layout: Layout, overrides: Overrides) -> Place | None:
    if overrides.model_column is not None:
        if not 0 <= overrides.model_column < len(layout.heads):
            return None
        label = layout.head(overrides.model_column)
        return Place("column", ((overrides.model_column, Match(Rank.EXACT, label)),))
    if overrides.model_row is None or overrides.model_row not in layout.body:
        return None
    label = next((cell for cell in layout.filled[overrides.model_row] if cell), "")
    return Place("row", ((overrides.model_row, Match(Rank.EXACT, label)),))


def _doubt(card: _Card, layout: Layout, place: Place) -> tuple[Reason, str] | None:
    """What speaks against taking these columns or rows as the target's."""
    target, table = card.target, layout.table
    context = _context(table)
    named = all(match.kind_named for _, match in place.found)
    if target.kind is not None and not named:
        if context is not None and context is not target.kind:
            return Reason.OTHER_MODEL, f"The text around the table speaks of {_kind_name(context)} models, and this is a {_kind_name(target.kind)} model."
        if context is None and target.kind_explicit and place.rank >= Rank.NO_KIND and card.names_target_fully:
            return Reason.MODEL_AMBIGUOUS, "Another table names this model in full; this label leaves out whether it is the base or the instruct model."
        if context is None and target.kind_explicit and target.kind is Kind.BASE and place.rank >= Rank.NO_KIND and card.speaks_of_chat:
            return Reason.MODEL_AMBIGUOUS, "The card also speaks of an instruct model, and this label does not say which of the two it means."
    if place.rank >= Rank.NO_SIZE and (sizes := _other_sizes(card, place)):
        return Reason.MODEL_AMBIGUOUS, f"The label names no size, and the card speaks of {', '.join(sorted(sizes)[:4])} too."
    labels = {tokens(match.label) for _, match in place.found if not match.variant}
    if place.rank >= Rank.NO_SIZE:
        if len(labels) > 1:
            return Reason.MODEL_AMBIGUOUS, "More than one label may stand for this model."
        if len(place.found) > 1 and place.axis == "column":
            return Reason.MODEL_AMBIGUOUS, "More than one column may stand for this model."
    if place.rank is Rank.SIZE_ONLY and not _family_table(card, layout):
        return Reason.MODEL_AMBIGUOUS, "The label is only a size, and nothing near says of which family."
    return None


def _family_sizes(target: Target, layouts: list[Layout | None]) -> frozenset[str]:
    """The sizes that labels of the card's tables give to models of the target's family."""
    if not target.sizes:
        return frozenset()
    found: set[str] = set()
    for layout in layouts:
        if layout is None:
            continue
        labels = [piece for pieces in layout.heads for piece in pieces]
        labels += [layout.filled[row][column] for column in layout.label_columns[:2] for row in layout.body[:200]]
        for label in labels:
            parts = tokens(label) if len(label) < 80 else ()
            sizes = [part for part in parts if is_size(part)]
            if sizes and target.knows(tuple(part for part in parts if part not in sizes)):
                found.update(sizes)
    return frozenset(found)


def _other_sizes(card: _Card, place: Place) -> set[str]:
    """Sizes of the family beside the target's own, when the labels state none."""
    stated = sizes_in(match.label for _, match in place.found)
    return set() if stated else {size for size in card.family_sizes - card.target.sizes if not size.startswith("a")}


def _kind_name(kind: Kind) -> str:
    return "base" if kind is Kind.BASE else "instruct"


def _family_table(card: _Card, layout: Layout) -> bool:
    table = layout.table
    family = [part for part in card.target.tokens if part.isalpha() and len(part) > 2][:1]
    text = set(tokens(" ".join([*table.headings, table.lead, table.caption, *(layout.head(column) for column in layout.label_columns)])))
    return bool(family) and set(family) <= text


def _no_scores(table: Table, layout: Layout) -> str | None:
    """Why a table with numbers has no scores at all, if so."""
    heads = {bare(layout.head(column)) for column in range(len(layout.heads))}
    if len(heads & _LOG_HEADS) >= 2:
        return "It is a training log."
    if any("hyperparam" in head or "hyper-param" in head for head in heads):
        return "It lists hyper-parameters."
    data = [column for column in layout.columns(Role.DATA, Role.OTHER) if not _denied_column(layout, column)]
    rows = [row for row in layout.body if not _denied_row(layout, row, by_model=True)]
    if not any(layout.numbers[row][column].any for row in rows for column in data):
        return "Its numbers are sizes, times, counts or the like."
    return None


def _denied_column(layout: Layout, column: int) -> bool:
    pieces = [piece for piece in layout.heads[column] if piece]
    if not pieces:
        return False
    return layout.roles[column] is Role.SIZE or is_not_score(pieces[-1]) or has_physical_unit(" ".join(pieces))


def _denied_row(layout: Layout, row: int, *, by_model: bool = False) -> bool:
    """Whether a row's label names no score; `by_model` says that rows are models, whose names are no such labels."""
    roles = {Role.BENCHMARK, Role.LABEL} if by_model else {Role.BENCHMARK, Role.LABEL, Role.MODEL}
    labels = [layout.filled[row][column] for column in layout.columns(*roles)]
    return any(is_not_score(label) or has_physical_unit(label) for label in labels if label)


def _single(card: _Card, table: Table, layout: Layout) -> tuple[Reason, str] | None:
    """Why a table without models is not about this model, if so."""
    target = card.target
    near = [table.caption, table.lead[-400:], *table.headings[-1:]]
    around = [table.caption, table.lead, *table.headings]
    labels = [layout.head(column) for column in layout.columns(Role.DATA)]
    labels += [layout.filled[row][column] for row in layout.body for column in layout.label_columns[:2]]
    measured = any(known_benchmark(label) or is_metric(label) for label in labels if label)
    spoken = any(_RESULTS.search(text) for text in around if text)
    refused = any(_NO_RESULTS.search(text) for text in near[:1] + near[2:] if text) or (
        bool(_NO_RESULTS.search(near[1])) and not _RESULTS.search(near[1])
    )
    if not measured and (not spoken or refused):
        return Reason.NO_SCORES, "Nothing says that its numbers are evaluation results."
    if refused and not spoken:
        return Reason.NO_SCORES, "The text around it is not about results."
    if card.origin.relation:
        here = any(_mentions(text, target) for text in around)
        if not (here or (card.origin.relation != "quantized" and card.title_is_own)):
            return Reason.DERIVED_MODEL, "This repo is derived from another model, and the table does not say which of the two was evaluated."
    context = _context(table)
    if target.kind and context and context is not target.kind:
        return Reason.OTHER_MODEL, f"The text around the table speaks of {_kind_name(context)} models, and this is a {_kind_name(target.kind)} model."
    if _rows_are_systems(layout):
        return Reason.SHAPE_UNCLEAR, "Its rows are neither benchmarks nor models we know."
    stated = sizes_in([table.caption, *table.headings[-1:]])
    if stated and target.sizes and not stated & target.sizes:
        return Reason.OTHER_MODEL, "The heading names a model of another size."
    return None


def _rows_are_systems(layout: Layout) -> bool:
    """Whether rows without a heading are compared by metrics on one benchmark: systems then, of which none is named."""
    if Role.BENCHMARK in layout.roles or len(layout.body) < 2 or not context_name(layout.table):
        return False
    heads = [layout.head(column) for column in layout.columns(Role.DATA)]
    labels = [layout.filled[row][column] for column in layout.columns(Role.LABEL)[:1] for row in layout.body]
    unnamed = all(not layout.head(column) for column in layout.columns(Role.LABEL)[:1])
    return unnamed and all(is_qualifier(head) for head in heads) and not any(known_benchmark(label) or is_qualifier(label) for label in labels)


def _mentions(text: str, target: Target) -> bool:
    """Whether a text names the target with all tokens of its name in a row."""
    parts, name = tokens(text), target.tokens
    return any(parts[at : at + len(name)] == name for at in range(len(parts) - len(name) + 1))


# Numbers ---------------------------------------------------------------------------------------------------------


def _collect(card: _Card, layout: Layout, place: Place | None) -> tuple[list[Score], list[LeftOut]]:
    scores: list[Score] = []
    left_out: list[LeftOut] = []
    table = layout.table
    context = context_name(table, frozenset(heading for heading in table.headings if card.target.match(heading) or looks_like_model(heading)))
    shots = context_shots(table)
    around = " ".join([table.caption, table.lead[-400:], *table.headings[-2:]])
    labels = frozenset(match.label for _, match in place.found) if place else frozenset()
    by_column = place is not None and place.axis == "column"
    variants = {at: match.variant for at, match in place.found} if place else {}
    taken = set(variants)
    data = [column for column in range(len(layout.heads)) if layout.roles[column] in {Role.DATA, Role.OTHER}]
    if by_column:
        cells = [(row, column) for row in layout.body for column in sorted(taken)]
    elif place is not None:
        cells = [(row, column) for row in sorted(taken) for column in data]
    else:
        cells = [(row, column) for row in layout.body for column in data if layout.roles[column] is Role.DATA]
    skip = labels | (frozenset(piece for column in taken for piece in layout.heads[column] if card.target.match(piece)) if by_column else frozenset())
    if not by_column and place is not None:
        models = layout.columns(Role.MODEL)
        skip |= frozenset(layout.filled[row][column] for row in taken for column in models if 0 <= row < len(layout.filled))
    lines: dict[int, Line] = {}
    notes = notes_of(table) if table.after else {}
    by_row = place is not None and place.axis == "row"
    denied_columns = {column for column in {column for _, column in cells} | set(data) if _denied_column(layout, column)}
    denied_rows = {row for row in layout.body if _denied_row(layout, row, by_model=by_row)}
    whole = line_of(
        layout.numbers[row][column] for row in layout.body if row not in denied_rows for column in data if column not in denied_columns
    )
    for row, column in cells:
        cell = layout.numbers[row][column]
        printed = table.rows[row][column]
        if not cell.any:
            told = column in denied_columns or row in denied_rows or layout.roles[column] is not Role.DATA
            if not told and not cell.slots and any(ch.isdigit() for ch in printed):
                left_out.append(_cell_left_out(layout, row, column, Reason.NOT_A_NUMBER, "The cell is not a plain number."))
            continue
        if column in denied_columns or row in denied_rows:
            left_out.append(_cell_left_out(layout, row, column, Reason.NOT_A_SCORE, "The label names no evaluation score."))
            continue
        at = row if by_column else column
        if at not in lines:
            lines[at] = (
                line_of(layout.numbers[row][other] for other in data) if by_column else line_of(layout.numbers[other][column] for other in layout.body)
            )
        named = name_of(layout, row, column, context, skip, variants.get(column if by_column else row, ""))
        if shots and not says_shots(named.setting):
            named = replace(named, setting="; ".join(filter(None, [named.setting, shots])))
        if not named.benchmark:
            left_out.append(_cell_left_out(layout, row, column, Reason.LABEL_MISSING, "Nothing names the benchmark of this number."))
            continue
        if notes:
            named = _with_notes(named, notes, layout, row, column)
        scores += _scores_of(layout, row, column, cell, named, lines[at], whole, around)
    return scores, left_out


def _with_notes(named: Named, notes: dict[str, str], layout: Layout, row: int, column: int) -> Named:
    """Add the footnotes of a number and of its labels to the setting."""
    table = layout.table
    cells = [table.markup[row][column], *(table.markup[row][label] for label in layout.label_columns)]
    cells += [table.markup[head][column] for head in range(layout.header_rows)]
    said = [f"note: {re.sub('[,;]', ' ', notes[mark])}" for markup in cells for mark in sorted(marks_on(markup)) if mark in notes]
    return replace(named, setting="; ".join(filter(None, [named.setting, *dict.fromkeys(said)])))


def _cell_left_out(layout: Layout, row: int, column: int, reason: Reason, why: str) -> LeftOut:
    text = layout.table.rows[row][column].replace("\n", " ")
    return LeftOut(text[:200], reason, why, layout.table.number, (row, column), layout.table.lines[row])


def _scores_of(
    layout: Layout, row: int, column: int, cell: CellNumbers, named: Named, line: Line, whole: Line, around: str
) -> list[Score]:
    table = layout.table
    several = len(cell.slots) > 1
    parts: list[str] = []
    if several:
        for label in (named.benchmark, named.row_label, named.column_label, *(layout.filled[row][label] for label in layout.label_columns), *layout.heads[column]):
            parts = part_names(label, len(cell.slots))
            if parts:
                break
    out = []
    for index, slot in enumerate(cell.slots):
        if slot is None:
            continue
        benchmark, setting = named.benchmark, [named.setting]
        if several:
            part = parts[index] if parts else f"\x1fvalue {index + 1} of {len(cell.slots)}"
            own, _, extra = part.partition("\x1f")
            benchmark = own or benchmark
            setting.append(extra)
        if slot.note:
            setting.append(slot.note)
        labels = (benchmark, "; ".join(filter(None, setting)), named.column_label, named.row_label)
        unit = unit_of(slot, line, whole, labels, around)
        out.append(
            Score(
                benchmark=benchmark.replace("\n", " "),
                value=float(slot.value),
                unit=unit,
                setting="; ".join(piece.replace("\n", " ") for piece in setting if piece),
                aggregate=named.aggregate,
                table=table.number,
                cell=(row, column),
                line=table.lines[row],
                printed=table.rows[row][column],
                row_label=named.row_label,
                column_label=named.column_label,
            )
        )
    return out
