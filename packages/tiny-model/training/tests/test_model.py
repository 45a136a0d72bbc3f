"""The transformer, its optimizer and its files; left out where torch is not installed."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

try:
    import numpy as np
    import torch
except ImportError as error:
    raise unittest.SkipTest("torch is not installed") from error

from dataclasses import replace

from gguf_file.export import export_model
from gguf_file.writer import TensorType, quantized
from model.batches import make_batch
from model.lora import Adapter
from model.optimizer import orthogonalized
from model.training import Training
from model.transformer import Layout, ModelConfig, Transformer
from recipe import Recipe
from tokenizer.bpe import Tokenizer, learn_merges

SMALL = ModelConfig(vocabulary=320, width=64, layers=2, heads=4, key_value_heads=2, feed_forward=64, context=128)


class ModelTest(unittest.TestCase):
    def setUp(self) -> None:
        torch.manual_seed(0)
        self.model = Transformer(SMALL)

    def test_a_document_is_read_alone_and_from_left_to_right(self) -> None:
        tokens = torch.randint(0, 320, (96,))
        packed = self.model.hidden(tokens, Layout(((2, 16), (1, 64))))
        alone = self.model.hidden(tokens[16:32], Layout(((1, 16),)))
        torch.testing.assert_close(packed[16:32], alone)
        shortened = self.model.hidden(tokens[32:80], Layout(((1, 48),)))
        torch.testing.assert_close(packed[32:80], shortened)

    def test_a_batch_asks_for_what_the_assistant_writes(self) -> None:
        batch = make_batch([([1, 2, 3, 4], [0.0, 0.0, 0.5, 0.5]), ([5, 6], [0.0, 1.0])])
        self.assertEqual(batch.layout, Layout(((2, 16),)))
        self.assertEqual(
            (batch.positions.tolist(), batch.targets.tolist(), batch.weights.tolist()),
            ([1, 2, 16], [3, 4, 6], [0.5, 0.5, 1.0]),
        )

    def test_updates_have_singular_values_about_one(self) -> None:
        values = torch.linalg.svdvals(orthogonalized(torch.randn(3, 32, 64)))
        self.assertTrue(bool(((values > 0.5) & (values < 1.5)).all()))

    def test_an_adapter_changes_nothing_before_it_is_trained_and_merges_to_the_same(self) -> None:
        tokens, layout = torch.randint(0, 320, (32,)), Layout(((1, 32),))
        before = self.model.hidden(tokens, layout)
        adapter = Adapter(self.model, rank=4)
        torch.testing.assert_close(self.model.hidden(tokens, layout), before)
        for weight in adapter.parameters():
            torch.nn.init.normal_(weight, std=0.1)
        torch.testing.assert_close(
            adapter.merged().hidden(tokens, layout), self.model.hidden(tokens, layout), rtol=1e-4, atol=1e-4
        )

    def test_eight_bits_keep_a_weight_to_a_hundredth(self) -> None:
        weights = np.random.default_rng(0).standard_normal((4, 64)).astype(np.float32)
        blocks = np.frombuffer(quantized(weights), np.uint8).reshape(-1, 34)
        scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
        restored = blocks[:, 2:].copy().view(np.int8) * scales
        self.assertLess(float(np.abs(restored.reshape(4, 64) - weights).max()), 0.02)

    def test_an_interrupted_training_goes_on_where_it_was(self) -> None:
        tokenizer = Tokenizer(learn_merges(["aa bb"] * 9, 2))
        recipe = replace(Recipe(), model=replace(SMALL, context=256), tokens=9_000, batch_tokens=1_000)
        with (
            tempfile.TemporaryDirectory() as one,
            tempfile.TemporaryDirectory() as two,
            contextlib.redirect_stdout(io.StringIO()),
        ):
            whole = Training(recipe, tokenizer, Path(one)).run()
            Training(recipe, tokenizer, Path(two)).run(until=4_000)
            resumed = Training(recipe, tokenizer, Path(two)).run()
            for name, weight in whole.named_parameters():
                torch.testing.assert_close(dict(resumed.named_parameters())[name], weight)
            self.assertTrue(export_model(resumed, tokenizer, Path(one) / "model.gguf", TensorType.Q8_0) > 0)


if __name__ == "__main__":
    unittest.main()
