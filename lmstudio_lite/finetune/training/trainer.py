"""The training loop: steps, checkpoints, evaluations, and what to do when memory runs out.

transformers' ``Trainer`` is not used: it pads, keeps the logits of every position, and can neither go on
from within a pass nor compute a step in smaller parts when memory runs out.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import torch

from lmstudio_lite.errors import CancelledError, LossDivergedError, TrainingMemoryError
from lmstudio_lite.finetune.estimate import (
    evaluation_steps,
)
from lmstudio_lite.finetune.protocol import (
    CheckpointWritten,
    Delay,
    EndReason,
    Evaluated,
    MemoryShrunk,
    Paused,
    Plan,
    Resumed,
    Stage,
    StageBegan,
    StepDone,
    TrainingEnded,
)
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.finetune.training.attention import packed
from lmstudio_lite.finetune.training.batches import ExampleOrder, Position, make_part, split_step
from lmstudio_lite.finetune.training.checkpoints import (
    Checkpoint,
    load_checkpoint,
    random_states,
    restore_random_states,
    save_checkpoint,
)
from lmstudio_lite.finetune.training.device import (
    Computing,
    free_memory_bytes,
    is_out_of_memory,
    peak_memory_bytes,
    release_memory,
)
from lmstudio_lite.finetune.training.evaluate import Measurer, first_rows
from lmstudio_lite.finetune.training.lora import TunedModel
from lmstudio_lite.finetune.training.memory_plan import plan_memory
from lmstudio_lite.finetune.training.reporting import Reporter
from lmstudio_lite.finetune.training.schedule import rate_factor
from lmstudio_lite.finetune.training.token_store import Row
from lmstudio_lite.finetune.training.training_data import TrainingData

_SPEED_MEMORY = 0.9
_GROWTH_SAID = 1.1
_CHECKPOINT_SHARE = 20
"""Writing checkpoints may take a twentieth of the time: dear ones are written less often.

Measured with the starter model on two busy cores: 0.15 s for what LoRA of rank 8 learns (30 MB), 9 s for all
weights (1.6 GB, and once more as the best ones). So the second were written there every 3 minutes only.
"""


class Trainer:
    """Trains ``tuned`` on a run's examples."""

    def __init__(
        self,
        tuned: TunedModel,
        data: TrainingData,
        computing: Computing,
        folder: RunFolder,
        key: str,
        reporter: Reporter,
        show: Callable[[int], None],
    ) -> None:
        """``key`` names model, data and settings: only a checkpoint of the same is taken up again.

        ``show`` lets the user see, after an evaluation, what the model does after so many steps.
        """
        settings = tuned.settings
        self._tuned, self._settings = tuned, settings
        train = data.train
        self._train, self._validation = train, first_rows(data.validation)
        self._computing, self._folder, self._key = computing, folder, key
        self._emit, self._control, self._show = reporter.emit, reporter.control, show
        self._measurer = Measurer(tuned.base, computing)
        self._order = ExampleOrder(
            train,
            seed=settings.seed,
            examples_per_step=settings.batch_size * settings.accumulation,
            packed_length=settings.max_length if settings.packing else None,
        )
        self.num_steps = settings.max_steps or self._order.count_steps(settings.epochs)
        self._evaluate_every = evaluation_steps(settings, self.num_steps)
        mean_tokens = train.counts.num_tokens / max(1, len(train))
        self._step_tokens = (
            settings.batch_size
            * settings.accumulation
            * (settings.max_length if settings.packing else mean_tokens)
        )
        self._token_s = self._after_s = 0.0
        self._least_left_s = math.inf
        self._is_shrunk = False
        fused = computing.device.type in ("cpu", "cuda")
        self._weights = list(tuned.trainable.values())
        self._optimizer = torch.optim.AdamW(
            self._weights, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=fused
        )
        self._step = self._evaluated_step = 0
        self._best_step, self._best_loss, self._num_worse = 0, math.inf, 0
        self._checkpoint_s = settings.checkpoint_s
        self._checkpoint_at = time.monotonic()
        self._step_s = self._evaluation_s = 0.0
        self.before: dict[str, float] = {}
        """What was measured on the base, kept for the end."""
        self._micro_tokens, self._checkpoints_gradients = plan_memory(tuned, computing)

    @property
    def step(self) -> int:
        """How many steps are done."""
        return self._step

    def resume(self) -> bool:
        """Take up the last checkpoint if there is one that fits; return whether there was."""
        found = load_checkpoint(self._folder.last_checkpoint, self._key)
        if found is None:
            return False
        self._tuned.restore(found.weights)
        self._optimizer.load_state_dict(found.optimizer)
        restore_random_states(found.random, self._computing.device)
        self._order.position = Position(found.epoch, found.offset)
        self._step, self._evaluated_step = found.step, found.evaluated_step
        self._best_step, self._best_loss = found.best_step, found.best_loss
        self._num_worse, self.before = found.num_worse, found.before
        return True

    def expect(self, *, evaluation_s: float, after_s: float) -> None:
        """Tell what measuring will take, until it is known better, and what comes after the last step."""
        self._evaluation_s = self._evaluation_s or evaluation_s
        self._after_s = after_s

    def plan(self, base_kl: float) -> Plan:
        return Plan(
            num_steps=self.num_steps,
            first_step=self._step,
            num_parameters=self._tuned.num_parameters,
            num_trainable=sum(weight.numel() for weight in self._weights),
            device=self._computing.device.type,
            precision=self._computing.precision,
            gradient_checkpointing=self._checkpoints_gradients,
            micro_tokens=self._micro_tokens,
            base_kl=base_kl,
        )

    def run(self) -> TrainingEnded:
        """Train to the end, or as far as the user wants; then the best weights are in place.

        Raises:
            CancelledError: the user gave up; a checkpoint is written.
            LossDivergedError: the loss is no number; the weights before are in the last checkpoint.
            TrainingMemoryError: one example alone takes more memory than there is.
            StorageError: a checkpoint can't be written.
        """
        self._emit(StageBegan(Stage.TRAINING, time.time()))
        reason = EndReason.DONE
        self._set_training()
        while True:
            if self._is_evaluation_due():
                self._save_before(self._evaluation_s)
                self._evaluate()
                if 0 < self._settings.patience <= self._num_worse:
                    reason = EndReason.EARLY_STOP
                    break
            if self._step >= self.num_steps:
                break
            if (asked := self._obey()) is not None:
                reason = asked
                break
            self._save_before(self._step_s)
            self._do_step()
        if reason is EndReason.STOPPED and self._evaluated_step < self._step:
            self._evaluate()
        self._save()
        return TrainingEnded(self._step, reason, self.take_best())

    def _is_evaluation_due(self) -> bool:
        """Whether the steps so far are to be measured; also where a killed run had not come to that."""
        is_wanted = self._step % self._evaluate_every == 0 or self._step == self.num_steps
        return is_wanted and self._evaluated_step < self._step

    def _save_before(self, coming_s: float) -> None:
        """Write a checkpoint where what comes, about ``coming_s`` long, would make too much work unsaved."""
        if time.monotonic() + coming_s - self._checkpoint_at >= self._checkpoint_s:
            self._save()

    def _obey(self) -> EndReason | None:
        """Do what the user asks; returns why to end, None to go on."""
        if self._control.is_paused():
            self._save()
            self._emit(Paused(self._step))
            while self._control.is_paused():
                self._control.wait()
            self._emit(Resumed(self._step))
            self._checkpoint_at = time.monotonic()
        if self._control.is_cancelled():
            self._save()
            raise CancelledError
        return EndReason.STOPPED if self._control.is_stopped() else None

    def _do_step(self) -> None:
        began = time.monotonic()
        rows = [self._train.row(number) for number in self._order.next_step()]
        rate = self._settings.learning_rate * rate_factor(
            self._step, self.num_steps, self._settings.warmup, self._settings.schedule
        )
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        loss = self._loss_and_gradients(rows)
        norm = float(torch.nn.utils.clip_grad_norm_(self._weights, self._settings.max_grad_norm))
        if not (math.isfinite(loss) and math.isfinite(norm)):
            self._save()  # The weights are still those of the step before.
            raise LossDivergedError(step=self._step + 1, learning_rate=rate)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._step += 1
        took_s = time.monotonic() - began
        kept = _SPEED_MEMORY if self._step_s else 0.0
        self._step_s = kept * self._step_s + (1 - kept) * took_s
        num_tokens = sum(len(row.token_ids) for row in rows)
        self._token_s = kept * self._token_s + (1 - kept) * took_s / num_tokens
        left_s, delay = self._time_left()
        self._emit(
            StepDone(
                step=self._step,
                num_steps=self.num_steps,
                loss=loss,
                learning_rate=rate,
                grad_norm=norm,
                tokens_per_s=num_tokens / took_s,
                memory_bytes=peak_memory_bytes(self._computing.device),
                seconds_left=left_s,
                epoch=self._order.epoch,
                time=time.time(),
                delay=delay,
            )
        )

    def _time_left(self) -> tuple[float, Delay | None]:
        """Return how many seconds the run will still take, and why that is more than was said."""
        num_left = self.num_steps - self._step
        num_evaluations = math.ceil(num_left / self._evaluate_every)
        steps_s = num_left * self._step_tokens * self._token_s
        left_s = steps_s + num_evaluations * self._evaluation_s + self._after_s
        if left_s > _GROWTH_SAID * self._least_left_s:
            return left_s, Delay.MEMORY if self._is_shrunk else Delay.SPEED
        self._least_left_s = min(self._least_left_s, left_s)
        return left_s, None

    def _loss_and_gradients(self, rows: list[Row]) -> float:
        """Compute a step's mean loss and its gradients; again in smaller parts if memory runs out."""
        while True:
            try:
                return self._compute(rows)
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
            # Outside the handler: the traceback would keep the graph alive.
            self._shrink(rows)

    def _compute(self, rows: list[Row]) -> float:
        num_learned = sum(int(row.is_learned[1:].sum()) for row in rows)
        total = 0.0
        lengths = [len(row.token_ids) for row in rows]
        for chosen in split_step(lengths, self._micro_tokens, can_pack=self._tuned.base.can_pack):
            part = make_part([rows[at] for at in chosen], self._computing.device)
            with packed(part.lengths):
                with self._computing.autocast():
                    loss = self._measurer.loss_sum(part) / num_learned
                loss.backward()  # type: ignore[no-untyped-call]
            total += loss.detach().item()
        return total

    def _shrink(self, rows: list[Row]) -> None:
        self._optimizer.zero_grad(set_to_none=True)
        release_memory(self._computing.device)
        longest = max(len(row.token_ids) for row in rows)
        if self._micro_tokens > longest:
            self._micro_tokens = max(longest, self._micro_tokens // 2)
        elif not self._checkpoints_gradients:
            self._checkpoints_gradients = True
            self._set_training()
        else:
            raise TrainingMemoryError(
                needed_bytes=peak_memory_bytes(self._computing.device),
                available_bytes=free_memory_bytes(self._computing.device),
                step=self._step + 1,
            )
        self._is_shrunk = True
        self._emit(MemoryShrunk(self._step + 1, self._micro_tokens, self._checkpoints_gradients))

    def _evaluate(self) -> None:
        began = time.monotonic()
        is_best = True
        if self._validation:
            self._emit(StageBegan(Stage.EVALUATING, time.time()))
            loss = self._measurer.mean_loss(self._validation, self._micro_tokens, self._control.is_cancelled)
            is_best = loss < self._best_loss
            self._num_worse = 0 if is_best else self._num_worse + 1
            self._best_loss = min(loss, self._best_loss)
            self._emit(Evaluated(self._step, loss, is_best))
        if is_best:
            self._best_step = self._step
        if not self._control.is_cancelled():
            self._show(self._step)
        self._evaluated_step = self._step
        self._evaluation_s = time.monotonic() - began
        self._save(is_best=is_best and bool(self._validation))
        if self._validation:
            self._emit(StageBegan(Stage.TRAINING, time.time()))

    def _save(self, *, is_best: bool = False) -> None:
        began = time.monotonic()
        checkpoint = Checkpoint(
            key=self._key,
            step=self._step,
            epoch=self._order.position.epoch,
            offset=self._order.position.offset,
            weights=self._tuned.state(),
            optimizer=self._optimizer.state_dict(),
            random=random_states(self._computing.device),
            best_step=self._best_step,
            best_loss=self._best_loss,
            num_worse=self._num_worse,
            before=self.before,
            evaluated_step=self._evaluated_step,
        )
        if is_best:
            best = self._folder.best_checkpoint
            without = Checkpoint(**{name: getattr(checkpoint, name) for name in Checkpoint.__slots__})
            without.optimizer = {}
            save_checkpoint(best, without)
        num_bytes = save_checkpoint(self._folder.last_checkpoint, checkpoint)
        self._checkpoint_at = time.monotonic()
        seconds = self._checkpoint_at - began
        self._checkpoint_s = max(self._settings.checkpoint_s, _CHECKPOINT_SHARE * seconds)
        self._emit(CheckpointWritten(self._step, is_best, num_bytes, seconds))

    def take_best(self) -> int:
        """Put the weights with the least validation loss in place; returns the step that they are from."""
        if self._validation and self._best_step != self._step:
            best = load_checkpoint(self._folder.best_checkpoint, self._key)
            if best is not None:
                self._tuned.restore(best.weights)
                return best.step
        return self._step

    def _set_training(self) -> None:
        model = self._tuned.base.model
        model.train()
        for name, module in model.named_modules():
            if isinstance(module, torch.nn.Dropout) and "lora_dropout" not in name:
                module.p = 0.0  # Of the base's own pre-training; a few hundred steps are better off without.
        if self._checkpoints_gradients:
            # The second is its name until transformers 6.
            newer = getattr(model, "activation_checkpointing_enable", None)
            enable = newer or model.gradient_checkpointing_enable
            enable({"use_reentrant": False})
