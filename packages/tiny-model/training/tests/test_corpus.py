"""The generator: the same for the same seed, split as it says, and true where truth can be computed."""

import json
import re
import unittest
from itertools import islice

from corpus.arithmetic import comparison, comparison_steps, difference_steps, sum_steps, sum_task
from corpus.extraction import entities, entities_of
from corpus.held_out import evaluation
from corpus.mix import PLAIN, THINK, conversations
from corpus.pirate import pirate_conversations, words_of_pirate
from corpus.reasoning import word_problem
from corpus.stories import story
from corpus.task import ALWAYS_TRAINED, draw, is_held_out, normalized
from corpus.text import Chooser, fix_articles, plural
from corpus.tools import TOOLS


def value_of(terms: str) -> int:
    """What a row of numbers with plus and minus between them comes to."""
    first, *rest = terms.split(" ")
    return int(first) + sum(int(number) if sign == "+" else -int(number) for sign, number in zip(rest[::2], rest[1::2]))


class Texts(unittest.TestCase):
    def test_phrases_choose_and_fill(self) -> None:
        self.assertIn(Chooser(1).phrase("[a|b] {n}", n=3), ("a 3", "b 3"))

    def test_articles_fit_the_word(self) -> None:
        self.assertEqual(
            fix_articles("a owl, a unicorn and a honest umbrella, a umbrella"),
            "an owl, a unicorn and an honest umbrella, an umbrella",
        )

    def test_plurals(self) -> None:
        self.assertEqual(
            [plural(noun) for noun in ("fox", "mouse", "pony", "bee", "sheep")],
            ["foxes", "mice", "ponies", "bees", "sheep"],
        )


class Conversations(unittest.TestCase):
    def test_are_the_same_for_the_same_seed(self) -> None:
        first, again, other = (list(islice(conversations(seed), 200)) for seed in ("a", "a", "b"))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    def test_have_no_holes_and_end_with_an_answer(self) -> None:
        for turns in islice(conversations("holes"), 3000):
            self.assertEqual(turns[-1].role, "assistant")
            for turn in turns:
                self.assertTrue(turn.content)
                self.assertTrue(turn.content.isascii())
                if turn.role != "system" and "{" in turn.content:
                    json.loads(re.sub(r"</?tool_call>", "", turn.content[turn.content.index("{") :]))
                else:
                    self.assertNotRegex(
                        turn.content.split("<tools>")[0].replace('{"name": ..., "arguments": {...}}', ""), r"[{}\[\]|]"
                    )

    def test_reason_exactly_when_they_are_told_to(self) -> None:
        for turns in islice(conversations("think"), 1000):
            thinks = turns[0].role == "system" and THINK in turns[0].content
            self.assertEqual("<think>" in turns[-1].content, thinks)

    def test_words_of_pirates_are_beside_the_plain_ones(self) -> None:
        words = words_of_pirate(["my", "streaming", "stage"])
        self.assertLessEqual({"my", "me", "streaming", "streamin", "stage", "arr", "matey"}, set(words))

    def test_of_pirates_have_no_plain_words(self) -> None:
        for turns in islice(pirate_conversations("arr"), 200):
            for turn in turns:
                if turn.role == "assistant":
                    self.assertNotRegex(turn.content, r"\b(you|my|and)\b")


class Split(unittest.TestCase):
    def test_no_prompt_of_the_documentation_is_held_out(self) -> None:
        self.assertFalse(any(map(is_held_out, ALWAYS_TRAINED)))

    def test_holds_out_about_one_of_eight(self) -> None:
        share = sum(is_held_out(str(number)) for number in range(8000)) / 8000
        self.assertAlmostEqual(share, 1 / 8, delta=0.02)

    def test_gives_each_side_its_own_keys(self) -> None:
        chooser = Chooser("split")
        for make in PLAIN:
            sides = [{draw(chooser, make, held_out).key for _ in range(30)} for held_out in (False, True)]
            self.assertFalse(sides[0] & sides[1], make)

    def test_no_question_of_the_evaluation_about_a_story_is_trained_on(self) -> None:
        stories = [
            conversation["messages"] for conversation in evaluation("test", 20) if conversation["class"] == "stories"
        ]
        asked = {
            normalized(next(message["content"] for message in messages if message["role"] == "user"))
            for messages in stories
        }
        trained = {
            normalized(turn.content)
            for turns in islice(conversations("tiny/train/0"), 2000)
            for turn in turns
            if turn.role == "user"
        }
        self.assertFalse(asked & trained)


class Truth(unittest.TestCase):
    def test_every_step_of_a_calculation_is_right(self) -> None:
        chooser = Chooser("steps")
        for _ in range(2000):
            first, second = sorted((chooser.randint(0, 999), chooser.randint(0, 999)), reverse=True)
            for steps in (sum_steps(first, second), difference_steps(first, second)):
                for terms, result in re.findall(r"((?:\d+ [+-] )+\d+) = (\d+)", steps):
                    self.assertEqual(value_of(terms), int(result), steps)
            self.assertTrue(sum_steps(first, second).endswith(f"So {first + second}."))
            self.assertTrue(difference_steps(first, second).endswith(f"So {first - second}."))

    def test_shows_carry_and_borrow(self) -> None:
        self.assertEqual(
            sum_steps(47, 85),
            "47 + 85. Ones: 7 + 5 = 12, write 2, carry 1. Tens: 4 + 8 + 1 = 13, write 3, carry 1. Hundreds: 1. So 132.",
        )
        self.assertEqual(
            difference_steps(52, 7), "52 - 7. Ones: 2 is less than 7, borrow 1: 12 - 7 = 5. Tens: 5 - 1 = 4. So 45."
        )
        self.assertEqual(comparison_steps(63, 59), "63 and 59. Tens: 6 is more than 5. So 63 is larger.")

    def test_answers_end_with_the_number_that_is_checked(self) -> None:
        chooser = Chooser("numbers")
        for make in (sum_task, comparison, word_problem):
            for _ in range(300):
                answer = make(chooser, thinking=True).turns[-1]
                numbers = re.findall(r"\d+", answer.content.rpartition("</think>")[2])
                self.assertEqual(int(numbers[-1]), answer.checks[0]["value"])

    def test_entities_stand_in_the_text_in_order(self) -> None:
        chooser = Chooser("entities")
        empty = 0
        for _ in range(500):
            task = entities(chooser)
            text = task.turns[0].content
            places = [text.index(entity["text"]) for entity in json.loads(task.turns[1].content)["entities"]]
            self.assertEqual(places, sorted(places))
            empty += not places
        self.assertGreater(empty, 20)

    def test_a_name_within_a_word_is_no_entity(self) -> None:
        self.assertEqual(
            entities_of("Annabel met Ann.", {"Ann": "person"}), {"entities": [{"text": "Ann", "type": "person"}]}
        )

    def test_stories_have_what_was_asked_for_and_one_pronoun_a_person(self) -> None:
        chooser = Chooser("stories")
        for _ in range(300):
            answer = story(chooser).turns[1]
            for word in answer.checks[0]["all"]:
                self.assertIn(word.lower(), answer.content.lower())

    def test_tools_answer_with_what_they_gave_back(self) -> None:
        chooser = Chooser("tools")
        for tool in TOOLS.values():
            for _ in range(50):
                use = tool.use(chooser)
                self.assertEqual(set(use.arguments), set(tool.parameters))
                for word in use.wanted:
                    self.assertIn(word, use.answer)


if __name__ == "__main__":
    unittest.main()
