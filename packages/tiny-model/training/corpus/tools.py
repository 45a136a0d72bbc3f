"""Tools: their schemas, how a model is told of them and how it calls them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import tool_uses
from .task import compact
from .text import Chooser
from .tool_uses import Use

HEAD = 'You have tools. To use one, answer with <tool_call>{"name": ..., "arguments": {...}}</tool_call>.\n<tools>\n%s\n</tools>'


@dataclass(frozen=True)
class Tool:
    """A tool that a model may be given."""

    name: str
    descriptions: tuple[str, ...]
    parameters: dict[str, tuple[str, str]]
    purpose: str
    use: Callable[[Chooser], Use]


TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(
            "get_weather",
            ("Get the current weather of a city", "Weather for a city", "Returns the weather"),
            {"city": ("string", "Name of the city")},
            "the weather",
            tool_uses.weather,
        ),
        Tool(
            "get_time",
            ("Get the local time of a city", "Time in a city", "Current time"),
            {"city": ("string", "Name of the city")},
            "the time",
            tool_uses.time,
        ),
        Tool(
            "add",
            ("Add two numbers", "Adds a and b", "Sum of two numbers"),
            {"a": ("number", "First number"), "b": ("number", "Second number")},
            "sums",
            tool_uses.add,
        ),
        Tool(
            "search_library",
            ("Search the library documentation", "Search the docs", "Full text search"),
            {"query": ("string", "Search words")},
            "searching",
            tool_uses.search,
        ),
        Tool(
            "set_timer",
            ("Set a timer", "Starts a timer"),
            {"minutes": ("number", "Minutes to wait")},
            "timers",
            tool_uses.timer,
        ),
        Tool(
            "get_news",
            ("Get the news about a topic", "Latest headlines"),
            {"topic": ("string", "Topic")},
            "news",
            tool_uses.news,
        ),
        Tool(
            "play_song",
            ("Play a song", "Plays music"),
            {"title": ("string", "Title of the song")},
            "music",
            tool_uses.song,
        ),
        Tool(
            "roll_die", ("Roll a die", "Throws a die"), {"sides": ("number", "Number of sides")}, "dice", tool_uses.dice
        ),
        Tool(
            "send_message",
            ("Send a message", "Sends a text to a person"),
            {"to": ("string", "Name of the person"), "text": ("string", "The message")},
            "messages",
            tool_uses.message,
        ),
        Tool(
            "get_price",
            ("Get the price of an item", "Price in euros"),
            {"item": ("string", "Name of the item")},
            "prices",
            tool_uses.price,
        ),
    )
}


def system_prompt(chooser: Chooser, names: list[str], base: str) -> str:
    """The system message that tells of the tools, as the chat template writes it; callers write schemas in many ways."""
    wrapped, described, spaced, required = (chooser.chance(chance) for chance in (0.6, 0.45, 0.5, 0.75))
    lines = []
    for name in names:
        tool = TOOLS[name]
        properties = {
            key: {"type": kind} | ({"description": text} if described else {})
            for key, (kind, text) in tool.parameters.items()
        }
        schema = {"type": "object", "properties": properties} | ({"required": list(properties)} if required else {})
        function: dict[str, Any] = {
            "name": name,
            "description": chooser.choice(tool.descriptions),
            "parameters": schema,
        }
        value = {"type": "function", "function": function} if wrapped else function
        lines.append(json.dumps(value) if spaced else compact(value))
    return (f"{base}\n\n" if base else "") + HEAD % "\n".join(lines)


def call(name: str, arguments: dict[str, Any]) -> str:
    """A call in the style of Hermes."""
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments}, ensure_ascii=False)}\n</tool_call>"
