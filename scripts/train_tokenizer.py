"""Learn the tiny model's merges from the environments' questions: python scripts/train_tokenizer.py.

Whole phrases become tokens because no split is made at spaces. Digits (with the space before them) and letters that
stand alone are split off, so that data keep one token a symbol. The result is committed; a new environment does not
change it.
"""

from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

import environments
from rlve.models.made import END
from rlve.models.tiny import VOCABULARY

TARGET = Path(__file__).parents[1] / "rlve" / "models" / "assets" / "tiny_tokenizer.json"
PROBLEMS = 30
LEVELS = (0, 1, 2, 3, 5)


def questions() -> Iterator[str]:
    for name in environments.names():
        environment = environments.load(name)
        for difficulty in LEVELS:
            for seed in range(PROBLEMS):
                problem = environments.generate(environment, difficulty, seed)
                answer = environments.TAGS.wrap(problem.answer.render(problem.solution()))
                yield f"{environments.question(problem)}\n"
                yield answer


def main() -> None:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r" ?[0-9]"), "isolated"),
            pre_tokenizers.Split(Regex(r" ?(?<![A-Za-z0-9'])[A-Za-z](?![A-Za-z'])"), "isolated"),
            pre_tokenizers.Split(Regex(r"</?answer>"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        min_frequency=20,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=200,
        show_progress=False,
    )
    tokenizer.train_from_iterator(questions(), trainer)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(TARGET), pretty=False)
    print(f"{tokenizer.get_vocab_size()} tokens in {TARGET.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
