"""What looking into a model's file found, in sentences."""

from __future__ import annotations

from collections import Counter

from lmstudio_lite.domain.inspection import ContentKind, Finding, FindingCode, Severity
from lmstudio_lite.errors import Detail, ModelFileError
from lmstudio_lite.library.gguf import MetadataEntry, Scalar, TensorInfo
from lmstudio_lite.library.gguf.types import FILE_TYPES
from lmstudio_lite.library.inspection.model import Inspection
from lmstudio_lite.library.inspection.tokenizer import TOKENS_KEY
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.models import WORDS as MODEL_WORDS
from lmstudio_lite.words.models import say_template_problem
from lmstudio_lite.words.saying import say_parameters, say_size
from lmstudio_lite.words.translate import mark, tr, trn

_LONGEST_NAME = 80
_NUM_VALUES = 64
_NUM_TYPES = 4
_SENTENCES: dict[FindingCode, tuple[str, tuple[str, ...]]] = {
    FindingCode.BAD_ALIGNMENT: (
        mark("The alignment of its tensors is {0} bytes, which is no power of two: llama.cpp refuses it."),
        ("alignment",),
    ),
    FindingCode.TENSORS_PAST_END: (
        mark(
            "{0} of {1} tensors lie beyond the end of the file, “{2}” first: the file was cut off. Download "
            "it again."
        ),
        ("count", "total", "name"),
    ),
    FindingCode.TENSORS_OVERLAP: (
        mark("Tensors lie over each other, “{0}” first ({1} in all): the file is damaged."),
        ("name", "count"),
    ),
    FindingCode.TENSORS_APART: (
        mark("There are gaps between tensors, before “{0}” first ({1} in all): llama.cpp refuses the file."),
        ("name", "count"),
    ),
    FindingCode.TENSORS_UNALIGNED: (
        mark("Tensors do not begin at a multiple of the alignment, “{0}” first ({1} in all)."),
        ("name", "count"),
    ),
    FindingCode.TENSOR_TWICE: (
        mark("Tensors are there twice, “{0}” first ({1} in all): llama.cpp refuses the file."),
        ("name", "count"),
    ),
    FindingCode.TENSOR_NAME_LONG: (
        mark("Tensors have longer names than llama.cpp takes, “{0}” first ({1} in all)."),
        ("name", "count"),
    ),
    FindingCode.ODD_ROWS: (
        mark("Rows of tensors are no whole number of blocks of {0}, those of “{1}” first ({2} in all)."),
        ("type", "name", "count"),
    ),
    FindingCode.TYPE_REMOVED: (
        mark(
            "Tensors are in an old number format that llama.cpp no longer reads ({0}, {1} in all). Download "
            "a newer conversion of the model."
        ),
        ("type", "count"),
    ),
    FindingCode.TYPE_UNKNOWN: (
        mark(
            "Tensors are in a number format that this program does not know ({0}, {1} in all): it needs a "
            "newer engine. Update this program."
        ),
        ("type", "count"),
    ),
    FindingCode.BYTES_LEFT_OVER: (
        mark("{0} behind the last tensor belong to nothing."),
        ("size_bytes",),
    ),
    FindingCode.KEY_TWICE: (
        mark("Keys are there twice, “{0}” first ({1} in all): llama.cpp refuses the file."),
        ("key", "count"),
    ),
    FindingCode.KEY_MISSING: (
        mark("The key “{0}” is missing, without which llama.cpp can't load it."),
        ("key",),
    ),
    FindingCode.ARCHITECTURE_UNKNOWN: (
        mark("The architecture “{0}” needs a newer engine than this program has. Update this program."),
        ("architecture",),
    ),
    FindingCode.CONTEXT_ABSURD: (
        mark("It claims a context of {0} tokens, which no model has."),
        ("num_tokens",),
    ),
    FindingCode.LAYERS_ABSURD: (
        mark("It claims {0} layers, which no model has: the file is damaged."),
        ("num_layers",),
    ),
    FindingCode.LAYERS_DIFFER: (
        mark("Its description says {0} layers, its tensors are those of {1}."),
        ("said", "found"),
    ),
    FindingCode.WIDTH_DIFFERS: (
        mark("Its description says that embeddings are {0} wide, the table of embeddings is {1} wide."),
        ("said", "found"),
    ),
    FindingCode.TOKENIZER_MISSING: (
        mark("It has no tokenizer (“{0}” is missing): no text can be put into it."),
        ("key",),
    ),
    FindingCode.PRE_TOKENIZER_MISSING: (
        mark(
            "It does not say how words are split before they become tokens. Its answers may be worse; a "
            "newer conversion of the model says it."
        ),
        (),
    ),
    FindingCode.VOCABULARY_DIFFERS: (
        mark("It has {0} tokens, but {1} embeddings."),
        ("said", "found"),
    ),
    FindingCode.TOKEN_LIST_DIFFERS: (
        mark("The list “{0}” has {1} entries for {2} tokens: the file is damaged."),
        ("key", "found", "said"),
    ),
    FindingCode.TOKEN_ID_OUT_OF_RANGE: (
        mark("“{0}” is {1}, but there are only {2} tokens."),
        ("key", "id", "num_tokens"),
    ),
    FindingCode.END_MISSING: (
        mark("It does not say which token ends an answer: answers may go on without an end."),
        (),
    ),
    FindingCode.TEMPLATE_MISSING: (
        mark(
            "It has no chat template: it was made to continue texts. In a chat a plain form takes its place."
        ),
        (),
    ),
    FindingCode.NAME_QUANTIZATION: (
        mark("Its name says {0}, but most of its weights are {1}."),
        ("said", "found"),
    ),
    FindingCode.NAME_SIZE: (
        mark("Its name says {0} parameters, but it holds {1}."),
        ("said_parameters", "num_parameters"),
    ),
    FindingCode.PART_MISSING: (
        mark("{0} of its {1} parts are missing, “{2}” first. Put all parts into one folder."),
        ("count", "total", "name"),
    ),
    FindingCode.PART_RENAMED: (
        mark("It is part {0} of {1} of a model, but its name does not say so: it must end as “{2}” does."),
        ("part", "count", "name"),
    ),
    FindingCode.PARTS_DIFFER: (
        mark("Its parts do not belong together, “{0}” first. Download all parts again."),
        ("name",),
    ),
    FindingCode.IS_EMBEDDING: (mark("It compares texts (an embedding model); it can't write any."), ()),
    FindingCode.IS_RERANKER: (
        mark("It ranks texts by how well they answer a question; it can't write any."),
        (),
    ),
    FindingCode.IS_PROJECTOR: (
        mark("It lets another model see or hear (a projector); it is of no use alone."),
        (),
    ),
    FindingCode.IS_ADAPTER: (
        mark("It is an adapter for “{0}”: it changes how that model writes and is of no use alone."),
        ("base",),
    ),
    FindingCode.ADAPTER_UNPAIRED: (
        mark("Matrices of the adapter have no partner, “{0}” first ({1} in all)."),
        ("name", "count"),
    ),
    FindingCode.HOLDS_NO_WEIGHTS: (mark("It holds a vocabulary, but no weights."), ()),
}
_SEVERITIES = {
    Severity.UNUSABLE: mark("Unusable"),
    Severity.WARNING: mark("Warning"),
    Severity.NOTE: mark("Note"),
}
_KINDS = {
    ContentKind.TEXT: mark("writes text"),
    ContentKind.EMBEDDING: mark("embedding model"),
    ContentKind.RERANKER: mark("ranking model"),
    ContentKind.PROJECTOR: mark("projector"),
    ContentKind.ADAPTER: mark("adapter"),
    ContentKind.VOCABULARY: mark("vocabulary only"),
    ContentKind.OTHER: mark("no model that this program knows"),
}


def say_finding(finding: Finding) -> str:
    """Say what was found, in a sentence or two. Names out of files are made safe to show."""
    details = finding.details
    if finding.code is FindingCode.TEMPLATE_UNUSABLE:
        sentence = say_template_problem(str(details.get("reason", "")))
        said = safe_line(str(details.get("said", "")))
        return tr("{0} It says: “{1}”.").format(sentence, said) if said else sentence
    if finding.code is FindingCode.PART_BROKEN:
        path = {**details, "path": details.get("name", "")}
        return MODEL_WORDS[ModelFileError.code](path).what
    sentence, keys = _SENTENCES[finding.code]
    return tr(sentence).format(*(_say(key, details.get(key, "?")) for key in keys))


def say_severity(severity: Severity) -> str:
    return tr(_SEVERITIES[severity])


def say_content_kind(kind: ContentKind) -> str:
    """Say what a model file is for."""
    return tr(_KINDS[kind])


def say_facts(inspection: Inspection) -> list[tuple[str, str]]:
    """Return what a file is, as names and values; nothing of what it does not say."""
    header = inspection.header
    context = header.number(f"{header.architecture}.context_length")
    facts = [(tr("Folder"), str(inspection.path.parent))]
    if len(inspection.parts) > 1:
        facts.append((tr("Parts"), ", ".join(part.path.name for part in inspection.parts)))
    facts.append(
        (
            tr("Size"),
            tr("{0} ({1} bytes)").format(say_size(inspection.size_bytes), f"{inspection.size_bytes:,}"),
        )
    )
    if not header.version:
        return _made_safe(facts)
    facts += [
        (tr("What it is"), say_content_kind(inspection.kind)),
        (tr("Name"), header.text("general.name")),
        (tr("Architecture"), header.architecture),
        (tr("Parameters"), say_parameters(inspection.num_parameters) if inspection.num_parameters else ""),
        (tr("Quantization"), _quantization(inspection)),
        (tr("Context"), tr("{0} tokens").format(f"{context:,}") if context else ""),
        (
            tr("Vocabulary"),
            f"{header.array_lengths.get(TOKENS_KEY, 0):,}" if TOKENS_KEY in header.array_lengths else "",
        ),
        (tr("Tensors"), f"{len(inspection.tensors):,}"),
        (tr("Licence"), header.text("general.license")),
        (tr("Format"), tr("GGUF version {0}").format(header.version)),
    ]
    return _made_safe(facts)


def _quantization(inspection: Inspection) -> str:
    """Name the file's type and how much of the weights has which type, the largest shares first."""
    shares: Counter[str] = Counter()
    for tensor in inspection.tensors:
        shares[tensor.type_name] += tensor.size_bytes
    total = shares.total()
    if not total:
        return ""
    types = [
        tr("{0} {1} %").format(name, max(1, round(100 * size / total)))
        for name, size in shares.most_common(_NUM_TYPES)
        if size
    ]
    number = inspection.header.metadata.get("general.file_type")
    named = FILE_TYPES.get(number, "") if isinstance(number, int) else ""
    listed = ", ".join(types)
    return tr("{0} ({1})").format(named, listed) if named else listed


def _made_safe(facts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, safe_line(value)) for name, value in facts if value]


def say_value(entry: MetadataEntry, longest: int = 120) -> str:
    """Show a value in a line of about ``longest`` characters; of an array its length and its beginning."""
    if not entry.is_array:
        return _shortened(_as_line(entry.values[0], longest), longest)
    shown = ", ".join(_as_line(value, longest)[:longest] for value in entry.values[:_NUM_VALUES])
    if entry.length > len(entry.values[:_NUM_VALUES]) or len(shown) > longest:
        count = (
            trn("{n} text", "{n} texts", entry.length)
            if entry.type_name == "string"
            else trn("{n} number", "{n} numbers", entry.length)
        )
        return tr("{0}: {1}").format(count, _shortened(f"{shown}, …", longest))
    return f"[{shown}]"


def say_shape(tensor: TensorInfo) -> str:
    """Show a tensor's shape in the file's order: "576 × 49152"."""
    return " × ".join(map(str, tensor.shape)) or "1"


def _as_line(value: Scalar, longest: int) -> str:
    """Return a value, of a text what is needed for ``longest`` characters and one more."""
    if isinstance(value, str):
        return safe_line(value[: longest + 1])
    return f"{value:.7g}" if isinstance(value, float) else str(value)


def _shortened(line: str, longest: int) -> str:
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _say(key: str, value: Detail) -> str:
    if isinstance(value, str):
        return _shortened(safe_line(value), _LONGEST_NAME)
    if key.endswith("_bytes"):
        return say_size(value)
    if key.endswith("_parameters"):
        return say_parameters(int(value))
    return _shortened(f"{value:,}", _LONGEST_NAME)
