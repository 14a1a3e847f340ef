"""The reward function as TRL calls it, and once through its trainer."""

from pathlib import Path

import pytest

from rlve.bridges import rows, trl
from rlve.types import Task


def test_completions_are_scored_by_their_tasks() -> None:
    found = trl.rows("Sorting,Division", [0, 1], 6)
    tasks = [str(row["task"]) for row in found]
    solutions = [str(row["solution"]) for row in found]
    assert trl.reward(completions=solutions, task=tasks, prompts=[], completion_ids=[]) == [1.0] * 6
    assert trl.reward(completions=["I do not know."] * 6, task=tasks) == [0.0] * 6
    turned = trl.reward(completions=solutions[::-1], task=tasks)
    assert all(0.0 <= score <= 1.0 for score in turned)
    assert sum(turned) < 6


def test_messages_are_scored_by_the_last_one() -> None:
    (row,) = trl.rows("Sorting", [0], 1)
    messages = [{"role": "assistant", "content": str(row["solution"])}]
    assert trl.reward(completions=[messages], task=[str(row["task"])]) == [1.0]


def test_rows_repeat_themselves_and_evaluation_differs() -> None:
    assert trl.rows("Sorting", [0, 3], 4) == trl.rows("Sorting", [0, 3], 4)
    training, measured = trl.rows("Sorting", [3], 8), trl.rows("Sorting", [3], 8, evaluation=True)
    assert not {row["prompt"] for row in training} & {row["prompt"] for row in measured}


def test_a_column_that_holds_no_tasks_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a task such as"):
        trl.reward(completions=["x"], task=["Sorting"])


def test_a_task_of_another_version_is_worth_nothing() -> None:
    (row,) = trl.rows("Sorting", [0], 1)
    task = rows.read(str(row["task"]))
    older = rows.written(Task(task.environment, task.version + 1, task.difficulty, task.seed))
    assert trl.reward(completions=[str(row["solution"])], task=[older]) == [0.0]


@pytest.mark.slow
def test_one_step_of_grpo_trains_on_the_reward(tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="TRL is not installed: pip install 'rlve[dev]'")
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl.trainer.grpo_config import GRPOConfig
    from trl.trainer.grpo_trainer import GRPOTrainer

    from rlve.models import tiny

    folder = tiny.make(tmp_path)
    trainer = GRPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(folder),
        processing_class=AutoTokenizer.from_pretrained(folder),
        reward_funcs=trl.reward,  # pyright: ignore[reportArgumentType] - a list of floats holds no None
        train_dataset=Dataset.from_list(trl.rows("Sorting", [0], 4)),
        args=GRPOConfig(
            output_dir=str(tmp_path / "out"),
            max_steps=1,
            per_device_train_batch_size=4,
            num_generations=4,
            max_completion_length=8,
            use_cpu=True,
            report_to=[],
        ),
    )
    trainer.train()
    (step,) = [entry for entry in trainer.state.log_history if "reward" in entry]
    assert step["rewards/reward/mean"] == step["reward"]
