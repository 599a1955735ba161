"""What a card's front matter says about the origin of the model."""

import re
from dataclasses import dataclass

import yaml

from evaluators.card.identity import tokens

_MOST = 40_000
_KEY = re.compile(r"([A-Za-z_][\w-]*)\s*:(.*)$")
_WANTED = {"base_model", "base_model_relation", "tags", "library_name", "model_name", "pipeline_tag"}
_INDEX_NAME = re.compile(r"^model-index:\s*\n\s*-\s+name:\s*(.+)$", re.MULTILINE)
_QUANT_TOKENS = re.compile(
    r"(?:^|[-_. ])(?:gguf|ggml|awq|gptq|exl[23]|bnb|nf4|fp4|nvfp4|mxfp4|fp8|int[348]|w[48]a(?:16|8|4)|[2-8]-?bits?|q[2-8](?:_[\w]+)?|imatrix|i1|mlx|quantized|quant|autoround|hqq|aqlm|eetq|marlin|openvino|onnx)(?=$|[-_. ])",
    re.IGNORECASE,
)
_MERGE_TAGS = {"merge", "mergekit"}
_ADAPTER_TAGS = {"lora", "peft", "adapter", "qlora"}


@dataclass(frozen=True, slots=True)
class Origin:
    """How a repo relates to a base model: `quantized`, `merge`, `adapter`, or empty; names given by `model-index`."""

    relation: str = ""
    base_models: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def read_origin(front_matter: str, repo_id: str) -> Origin:
    """Read the keys that matter; a front matter that is no YAML says nothing."""
    fields = _fields(front_matter)
    bases = tuple(text for text in _texts(fields.get("base_model")) if text)
    tags = {text.lower() for text in _texts(fields.get("tags"))}
    relation = next(iter(_texts(fields.get("base_model_relation"))), "").lower()
    name = repo_id.rpartition("/")[2]
    if _QUANT_TOKENS.search(name):
        relation = "quantized"
    elif relation not in {"quantized", "merge", "adapter"}:
        library = next(iter(_texts(fields.get("library_name"))), "").lower()
        if tags & _MERGE_TAGS and bases:
            relation = "merge"
        elif (tags & _ADAPTER_TAGS or library in {"peft", "adapter-transformers"}) and bases:
            relation = "adapter"
        else:
            relation = ""
    names = [match.strip().strip("'\"") for match in _INDEX_NAME.findall(front_matter[:_MOST])]
    names += _texts(fields.get("model_name"))
    return Origin(relation, bases, tuple(name for name in names if name and tokens(name)))


def _fields(front_matter: str) -> dict[str, object]:
    """The wanted top-level keys, each parsed alone: one bad key spoils no other, and a long list costs nothing."""
    blocks: dict[str, list[str]] = {}
    current = ""
    for line in front_matter[:_MOST].split("\n"):
        if match := _KEY.match(line):
            current = match[1] if match[1] in _WANTED and match[1] not in blocks else ""
        if current:
            blocks.setdefault(current, []).append(line)
    fields: dict[str, object] = {}
    for key, lines in blocks.items():
        try:
            data = yaml.load("\n".join(lines[:500]), Loader=yaml.BaseLoader)  # noqa: S506  (BaseLoader makes strings only)
        except (yaml.YAMLError, RecursionError, ValueError):
            continue
        if isinstance(data, dict):
            fields[key] = data.get(key)
    return fields


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [item for item in value if isinstance(item, str)][:200]
    return []
