"""gymnasium: a problem is an episode of one step, a session of as many as it has turns; the action is a text.

>>> env = gymnasium.make("rlve.bridges.gymnasium:rlve/Problem-v0", environment="Sorting")
>>> question, info = env.reset(seed=7, options={"difficulty": 4})
>>> question, score, terminated, truncated, info = env.step("<answer>1 2 3</answer>")
"""

from importlib import import_module
from typing import Any

import environments
from rlve.bridges.blocking import shared
from rlve.bridges.rows import written
from rlve.problems import Reply
from rlve.turns import is_session
from rlve.types import Task

try:
    gymnasium: Any = import_module("gymnasium")
    spaces: Any = import_module("gymnasium.spaces")
except ImportError as error:
    raise ImportError("this bridge needs gymnasium: pip install 'rlve[gymnasium]'") from error

QUESTION_CHARS = 1 << 20
COMPLETION_CHARS = 1 << 20
SEED_LIMIT = (1 << 63) - 1


class AnyText(spaces.Text):
    """Texts of any characters; those that are sampled are of gymnasium's alphabet."""

    def contains(self, x: Any) -> bool:
        """Whether it is a text of a length that is allowed."""
        return isinstance(x, str) and self.min_length <= len(x) <= self.max_length


class ProblemEnv(gymnasium.Env):
    """reset makes a problem of the difficulty in its options; the last step returns the verdict's score.

    The observation is the question, in a session what is told next, and at the end what was said last. info["task"]
    names the problem; at the end info["correct"] and info["error"] are the verdict's. Answers are verified in a child
    process that can be ended.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - as gymnasium declares it

    def __init__(self, environment: str, difficulty: int = 0, marker: str = "tags") -> None:
        """difficulty: where reset's options name none; marker: a key of environments.MARKERS."""
        (self.environment,) = environments.resolve([environment])
        self.difficulty, self.marker = difficulty, marker
        self.observation_space = AnyText(QUESTION_CHARS, min_length=1)
        self.action_space = AnyText(COMPLETION_CHARS, min_length=0)
        self._version = environments.load(self.environment).version
        self._task: Task | None = None
        self._said, self._texts = "", list[str]()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """options: {"difficulty": a level}. RuntimeError where the problem cannot be made."""
        super().reset(seed=seed)
        difficulty = (options or {}).get("difficulty", self.difficulty)
        if type(difficulty) is not int or difficulty < 0:
            raise ValueError(f'options["difficulty"] must be a level such as 0 or 4, got {difficulty!r}')
        task = Task(self.environment, self._version, difficulty, int(self.np_random.integers(SEED_LIMIT)))
        pool = shared(self.marker)
        (made,) = pool.generate([task])
        if made.text is None:
            raise RuntimeError(f"{written(task)} could not be made ({made.error}): {'; '.join(pool.failures)}")
        self._task, self._said = task, made.text
        self._texts = []
        return self._said, {"task": written(task)}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """What is said next, the score in [0, 1] with which the episode ends and 0 before."""
        if self._task is None:
            raise gymnasium.error.ResetNeeded("call reset before step: an episode ends with its verdict")
        task, pool = self._task, shared(self.marker)
        self._texts.append(action)
        if is_session(self.environment):
            said = pool.play(task, self._texts)
        else:
            said = Reply(None, *pool.verify_many([(task, action)]))
        if said.observation is not None:
            self._said = said.observation
            return self._said, 0.0, False, False, {"task": written(task)}
        verdict = said.verdict
        assert verdict is not None
        self._task = None
        info = {"task": written(task), "correct": verdict.correct, "error": verdict.error}
        return self._said, verdict.score, True, False, info


gymnasium.register(id="rlve/Problem-v0", entry_point=f"{__name__}:ProblemEnv")
