"""The terminal: how wide it is, and whether it shows colours."""

from __future__ import annotations

import os
import sys


def width() -> int:
    """The columns of the terminal, or what COLUMNS says; 80 where neither is known."""
    told = os.environ.get("COLUMNS", "")
    if told.isdigit() and int(told):
        return int(told)
    for stream in (sys.__stdout__, sys.__stderr__, sys.__stdin__):
        try:
            return os.get_terminal_size(stream.fileno()).columns or 80  # type: ignore[union-attr]
        except (AttributeError, OSError, ValueError):
            continue
    return 80


def coloured() -> bool:
    """Whether what is written to stdout is shown by a terminal in colours, by https://no-color.org."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
