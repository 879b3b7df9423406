"""What a file with code is called, by the language that the reply names."""

from __future__ import annotations

from lmstudio_lite.words.translate import tr

_USUAL = {
    **{"python": ".py", "py": ".py", "python3": ".py", "javascript": ".js", "js": ".js", "typescript": ".ts"},
    **{"ts": ".ts", "bash": ".sh", "sh": ".sh", "shell": ".sh", "zsh": ".sh", "console": ".txt"},
    **{
        "json": ".json",
        "html": ".html",
        "css": ".css",
        "xml": ".xml",
        "yaml": ".yaml",
        "yml": ".yaml",
        "toml": ".toml",
    },
    **{"markdown": ".md", "md": ".md", "sql": ".sql", "c": ".c", "cpp": ".cpp", "c++": ".cpp", "rust": ".rs"},
    **{"go": ".go", "java": ".java", "csharp": ".cs", "c#": ".cs", "latex": ".tex", "tex": ".tex", "r": ".r"},
    **{"csv": ".csv", "text": ".txt", "plaintext": ".txt", "diff": ".diff", "powershell": ".ps1"},
}


def file_name_of(language: str) -> str:
    """Return a name such as "code.py" for what a fence calls ``language``; "code.txt" if that is unknown."""
    known = language.lower()
    return tr("code") + (_USUAL.get(known) or _suffix_by_pygments(known) or ".txt")


def _suffix_by_pygments(language: str) -> str:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        names = get_lexer_by_name(language).filenames if language else []
    except ClassNotFound:
        return ""
    suffixes = (name.removeprefix("*") for name in names if name.startswith("*."))
    return next((each for each in suffixes if each[1:].isalnum()), "")
