"""The tokenizer: text comes back, names are copied token by token, and the name of the pre-tokenizer does not matter."""

import re
import unittest
from itertools import islice

from corpus.mix import conversations
from tokenizer.bpe import Tokenizer, learn_merges
from tokenizer.documents import document
from tokenizer.pieces import SPECIAL_TOKENS, split_special

TEXTS = [turn.content for turns in islice(conversations("tokens"), 400) for turn in turns]
TOKENIZER = Tokenizer(learn_merges(TEXTS, 800))

PRE_TOKENIZERS = {
    "gpt-2": r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+",
    "smollm": r"[0-9]|'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+",
    "qwen2": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\nA-Za-z0-9]?[A-Za-z]+|[0-9]| ?[^\sA-Za-z0-9]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "llama-3": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\nA-Za-z0-9]?[A-Za-z]+|[0-9]{1,3}| ?[^\sA-Za-z0-9]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}
"""The expressions of well-known tokenizers, for ASCII."""


class TokenizerTest(unittest.TestCase):
    def test_gives_every_text_back(self) -> None:
        for text in [*TEXTS, "", " ", "\n\n a  b\t", "Grüße 🦊 你好", "it's 1234 <think> x</think>"]:
            self.assertEqual(TOKENIZER.decode(TOKENIZER.encode(text)), text)

    def test_is_the_same_under_every_usual_pre_tokenizer(self) -> None:
        odd = [
            "it's John's.\n\n12 is",
            'a  "b"\n{"x":[1,2]}',
            "e.g. (this), that!\n",
            "x\n\n\ny   z 007",
            "don't I'LL he'd",
        ]
        for name, expression in PRE_TOKENIZERS.items():
            for text in [*TEXTS, *odd]:
                tokens = []
                for part in split_special(text):
                    pieces = [part] if part in SPECIAL_TOKENS else re.findall(expression, part)
                    tokens += [token for piece in pieces for token in self._merged(piece)]
                self.assertEqual(tokens, TOKENIZER.encode(text), f"{name}: {text!r}")

    def _merged(self, piece: str) -> list[int]:
        """A piece as any reader of the file merges it."""
        return TOKENIZER._piece(piece) if piece not in SPECIAL_TOKENS else TOKENIZER.encode(piece)

    def test_a_name_is_the_same_tokens_after_a_space_and_in_json(self) -> None:
        for name in ("Ana", "Oslo", "Klegruk"):
            self.assertEqual(TOKENIZER.encode(f" {name}")[1:], TOKENIZER.encode(f'"{name}')[1:])

    def test_digits_and_capitals_are_single(self) -> None:
        self.assertEqual([TOKENIZER.decode([token]) for token in TOKENIZER.encode("2024 FOX")], list("2024 FOX"))

    def test_learned_merges_do_not_depend_on_the_order_of_texts(self) -> None:
        self.assertEqual(learn_merges(reversed(TEXTS), 800), TOKENIZER.merges)

    def test_only_the_assistant_is_learned(self) -> None:
        turns = next(conversations("weights"))
        ids, weights = document(TOKENIZER, turns)
        learned = TOKENIZER.decode(token for token, weight in zip(ids, weights) if weight > 0)
        self.assertEqual(
            learned,
            "".join(f"{turn.content}<|im_end|>" for turn in turns if turn.role == "assistant" and turn.is_learned),
        )


if __name__ == "__main__":
    unittest.main()
