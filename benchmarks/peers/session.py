"""What the sessions have in common: jobs come as lines of JSON on stdin, what each cost goes out as lines of JSON on stdout."""

from __future__ import annotations

import json
import resource
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn


class LateError(Exception):
    """The time of a job is over."""


def _late(*_: object) -> NoReturn:
    raise LateError


def serve(answer: Callable[[dict[str, Any]], int]) -> None:
    """Do jobs until stdin ends. ``answer`` takes a job and returns how many rows it found; what it raises is told."""
    signal.signal(signal.SIGALRM, _late)
    print("{}", flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        told: dict[str, Any] = {}
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            with suppress(LateError):
                signal.setitimer(signal.ITIMER_REAL, job["limit"])
                told["rows"] = answer(job)
        except Exception as error:
            told["error"] = f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        told |= {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        told["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(told), flush=True)
