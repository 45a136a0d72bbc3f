#!/usr/bin/env python3
"""Trains the embedded model from nothing: tokenizer, model, adapter, GGUF files, and the table of the evaluation.

Run it again after an interruption and it goes on where it was; what is there already is not made again.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]
NODE = (
    "npx",
    "--yes",
    "--package=node@24",
    "node",
    "--conditions=@iftk/source",
    "--import",
    str(REPOSITORY / "packages/pages/src/source-loader.mjs"),
)
"""A Node that runs the TypeScript sources of this repository without a build."""


def parse() -> argparse.Namespace:
    """The options of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE / "out", help="folder of checkpoints and results")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="threads of the processor")
    parser.add_argument("--tokens", type=int, help="how many tokens to train on, in place of the recipe's")
    parser.add_argument(
        "--snapshot", action="store_true", help="export and evaluate the last checkpoint, without training on"
    )
    parser.add_argument(
        "--evaluate",
        type=Path,
        nargs="?",
        const=HERE.parent / "iftk-tiny-q8_0.gguf",
        metavar="FILE",
        help="print the table of a model file, the one that ships without FILE, and train nothing",
    )
    return parser.parse_args()


def prepare(threads: int) -> None:
    """Settles what the libraries for matrices read when they are loaded."""
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(threads)
    cpu = Path("/proc/cpuinfo")
    if cpu.exists() and "avx512f" in cpu.read_text(encoding="utf-8"):
        # OpenBLAS takes processors that it does not know for older ones.
        os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
    sys.path.insert(0, str(HERE))


def main() -> None:
    """Makes whatever is not there yet."""
    options = parse()
    prepare(options.threads)
    import torch

    from corpus.held_out import evaluation
    from corpus.mix import conversations
    from gguf_file.export import export_adapter, export_model
    from gguf_file.writer import TensorType
    from model.lora import train_adapter
    from model.training import Training
    from recipe import Recipe
    from tokenizer.bpe import Tokenizer, learn_merges
    from tokenizer.pieces import SPECIAL_TOKENS

    torch.set_num_threads(options.threads)
    recipe = Recipe() if options.tokens is None else replace(Recipe(), tokens=options.tokens)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)

    held_out = list(evaluation(f"{recipe.seed}/evaluation", recipe.evaluation_prompts))
    prompts = write_lines(out / "evaluation.jsonl", held_out)
    if options.evaluate:
        return evaluate(options.evaluate, prompts)

    merges = out / "tokenizer.json"
    if not merges.exists():
        print("learning the merges of the tokenizer", flush=True)
        texts = (
            text
            for turns in islice(conversations(f"{recipe.seed}/tokenizer"), recipe.tokenizer_documents)
            for turn in turns
            for text in (turn.role, turn.content)
        )
        Tokenizer(learn_merges(texts, recipe.model.vocabulary - 256 - len(SPECIAL_TOKENS))).save(merges)
    tokenizer = Tokenizer.load(merges)
    prompts_of_pirate = write_lines(out / "evaluation-pirate.jsonl", as_judged_of_pirate(held_out))

    training = Training(recipe, tokenizer, out)
    training.stop_at(signal.SIGINT, signal.SIGTERM)
    model = training.model if options.snapshot else training.run()
    model_file = out / "iftk-tiny-q8_0.gguf"
    print(f"{model_file.name}: {export_model(model, tokenizer, model_file, TensorType.Q8_0)} bytes")
    export_model(model, tokenizer, out / "iftk-tiny-f16.gguf", TensorType.F16)
    evaluate(model_file, prompts)
    if options.snapshot:
        return

    adapter = train_adapter(model, tokenizer, recipe)
    adapter_file = out / "iftk-tiny-pirate-lora.gguf"
    print(f"{adapter_file.name}: {export_adapter(adapter, adapter_file)} bytes")
    merged = out / "iftk-tiny-pirate-merged.gguf"
    export_model(adapter.merged(), tokenizer, merged, TensorType.Q8_0)
    evaluate(merged, prompts_of_pirate, "--beside", str(model_file), "--only", "questions about IFTK")


def write_lines(path: Path, values: Iterable[object]) -> Path:
    """Writes each value as a line of JSON."""
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values), encoding="utf-8")
    return path


def as_judged_of_pirate(conversations: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The conversations, where the words of a pirate are on the topic, too."""
    from corpus.pirate import words_of_pirate

    for conversation in copy.deepcopy(conversations):
        for message in conversation["messages"]:
            for check in message.get("checks", ()):
                if check["kind"] == "topic":
                    check["words"] = words_of_pirate(check["words"])
        yield conversation


def evaluate(model_file: Path, prompts: Path, *arguments: str) -> None:
    """Prints what the engine of this repository makes of a model file, as a table."""
    command = REPOSITORY / "packages/bench/src/tiny-model/command.ts"
    subprocess.run([*NODE, str(command), str(model_file), str(prompts), *arguments], check=True)


if __name__ == "__main__":
    main()
