"""Reads sources in tests."""

from __future__ import annotations

import json
from pathlib import Path

from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.finetune.data.detection import detect_source
from lmstudio_lite.finetune.data.problems import Problem, ProblemKind
from lmstudio_lite.finetune.data.sources import FileSource, ReadOptions, Source, read_source

READER = DocumentReader()


def detect(path: Path) -> FileSource:
    return detect_source(path, READER)


def read(source: Source, options: ReadOptions | None = None) -> tuple[list[TrainingExample], list[Problem]]:
    items = list(read_source(source, options or ReadOptions(), READER))
    examples = [item for item in items if isinstance(item, TrainingExample)]
    return examples, [item for item in items if isinstance(item, Problem)]


def read_file(path: Path, options: ReadOptions | None = None) -> tuple[list[TrainingExample], list[Problem]]:
    return read(detect(path), options)


def turns(example: TrainingExample) -> list[tuple[str, str]]:
    return [(str(message.role), message.text) for message in example.messages]


def answers(examples: list[TrainingExample]) -> list[str]:
    return [
        message.text for example in examples for message in example.messages if message.role is Role.ASSISTANT
    ]


def kinds(problems: list[Problem]) -> list[tuple[int, ProblemKind, bool]]:
    return [(problem.line, problem.kind, problem.is_fixed) for problem in problems]


def chat_line(question: str, answer: str) -> str:
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": messages}, ensure_ascii=False)
