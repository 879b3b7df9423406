"""Exports as other programs write them, made by hand after their documented or observed forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

QUESTION, ANSWER, OTHER = "What rhymes with rain? 雨", "Pain, **gain**, train.", "Spain."


def chatgpt() -> list[dict[str, Any]]:
    """Return an export with a hidden system message, a tool's turn and an answer that was made twice."""

    def node(key: str, parent: str | None, role: str, *parts: object, **more: Any) -> dict[str, Any]:
        return {
            "id": key,
            "parent": parent,
            "children": [],
            "message": {
                "id": key,
                "author": {"role": role},
                "create_time": 1_700_000_000.5,
                "content": {"content_type": more.pop("kind", "text"), "parts": list(parts)},
                "metadata": more,
            },
        }

    nodes = [
        {"id": "root", "parent": None, "children": [], "message": None},
        node("sys", "root", "system", "", is_visually_hidden_from_conversation=True),
        node("q", "sys", "user", QUESTION),
        node("tool", "q", "tool", "search results"),
        node("a1", "tool", "assistant", ANSWER),
        node("a2", "tool", "assistant", OTHER),
        node("q2", "a1", "user", {"asset_pointer": "file://x"}, "And this one?", kind="multimodal_text"),
    ]
    return [
        {
            "title": "Rhymes",
            "create_time": 1_700_000_000.0,
            "update_time": 1_700_000_100.0,
            "mapping": {str(each["id"]): each for each in nodes},
            "current_node": "a1",
        }
    ]


def claude() -> list[dict[str, Any]]:
    return [
        {
            "uuid": "c",
            "name": "Rhymes",
            "created_at": "2024-05-01T10:00:00.123456Z",
            "updated_at": "2024-05-01T10:05:00Z",
            "chat_messages": [
                {
                    "uuid": "m1",
                    "sender": "human",
                    "text": QUESTION,
                    "content": [{"type": "text", "text": QUESTION}],
                    "created_at": "2024-05-01T10:00:01Z",
                    "attachments": [{"file_name": "notes.txt", "extracted_content": "my notes"}],
                    "files": [{"file_name": "notes.txt"}],
                },
                {
                    "uuid": "m2",
                    "sender": "assistant",
                    "text": "",
                    "content": [
                        {"type": "thinking", "thinking": "They want rhymes."},
                        {"type": "text", "text": ANSWER},
                    ],
                    "created_at": "2024-05-01T10:00:09Z",
                },
            ],
        }
    ]


def open_webui() -> list[dict[str, Any]]:
    messages = {
        "q": {"id": "q", "parentId": None, "role": "user", "content": QUESTION, "timestamp": 1_700_000_000},
        "a1": {
            "id": "a1",
            "parentId": "q",
            "role": "assistant",
            "content": ANSWER,
            "timestamp": 1_700_000_009,
        },
        "a2": {
            "id": "a2",
            "parentId": "q",
            "role": "assistant",
            "content": OTHER,
            "timestamp": 1_700_000_019,
        },
    }
    return [
        {
            "id": "x",
            "title": "Rhymes",
            "chat": {"title": "Rhymes", "history": {"messages": messages, "currentId": "a1"}},
            "created_at": 1_700_000_000,
            "updated_at": 1_700_000_020,
            "pinned": True,
            "archived": False,
            "meta": {"tags": ["verse"]},
        }
    ]


def lm_studio() -> dict[str, Any]:
    def said(role: str, text: str) -> dict[str, Any]:
        return {"type": "singleStep", "role": role, "content": [{"type": "text", "text": text}]}

    def answered(thought: str, text: str) -> dict[str, Any]:
        thinking = {"type": "contentBlock", "content": [{"type": "text", "text": thought}]}
        return {
            "type": "multiStep",
            "role": "assistant",
            "steps": [
                thinking | {"style": {"type": "thinking"}},
                {"type": "contentBlock", "content": [{"type": "text", "text": text}]},
            ],
        }

    return {
        "name": "Rhymes",
        "createdAt": 1_700_000_000_000,
        "messages": [
            {"versions": [said("user", QUESTION)], "currentlySelected": 0},
            {
                "versions": [answered("They want rhymes.", ANSWER), answered("", OTHER)],
                "currentlySelected": 0,
            },
        ],
    }


def silly_tavern() -> list[dict[str, Any]]:
    return [
        {"user_name": "Me", "character_name": "Poet", "create_date": "2024-5-1 @10h 00m 00s 000ms"},
        {"name": "Me", "is_user": True, "mes": QUESTION, "send_date": "May 1, 2024 10:00am"},
        {
            "name": "Poet",
            "is_user": False,
            "mes": ANSWER,
            "send_date": "May 1, 2024 10:01am",
            "swipes": [ANSWER, OTHER],
            "swipe_id": 0,
        },
    ]


def jan() -> list[dict[str, Any]]:
    def message(key: str, role: str, text: str) -> dict[str, Any]:
        part = {"type": "text", "text": {"value": text, "annotations": []}}
        return {
            "id": key,
            "thread_id": "t",
            "role": role,
            "content": [part],
            "created_at": 1_700_000_000_000,
        }

    return [message("m1", "user", QUESTION), message("m2", "assistant", ANSWER)]


def write(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
    return path


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path
