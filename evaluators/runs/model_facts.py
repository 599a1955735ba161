"""What the Hub says about a model, as far as a run depends on it. Everything in it was written by others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evaluators.runs.model_config import (
    MAX_TEXT,
    Attention,
    Experts,
    Quantisation,
    as_count,
    as_mapping,
    as_text,
    as_texts,
    attention_of,
    experts_of,
    json_mapping,
    max_length_of,
    quantisation_of,
    text_config,
)

MOST_FILES = 20_000

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model repo at a commit.

    `parameters` are counts by the type they are stored as (safetensors names: BF16, F8_E4M3, I32…); `files` are sizes
    in bytes by path, None where the Hub does not say. `widths` are sizes that tensor parallel divides. `chat_template`
    and `max_length` are None where it is not known. `own_code` says that the model needs code of its repo.
    """

    repo: str
    revision: str
    gated: bool = False
    tags: tuple[str, ...] = ()
    parameters: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, int | None] = field(default_factory=dict)
    architectures: tuple[str, ...] = ()
    attention: Attention | None = None
    experts: Experts | None = None
    quantisation: Quantisation | None = None
    widths: tuple[int, ...] = ()
    max_length: int | None = None
    dtype: str = ""
    chat_template: bool | None = None
    thinks: bool = False
    own_code: bool = False
    readable_config: bool = False

    @property
    def weight_files(self) -> Mapping[str, int | None]:
        """The safetensors files that are loaded: not those of other formats, nor a second copy of the same weights."""
        found = {path: size for path, size in self.files.items() if path.endswith(".safetensors") and "/" not in path}
        # Mistral's own format stands beside the usual one in the same repo.
        return {path: size for path, size in found.items() if not path.startswith("consolidated")} or found

    @property
    def pickled_files(self) -> tuple[str, ...]:
        """Weights as pickles, at the top of the repo."""
        return tuple(path for path in self.files if path.endswith(PICKLES) and "/" not in path)

    @property
    def weight_bytes(self) -> int | None:
        """The size of the weight files together; None where the Hub does not say."""
        sizes = list(self.weight_files.values())
        known = [size for size in sizes if size is not None]
        return sum(known) if known and len(known) == len(sizes) else None


def facts_of(
    info: Any, config: str | None = None, tokenizer_config: str | None = None, template: str | None = None
) -> ModelFacts:
    """The facts in the Hub's answers.

    Args:
        info: `GET /api/models/{repo}/revision/{commit}?blobs=true`, as JSON.
        config: The text of `config.json` at the commit; None where there is none.
        tokenizer_config: The text of `tokenizer_config.json`.
        template: The text of `chat_template.jinja`, where there is one.
    """
    told = as_mapping(info)
    parsed = json_mapping(config)
    text = text_config(parsed)
    tokenizer = json_mapping(tokenizer_config)
    files = _files(told.get("siblings"))
    template_text = template or _template(tokenizer.get("chat_template"))
    in_file = bool({"chat_template.jinja", "chat_template.json"} & files.keys())
    return ModelFacts(
        repo=as_text(told.get("id")),
        revision=as_text(told.get("sha")),
        gated=told.get("gated") not in (None, False),
        tags=as_texts(told.get("tags")),
        parameters=_counts(as_mapping(told.get("safetensors")).get("parameters")),
        files=files,
        architectures=as_texts(parsed.get("architectures")),
        attention=attention_of(text),
        experts=experts_of(text),
        quantisation=quantisation_of(parsed.get("quantization_config") or text.get("quantization_config")),
        widths=tuple(
            width
            for key in ("intermediate_size", "moe_intermediate_size")
            if (width := as_count(text.get(key))) is not None
        ),
        max_length=max_length_of(text, tokenizer),
        dtype=as_text(text.get("dtype") or text.get("torch_dtype") or parsed.get("dtype") or parsed.get("torch_dtype")),
        chat_template=bool(template_text) or in_file if tokenizer or files else None,
        thinks="<think>" in template_text,
        own_code=bool(as_mapping(parsed.get("auto_map"))),
        readable_config=bool(parsed),
    )


def _template(value: object) -> str:
    if isinstance(value, str):
        return value
    # Some tokenizers have several templates by name.
    named = value if isinstance(value, list) else []
    return "\n".join(as_text(as_mapping(one).get("template"), MAX_TEXT) for one in named[:20])


def _files(value: object) -> dict[str, int | None]:
    listed = value if isinstance(value, list) else []
    found: dict[str, int | None] = {}
    for item in listed[:MOST_FILES]:
        path = as_text(as_mapping(item).get("rfilename"), 1000)
        if path:
            lfs = as_mapping(as_mapping(item).get("lfs"))
            found[path] = as_count(as_mapping(item).get("size")) or as_count(lfs.get("size"))
    return found


def _counts(value: object) -> dict[str, int]:
    items = list(as_mapping(value).items())[:50]
    return {as_text(name, 20): count for name, number in items if (count := as_count(number)) is not None}
