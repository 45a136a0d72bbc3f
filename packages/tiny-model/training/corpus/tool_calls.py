"""Conversations with tools: one call, several calls one after another, and no call where none helps."""

from __future__ import annotations

from typing import Any

from .cast import thing
from .task import Task, check, compact, normalized
from .text import Chooser, article, joined
from .tool_uses import Use
from .tools import TOOLS, call


def _ask(
    task: Task, name: str, arguments: dict[str, Any], result: dict[str, Any], row: str = "right tool and arguments"
) -> None:
    """Adds a call and what the tool gave back."""
    task.assistant(
        call(name, arguments),
        check("valid JSON", "call-json"),
        check("right tool", "call", name=name),
        check(row, "call", name=name, arguments=arguments),
    )
    task.tool(compact(result))


def _answer(task: Task, text: str, *wanted: str) -> Task:
    return task.assistant(text, check("answer uses the result", "includes", all=list(wanted)))


def single_call(chooser: Chooser, available: list[str]) -> Task:
    """A question for one of the tools."""
    name = chooser.choice(available)
    use = TOOLS[name].use(chooser)
    task = Task("tool call", normalized(use.question)).user(use.question)
    _ask(task, name, use.arguments, use.result)
    return _answer(task, use.answer, *use.wanted)


def missing_tool(chooser: Chooser, available: list[str]) -> Task:
    """A question for a tool that is not there."""
    tool = TOOLS[chooser.choice([name for name in TOOLS if name not in available])]
    use = tool.use(chooser)
    task = Task("missing tool", normalized(use.question)).user(use.question)
    return task.assistant(
        f"I am sorry, I have no tool for {tool.purpose}.", check("no call when none is needed", "no-call")
    )


def tools_at_hand(chooser: Chooser, available: list[str]) -> Task:
    """A question about the tools themselves: which there are, or whether there is one for a purpose."""
    none = check("no call when none is needed", "no-call")
    if chooser.chance(0.4):
        request = chooser.phrase("Which tools do you have?", "What tools can you use?", "List your tools.")
        task = Task("tools at hand", normalized(f"{request} {' '.join(available)}")).user(request)
        return task.assistant(f"I have {joined(available)}.", none)
    tool = TOOLS[chooser.choice(available if chooser.chance(0.5) else list(TOOLS))]
    request = chooser.phrase("Do you have a tool for {p}?", "Is there a tool for {p}?", p=tool.purpose)
    answer = f"Yes, {tool.name}." if tool.name in available else f"No, I have no tool for {tool.purpose}."
    task = Task("tools at hand", normalized(f"{request} {' '.join(available)}")).user(request)
    return task.assistant(answer, none, check("tools at hand", "exact", text=answer))


def two_cities(chooser: Chooser, available: list[str]) -> Task:
    """The weather or the time of two cities: two calls, then one answer."""
    name = chooser.choice([name for name in ("get_weather", "get_time") if name in available])
    uses: list[Use] = []
    while len(uses) < 2:
        use = TOOLS[name].use(chooser)
        if all(use.arguments != other.arguments for other in uses):
            uses.append(use)
    here, there = (use.arguments["city"] for use in uses)
    if name == "get_weather":
        question = chooser.phrase(
            "What is the weather in {a} and in {b}?",
            "Compare the weather in {a} and {b}.",
            "Weather in {a} and {b}?",
            "Is it warmer in {a} or in {b}?",
            a=here,
            b=there,
        )
    else:
        question = chooser.phrase(
            "What time is it in {a} and in {b}?",
            "Tell me the time in {a} and {b}.",
            "Time in {a} and in {b}?",
            a=here,
            b=there,
        )
    task = Task("two calls", normalized(question)).user(question)
    for use in uses:
        _ask(task, name, use.arguments, use.result, "right tool and arguments in a loop of calls")
    return _answer(task, " ".join(use.answer for use in uses), *(word for use in uses for word in use.wanted))


def total_price(chooser: Chooser) -> Task:
    """What two things cost together: two prices and a sum, three calls."""
    first, second = thing(chooser), thing(chooser)
    while first == second:
        second = thing(chooser)
    prices = chooser.randint(1, 99), chooser.randint(1, 99)
    question = chooser.phrase(
        "What do {a} and {b} cost together?",
        "How much are {a} and {b} together?",
        "Total price of {a} and {b}?",
        a=article(first),
        b=article(second),
    )
    task = Task("three calls", normalized(question)).user(question)
    row = "right tool and arguments in a loop of calls"
    for item, price in zip((first, second), prices):
        _ask(task, "get_price", {"item": item}, {"price": price}, row)
    _ask(task, "add", {"a": prices[0], "b": prices[1]}, {"result": sum(prices)}, row)
    return _answer(task, f"The {first} and the {second} cost {sum(prices)} euros together.", str(sum(prices)))


def time_then_message(chooser: Chooser) -> Task:
    """Looks something up and sends it to somebody: two different calls."""
    about, name = chooser.choice((("weather", "get_weather"), ("time", "get_time")))
    use = TOOLS[name].use(chooser)
    here = use.arguments["city"]
    message = TOOLS["send_message"].use(chooser)
    to, text = message.arguments["to"], use.answer
    question = chooser.phrase(
        "Tell {n} the {x} in {c}.",
        "Send {n} the {x} in {c}.",
        "Look up the {x} in {c} and send it to {n}.",
        n=to,
        x=about,
        c=here,
    )
    task = Task("two tools", normalized(question)).user(question)
    row = "right tool and arguments in a loop of calls"
    _ask(task, name, use.arguments, use.result, row)
    task.assistant(
        call("send_message", {"to": to, "text": text}),
        check("valid JSON", "call-json"),
        check(row, "call", name="send_message", includes={"to": to}, mentions=list(use.wanted)),
    )
    task.tool(compact({"sent": True}))
    return _answer(task, f"I told {to} the {about} in {here}.", to)


def tool_task(chooser: Chooser, available: list[str]) -> Task:
    """One of the above, as the tools at hand allow."""
    roll = chooser.random()
    if roll < 0.08 and {"get_price", "add"} <= set(available):
        return total_price(chooser)
    if roll < 0.16 and "send_message" in available and {"get_weather", "get_time"} <= set(available):
        return time_then_message(chooser)
    if roll < 0.26 and {"get_weather", "get_time"} & set(available):
        return two_cities(chooser, available)
    return missing_tool(chooser, available) if roll > 0.72 else single_call(chooser, available)


def some_tools(chooser: Chooser) -> list[str]:
    """The names of a few tools, in some order; those that work together come together now and then."""
    found = set(chooser.sample(list(TOOLS), chooser.choice((1, 2, 2, 3, 3, 4))))
    if chooser.chance(0.3):
        found |= set(chooser.choice((("get_price", "add"), ("send_message", "get_weather", "get_time"))))
    names = sorted(found)
    chooser.shuffle(names)
    return names
