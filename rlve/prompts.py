"""Question → chat → tokens, and tokens → text."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rlve import models
from rlve.config import ConfigError, ModelConfig


class Prompts:
    """The model's own tokenizer. Template `plain` ends the question with a line break, `chat` is its own."""

    def __init__(self, folder: Path, config: ModelConfig) -> None:
        self.tokenizer: Any = models.load_tokenizer(folder)
        self.config = config
        if config.template == "chat" and not self.tokenizer.chat_template:
            raise ConfigError(
                f"model.template: the tokenizer in {folder} has no chat template; set model.template=plain"
            )

    def encode(self, question: str) -> list[int]:
        """The prompt's token ids; ConfigError where they leave no room for an answer."""
        if self.config.template == "chat":
            messages = [{"role": "user", "content": question}]
            tokens = self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
        else:
            tokens = self.tokenizer.encode(f"{question}\n", add_special_tokens=False)
        if len(tokens) >= self.config.max_seq_len:
            raise ConfigError(
                f"model.max_seq_len: a prompt has {len(tokens)} tokens and the context is {self.config.max_seq_len}; "
                f"raise model.max_seq_len or lower curriculum.prompt_chars. It begins: {question[:80]!r}"
            )
        return list(tokens)

    def encode_answer(self, text: str) -> list[int]:
        """A whole completion: the text and the end-of-sequence token, for supervised steps."""
        return [*self.tokenizer.encode(text, add_special_tokens=False), self.tokenizer.eos_token_id]

    def decode(self, tokens: Sequence[int]) -> str:
        return self.tokenizer.decode(list(tokens), skip_special_tokens=True)
