"""`scorekeeper inspect-tables` and `extract-readme`: what a card states, without writing anything."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.console import FAILED, NOT_THERE, WRONG_USE, fail, print_json, settings_or_exit, table

if TYPE_CHECKING:
    from evaluators.card import CardReading, Overrides, TableView
    from evaluators.placement import Placements

RepoId = Annotated[str, typer.Option("--repo-id", help="The model repo, as owner/name: whose scores are looked for.")]
File = Annotated[
    Path | None,
    typer.Option("--file", help="Read this README instead of the repo's; then neither network nor token is needed."),
]
TableNumber = Annotated[int | None, typer.Option("--table", min=1, help="Read only this table, counted from 1.")]
ModelColumn = Annotated[
    int | None, typer.Option("--model-column-index", min=0, help="The model's column; the label column is 0.")
]
ModelName = Annotated[str | None, typer.Option("--model-name-override", help="The model's label, exactly as printed.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def inspect_tables(
    repo_id: RepoId,
    file: File = None,
    table_number: TableNumber = None,
    model_column: ModelColumn = None,
    model_name: ModelName = None,
    *,
    as_json: Json = False,
) -> None:
    """Show the tables of a card: their shape, columns and sample rows, and which column is the model and why."""
    reading = _read(repo_id, file, _overrides(table_number, model_column, model_name))
    tables = [one for one in reading.tables if table_number in {None, one.number}]
    if as_json:
        print_json([_table_json(one) for one in tables])
    else:
        if not reading.tables:
            typer.echo("The card has no tables.", err=True)
        for one in tables:
            _show_table(one)
    _refuse_overrides(reading, table_number, model_column)


def extract_readme(
    repo_id: RepoId,
    file: File = None,
    table_number: TableNumber = None,
    model_column: ModelColumn = None,
    model_name: ModelName = None,
    *,
    as_json: Json = False,
) -> None:
    """Show every score of this model that a card states: where it stands, where it belongs, and what was left out."""
    from evaluators.catalog import Catalog
    from evaluators.placement import place_all

    reading = _read(repo_id, file, _overrides(table_number, model_column, model_name))
    settings = settings_or_exit()
    placements = place_all(reading, Catalog.current(settings.home, settings.endpoint))
    if as_json:
        print_json(_reading_json(reading, placements))
    else:
        _show_scores(reading, placements)
    _refuse_overrides(reading, table_number, model_column)


def _show_scores(reading: "CardReading", placements: "Placements") -> None:
    placed = {one.score: one for one in placements.placed}
    rows = []
    for score in reading.scores:
        place = placed.get(score)
        where = f"{place.dataset} {place.task_id} {place.variant} = {place.value}" if place else ""
        cells = (
            score.benchmark,
            score.printed,
            score.unit.value,
            score.setting,
            str(score.table),
            str(score.line),
            where,
        )
        rows.append([*cells])
    table(["benchmark", "printed", "unit", "setting", "table", "line", "goes to"], rows, empty="No score was found.")
    for one in placements.left_out:
        typer.echo(f"left out  line {one.line or '-'}  {one.text}: {one.detail} ({one.reason.value})", err=True)


def _overrides(number: int | None, column: int | None, name: str | None) -> "Overrides":
    from evaluators.card import Overrides

    return Overrides(table=number, model_column=column, model_name=name)


def _read(repo_id: str, file: Path | None, overrides: "Overrides") -> "CardReading":
    from evaluators.card import read_card

    owner, _, name = repo_id.partition("/")
    if not owner or not name or "/" in name:
        fail([f"'{repo_id}' is not a repo such as owner/name."], WRONG_USE)
    return read_card(_from_hub(repo_id) if file is None else _from_file(file), repo_id, overrides)


def _refuse_overrides(reading: "CardReading", number: int | None, column: int | None) -> None:
    """A table or column that was asked for and is not there must not look like a card without scores."""
    from evaluators.card import Reason

    count = len(reading.tables)
    if number is not None and number > count:
        has = "no tables" if not count else "1 table" if count == 1 else f"{count} tables"
        fail([f"The card has {has}; there is no table {number}."], NOT_THERE)
    unusable = any(one.reason is Reason.OVERRIDE_UNUSABLE for one in reading.left_out)
    if unusable and not any(one.model_column == column for one in reading.tables):
        what = "No table with numbers has a column" if number is None else f"Table {number} has no column"
        fail([f"{what} {column}."], NOT_THERE)


def _from_file(file: Path) -> str:
    from bot.hub import MAX_CARD_BYTES

    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_CARD_BYTES + 1)
        if len(data) > MAX_CARD_BYTES:
            fail([f"{file} is larger than {MAX_CARD_BYTES // 1024**2} MB: no card is."], WRONG_USE)
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fail([f"{file} is not UTF-8: byte {error.start} cannot be read."], WRONG_USE)
    except OSError as error:
        fail([f"{file} cannot be read: {error.strerror}."], WRONG_USE)


def _from_hub(repo_id: str) -> str:
    from bot.hub import Hub
    from bot.hub_errors import HubError

    try:
        card = Hub.of(settings_or_exit()).card(repo_id)
    except HubError as error:
        fail([str(error)], FAILED)
    if not card.text:
        fail([card.problem or "The README is empty."], FAILED)
    return card.text.removeprefix("\ufeff")


def _reading_json(reading: "CardReading", placements: "Placements") -> dict[str, Any]:
    placed = {one.score: one for one in placements.placed}
    scores = []
    for score in reading.scores:
        place = placed.get(score)
        scores.append(
            {
                "benchmark": score.benchmark,
                "value": score.value,
                "unit": score.unit.value,
                "setting": score.setting,
                "aggregate": score.aggregate,
                "table": score.table,
                "cell": list(score.cell),
                "line": score.line,
                "printed": score.printed,
                "placement": {
                    "dataset": place.dataset,
                    "task_id": place.task_id,
                    "variant": place.variant,
                    "notes": place.notes,
                    "value": float(place.value),
                }
                if place
                else None,
            }
        )
    left_out = [
        {
            "text": one.text,
            "reason": one.reason.value,
            "detail": one.detail,
            "table": one.table,
            "cell": list(one.cell) if one.cell else None,
            "line": one.line,
            "candidates": list(one.candidates),
        }
        for one in placements.left_out
    ]
    return {"scores": scores, "left_out": left_out}


def _table_json(one: "TableView") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(one)


def _show_table(one: "TableView") -> None:
    typer.echo(f"Table {one.number}, lines {one.first_line}-{one.last_line}: {one.shape}. {one.why}")
    headers = [f"{index} {label}".strip() for index, label in enumerate(one.headers)]
    rows = [[*row, *[""] * (len(headers) - len(row))][: len(headers)] for row in one.sample]
    table(headers, rows, empty="It has no rows.")
    typer.echo()
