"""What a card's front matter says about the origin of the model."""

import re
from dataclasses import dataclass

from evaluators.card.names import tokens

_MOST = 40_000
_ITEM = re.compile(r"\s*-\s+(\S.*)$")
_KEY = re.compile(r"([A-Za-z_][\w-]*)\s*:(.*)$")
_WANTED = {"base_model", "base_model_relation", "tags", "library_name", "model_name", "pipeline_tag"}
_INDEX_NAME = re.compile(r"^model-index:\s*\n\s*-\s+name:\s*(.+)$", re.MULTILINE)
_QUANT_TOKENS = re.compile(
    r"(?:^|[-_. ])(?:gguf|ggml|awq|gptq|exl[23]|bnb|nf4|fp4|nvfp4|mxfp4|fp8|int[348]|w[48]a(?:16|8|4)"
    r"|[2-8]-?bits?|q[2-8](?:_[\w]+)?|imatrix|i1|mlx|quantized|quant|autoround|hqq|aqlm|eetq|marlin"
    r"|openvino|onnx)(?=$|[-_. ])",
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
    """Read the keys that matter; a front matter that is none says nothing."""
    fields = _fields(front_matter)
    bases = tuple(fields.get("base_model", ()))
    tags = {text.lower() for text in fields.get("tags", ())}
    relation = next(iter(fields.get("base_model_relation", ())), "").lower()
    name = repo_id.rpartition("/")[2]
    if _QUANT_TOKENS.search(name):
        relation = "quantized"
    elif relation not in {"quantized", "merge", "adapter"}:
        library = next(iter(fields.get("library_name", ())), "").lower()
        if tags & _MERGE_TAGS and bases:
            relation = "merge"
        elif (tags & _ADAPTER_TAGS or library in {"peft", "adapter-transformers"}) and bases:
            relation = "adapter"
        else:
            relation = ""
    names = [match.strip().strip("'\"") for match in _INDEX_NAME.findall(front_matter[:_MOST])]
    names += fields.get("model_name", ())
    return Origin(relation, bases, tuple(name for name in names if name and tokens(name)))


def _fields(front_matter: str) -> dict[str, list[str]]:
    """The texts of the wanted top-level keys: a scalar, a list in brackets or a list of lines.

    No YAML parser: a broken key must not spoil the others, and hostile nesting must cost nothing.
    """
    fields: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in front_matter[:_MOST].split("\n"):
        if match := _KEY.match(line):
            current = fields.setdefault(match[1], []) if match[1] in _WANTED else None
            if current is not None:
                current += [_unquoted(text) for text in match[2].strip().strip("[]").split(",")]
        elif current is not None and (item := _ITEM.match(line)):
            current.append(_unquoted(item[1]))
    return {key: [text for text in texts if text] for key, texts in fields.items()}


def _unquoted(text: str) -> str:
    return text.partition(" #")[0].strip().strip("'\"")
