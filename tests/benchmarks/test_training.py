"""Training against peft with transformers' own ``Trainer``: the same base, data, rank and precision.

Each in a process of its own, one after the other. Tokens are counted without padding; memory is the most
that the process ever had. Printed; the bound is generous for a noisy machine, the measured figures count.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.engine.llama.tokenizer import Vocabulary
from lmstudio_lite.finetune.client import TrainingClient
from lmstudio_lite.finetune.data.canonical import write_examples
from lmstudio_lite.finetune.protocol import Event, FinetuneSettings, RunFailed, RunFinished, StepDone
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.paths import resources

NUM_STEPS = int(os.environ.get("LMSTUDIO_LITE_TRAINING_STEPS", "3"))
BATCH_SIZE = 8
RANK = 16
MAX_LENGTH = 512

OPPONENT = """
import json, os, resource, sys, time
os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, Trainer, TrainerCallback, TrainingArguments
base, data, folder, steps, batch, rank, threads = sys.argv[1:]
torch.set_num_threads(int(threads))
path, name = os.path.split(base)
model = AutoModelForCausalLM.from_pretrained(path, gguf_file=name, dtype=torch.float32)
model.hf_quantizer.__class__.is_trainable = True  # its weights are plain f32 by now
names = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
model = get_peft_model(model, LoraConfig(r=int(rank), lora_alpha=2 * int(rank), target_modules=names))
rows = json.load(open(data))
def collate(batch):
    longest = max(len(row["ids"]) for row in batch)
    pad = lambda values, filler: values + [filler] * (longest - len(values))
    return {
        "input_ids": torch.tensor([pad(row["ids"], 2) for row in batch]),
        "attention_mask": torch.tensor([pad([1] * len(row["ids"]), 0) for row in batch]),
        "labels": torch.tensor([pad(row["labels"], -100) for row in batch]),
    }
tokens, times = [0], []
def counting(batch):
    tokens.append(sum(len(row["ids"]) for row in batch))
    return collate(batch)
class Clock(TrainerCallback):
    def on_step_end(self, *args, **kwargs):
        times.append(time.monotonic())
arguments = TrainingArguments(
    output_dir=folder, max_steps=int(steps), per_device_train_batch_size=int(batch), learning_rate=2e-4,
    report_to=[], save_strategy="no", logging_strategy="no", use_cpu=True, remove_unused_columns=False,
    dataloader_pin_memory=False, disable_tqdm=True)
Trainer(model, arguments, train_dataset=rows, data_collator=counting, callbacks=[Clock()]).train()
done = tokens[2 : len(times) + 1]
print(json.dumps({"tokens_per_s": sum(done) / (times[-1] - times[0]),
                  "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
"""


def make_examples() -> list[TrainingExample]:
    """Questions and answers of all lengths, cut from the general text."""
    chance = random.Random(4)
    words = (resources() / "finetune" / "general.txt").read_text("utf-8").split()

    def piece(longest: int) -> str:
        start = chance.randrange(len(words))
        return " ".join((words + words)[start : start + chance.randint(4, longest)])

    return [
        TrainingExample((Message(Role.USER, piece(120)), Message(Role.ASSISTANT, piece(200))), at=str(number))
        for number in range(64)
    ]


def run_ours(base: Path, folder: RunFolder) -> tuple[float, int]:
    folder.save_settings(
        FinetuneSettings(
            base=str(base),
            rank=RANK,
            max_steps=NUM_STEPS,
            batch_size=BATCH_SIZE,
            max_length=MAX_LENGTH,
            evaluate_every=1000,
            exports=(),
        )
    )
    events: list[Event] = []
    client = TrainingClient(folder, events.append)
    client.wait()
    client.close()
    assert isinstance(events[-1], RunFinished), events[-1] if isinstance(events[-1], RunFailed) else events
    steps = [event for event in events if isinstance(event, StepDone)]
    speeds = [step.tokens_per_s for step in steps[1:]]
    # Steps have other numbers of tokens: the mean of times, not of speeds, would need these; close enough.
    return statistics.harmonic_mean(speeds), max(step.memory_bytes for step in steps)


@pytest.mark.benchmark
@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.skipif(sys.platform == "win32", reason="measures memory with getrusage")
def test_training_is_faster_and_smaller_than_the_usual_way(
    tmp_path: Path, starter_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import psutil

    from lmstudio_lite.finetune.training.tokenize import Encoder

    examples = make_examples()
    folder = RunFolder(tmp_path / "ours")
    folder.train_file.parent.mkdir(parents=True)
    write_examples(folder.train_file, examples)
    with Vocabulary(starter_model) as vocabulary:
        encoder = Encoder(vocabulary, MAX_LENGTH)
        rows = [part for example in examples for part in encoder.encode(example)[0]]
    data = [
        {
            "ids": row.token_ids,
            "labels": [i if mark else -100 for i, mark in zip(row.token_ids, row.is_learned, strict=True)],
        }
        for row in rows
    ]
    file = tmp_path / "rows.json"
    file.write_text(json.dumps(data))
    ours_speed, ours_memory = run_ours(starter_model, folder)
    numbers = [NUM_STEPS, BATCH_SIZE, RANK, psutil.cpu_count(logical=False) or 1]
    arguments = [str(starter_model), str(file), str(tmp_path / "theirs"), *map(str, numbers)]
    done = subprocess.run(
        [sys.executable, "-c", OPPONENT, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    theirs = json.loads(done.stdout.splitlines()[-1])
    speed, memory = ours_speed / theirs["tokens_per_s"], ours_memory / theirs["memory"]
    with capsys.disabled():
        print(  # noqa: T201
            f"\ntraining against peft + Trainer: {ours_speed:.0f} / {theirs['tokens_per_s']:.0f} tokens/s, "
            f"ratio {speed:.2f} (aim 1.20); {ours_memory / 1e9:.2f} / {theirs['memory'] / 1e9:.2f} GB, "
            f"ratio {memory:.2f} (aim 0.80)"
        )
    assert speed > 0.8, "the training got slow"
    assert memory < 1.0, "the training takes more memory than the usual way"
