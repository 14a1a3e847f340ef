"""Question → tokens, in the model's own format; a completion's tokens → the text in which its answer is looked for."""

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from rlve import models
from rlve.config import ConfigError, ModelConfig

# To see what a template does.
QUESTION, ANSWER, OBSERVATION = "Which question is this?", "It is this one.", "That is what it is."
# Set here, or by transformers: model.template_kwargs must not change them.
_TAKEN = {"messages", "add_generation_prompt", "tools", "documents", "raise_exception", "strftime_now"}


class Prompts:
    """The model's tokenizer, and the template of `config`: chat (the tokenizer's own), base or plain.

    Text of a question never becomes a control token, whatever it holds. A prompt begins with the tokenizer's BOS, once,
    where the tokenizer puts one before texts. ConfigError where the configuration and the tokenizer do not fit.
    """

    def __init__(self, folder: Path, config: ModelConfig) -> None:
        self.tokenizer: Any = models.load_tokenizer(folder)
        self.config = config
        self._frame = config.base_template if config.template == "base" and config.base_template else "{question}\n"
        if config.template == "chat":
            self._check_template(folder)
        self._bos = self._leading_bos()
        prompt = self._render(QUESTION)
        if prompt.count(QUESTION) != 1:
            raise ConfigError(f"model.template: a prompt must hold the question once; it is {prompt!r}")
        self._thinking = config.think_end is not None and not prompt.rstrip().endswith(config.think_end)
        self._think_end_token = self._special_token(config.think_end)
        conversation = self._render(QUESTION, ANSWER)
        self._control = self._control_pattern(prompt + conversation)
        self._answer_start, self._end = self._answer_frame(prompt, conversation, models.end_tokens(folder))

    def encode(self, question: str) -> list[int]:
        """The prompt's token ids; ConfigError where they leave no room for an answer."""
        cut = _absent_from(question)
        tokens = self._tokens(self._render(self._guarded(question, cut)), cut)
        if self._bos is not None and tokens[:1] != [self._bos]:
            tokens.insert(0, self._bos)
        if len(tokens) >= self.config.max_seq_len:
            raise ConfigError(
                f"model.max_seq_len: a prompt has {len(tokens)} tokens and the context is {self.config.max_seq_len}; "
                f"raise model.max_seq_len or lower curriculum.prompt_chars. It begins: {question[:80]!r}"
            )
        return tokens

    def encode_observation(self, text: str) -> list[int]:
        """What stands between two turns of the model, of which the first ended with its end-of-sequence token."""
        before, after = self._between
        cut = _absent_from(text)
        return self._tokens(before + self._guarded(text, cut) + after, cut)

    def encode_answer(self, text: str) -> list[int]:
        """A whole completion: thoughts, if any, closed at once, the text, and the token that ends the model's turn."""
        cut = _absent_from(text)
        return [*self._tokens(self._answer_start + self._guarded(text, cut), cut), self._end]

    def decode(self, tokens: Sequence[int]) -> str:
        """The text without control tokens."""
        # Some tokenizers would tidy the spaces before punctuation, which are part of an answer.
        return self.tokenizer.decode(list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def conclusion(self, tokens: Sequence[int]) -> str:
        """What follows the last think_end of a completion: the only text in which an answer is looked for.

        Empty where the model was to think and never finished; the whole text where it was not to think.
        """
        if self.config.think_end is None:
            return self.decode(tokens)
        if self._think_end_token is None:
            _, found, after = self.decode(tokens).rpartition(self.config.think_end)
        else:  # decoding leaves it out
            places = [place for place, token in enumerate(tokens) if token == self._think_end_token]
            found, after = places, self.decode(tokens[places[-1] + 1 if places else 0 :])
        return after if found or not self._thinking else ""

    def _render(self, question: str, answer: str | None = None) -> str:
        """The prompt as text; with an answer, the whole conversation."""
        if self.config.template != "chat":
            return self._frame.replace("{question}", question) + (answer or "")
        return self._apply(self.config.system_prompt, question, answer)

    @cached_property
    def _between(self) -> tuple[str, str]:
        """What stands before and after an observation; the model itself has written the end of its turn.

        Its earlier turns stay as it wrote them, also where a template would leave thoughts out of them.
        """
        if self.config.template != "chat":
            before, _, after = self._frame.partition("{question}")
            return before, after
        conversation = self._apply(self.config.system_prompt, QUESTION, ANSWER, OBSERVATION)
        _, _, rest = conversation.rpartition(ANSWER)
        before, found, after = rest.partition(OBSERVATION)
        if not found:
            raise ConfigError(
                "model.template: the chat template does not show what a session says after the model's first turn; "
                "train without sessions, or set model.template=base"
            )
        end = self.tokenizer.decode([self._end])
        closing, ended, follows = before.partition(end)
        return (follows if ended and not closing.strip() else before), after

    def _apply(self, system: str | None, question: str, answer: str | None, observation: str | None = None) -> str:
        from jinja2 import TemplateError

        turns = [("system", system), ("user", question), ("assistant", answer), ("user", observation)]
        messages = [{"role": role, "content": text} for role, text in turns if text is not None]
        try:
            return self.tokenizer.apply_chat_template(
                messages,
                tokenize=False,
                add_generation_prompt=answer is None or observation is not None,
                strftime_now=self._no_date,
                **self.config.template_kwargs,
            )
        except TemplateError as error:
            roles = ", ".join(message["role"] for message in messages)
            raise ConfigError(f"model.template: the chat template refuses the turns {roles}: {error}") from error

    def _no_date(self, _: str) -> str:
        readable = ", ".join(sorted(self._variables()))
        raise ConfigError(
            "model.template_kwargs: the chat template writes the date of the day, so that a question would be another "
            "prompt tomorrow; set the variable that it takes for the date, such as {date_string: 26 Jul 2024} "
            f"(it reads {readable})"
        )

    def _check_template(self, folder: Path) -> None:
        if not self.tokenizer.chat_template:
            raise ConfigError(
                f"model.template: the tokenizer in {folder} has no chat template; "
                "set model.template=base (with model.base_template) or model.template=plain"
            )
        readable = self._variables()
        for name in self.config.template_kwargs:
            if name not in readable:
                raise ConfigError(
                    f"model.template_kwargs: the chat template in {folder} never reads {name}; "
                    f"it reads {', '.join(sorted(readable)) or 'nothing that could be set'}"
                )
        self._apply(None, QUESTION, None)
        system = self.config.system_prompt
        if system is None:
            return
        try:
            shown = self._apply(system, QUESTION, None)
        except ConfigError as error:
            raise ConfigError(f"model.system_prompt: {error}; set model.system_prompt=null") from error
        if system.strip() not in shown:
            raise ConfigError(
                f"model.system_prompt: the chat template in {folder} leaves the system turn out; "
                "set model.system_prompt=null"
            )

    def _variables(self) -> set[str]:
        """What the chat template reads from outside and nothing here sets."""
        from jinja2 import Environment, TemplateError, meta, nodes

        # A tag of transformers' own, which says what the assistant wrote.
        source = re.sub(r"{%-?\s*(end)?generation\s*-?%}", "", self.tokenizer.get_chat_template())
        try:
            tree = Environment(extensions=["jinja2.ext.loopcontrols"]).parse(source)
            undeclared = meta.find_undeclared_variables(tree)
        except TemplateError as error:
            raise ConfigError(f"model.template: the chat template cannot be read: {error}") from error
        assigned = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
        tests = [test for test in tree.find_all(nodes.Test) if test.name in ("defined", "undefined")]
        defaults = {test.node.name for test in tests if isinstance(test.node, nodes.Name)}
        return undeclared - (assigned - defaults) - _TAKEN - {*self.tokenizer.special_tokens_map}

    def _leading_bos(self) -> int | None:
        """The BOS, where the tokenizer puts one before texts."""
        bos = self.tokenizer.bos_token_id
        return bos if bos is not None and self.tokenizer.encode("a")[:1] == [bos] else None

    def _special_token(self, text: str | None) -> int | None:
        """The id of the token of this text, where it is one that decoding leaves out."""
        added = self.tokenizer.added_tokens_decoder.items()
        return next((index for index, token in added if token.special and token.content == text), None)

    def _control_pattern(self, shown: str) -> re.Pattern[str]:
        """Texts of the tokens that no question may write: special ones, think_end, and those of the template."""
        written = {*self.tokenizer.encode(shown, add_special_tokens=False)}
        texts = {
            token.content
            for index, token in self.tokenizer.added_tokens_decoder.items()
            if (token.special or index in written or token.content == self.config.think_end)
            and len(token.content.strip()) > 1
        }
        return re.compile("|".join(map(re.escape, sorted(texts, key=len, reverse=True))) or r"(?!)")

    def _guarded(self, text: str, cut: str) -> str:
        """The text with `cut` after the first character of whatever would become a control token."""
        parts: list[str] = []
        place = 0
        while found := self._control.search(text, place):
            parts.append(text[place : found.start() + 1])
            place = found.start() + 1
        return cut.join([*parts, text[place:]])

    def _tokens(self, text: str, cut: str) -> list[int]:
        """Token ids of the text, whose pieces between cuts share no token."""
        return [token for piece in text.split(cut) for token in self.tokenizer.encode(piece, add_special_tokens=False)]

    def _answer_frame(self, prompt: str, conversation: str, ends: frozenset[int]) -> tuple[str, int]:
        """What stands between the prompt and an answer without thoughts, and the end-of-sequence id after it."""
        before, _, after = conversation.rpartition(ANSWER)
        # Some templates leave out of a turn what they begin it with for the model to go on.
        start = before[len(prompt) :] if before.startswith(prompt) else ""
        closing = self.config.think_end if self._thinking else None
        if closing is not None and closing not in start:
            start += f"{closing}\n\n"
        tokens = [*self.tokenizer.encode(after, add_special_tokens=False), self.tokenizer.eos_token_id]
        end = next((token for token in tokens if token in ends), None)
        if end is None:
            raise ConfigError(
                f"model.path: the generation config's end-of-sequence ids are {sorted(ends)}, and neither the chat "
                f"template nor the tokenizer (eos_token {self.tokenizer.eos_token!r}) writes one of them; "
                "mend eos_token_id in generation_config.json"
            )
        return start, end


def _absent_from(text: str) -> str:
    """A mark that the text does not hold."""
    mark = "\0"
    while mark in text:
        mark += "\0"
    return mark
