"""`run`: start everything, watch it, and stop everything as soon as one part dies or a person says so."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping, Sequence
from functools import partial
from types import FrameType

from infra.local.api_keys import keep_api_keys, key_from
from infra.local.console import Console
from infra.local.faults import LocalError
from infra.local.folder import Folder
from infra.local.process import Process
from infra.local.stack import Stack
from infra.local.wiring import PROGRAMS, Program

WATCH_SECONDS = 0.2
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ISSUES_KEYS = "registry"


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(number)


def _stop_listening() -> None:
    """From here on no signal disturbs the stopping; each part has a bounded time for it."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def run(
    folder: Folder,
    given: Mapping[str, str] = os.environ,
    *,
    programs: Sequence[Program] = PROGRAMS,
    console: Console | None = None,
) -> int:
    """Run until a signal (0) or a failure (1)."""
    shown = console or Console()
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    try:
        with folder.held():
            return _run_held(Stack(folder, given, programs=programs), shown)
    except LocalError as error:
        shown.say(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        return 0


def _run_held(stack: Stack, console: Console) -> int:
    try:
        console.say(_until_dead(stack, console))
    except LocalError as error:
        console.say(f"\n{error}\n")
    except KeyboardInterrupt:
        console.say("\nstopping")
        return 0
    finally:
        _stop_listening()
        stack.stop(console.say)
    return 1


def _until_dead(stack: Stack, console: Console) -> str:
    began = time.monotonic()
    stack.start(console.say)
    console.say(f"ready after {time.monotonic() - began:.1f} s")
    _keep_api_keys(stack, console)
    _say_where(stack, console)
    dead = _watch(stack, console)
    return f"\n{dead.name} ENDED WITH {dead.exit_code}: everything is stopped.\n{dead.last_words()}\n"


def _watch(stack: Stack, console: Console) -> Process:
    while True:
        dead = stack.dead
        for part in stack.parts:
            console.follow(part.name, part.log)
        if dead:
            return dead[0]
        time.sleep(WATCH_SECONDS)


def _keep_api_keys(stack: Stack, console: Console) -> None:
    if ISSUES_KEYS in stack.programs:
        ask = partial(key_from, stack.url(ISSUES_KEYS), stack.admin_key_file)
        keep_api_keys(stack.folder.api_keys, stack.brands, ask, console.say)


def _say_where(stack: Stack, console: Console) -> None:
    console.say("")
    for brand in stack.brands:
        console.say(f"  {stack.public_url}/{brand}")
    console.say(f"\n  API keys: {stack.folder.api_keys}\n  logs: {stack.folder.logs}")
    console.say("  at the address of each service: /openapi.json, /metrics, /readyz\n  Ctrl-C stops everything\n")
