"""A bound on how long a task may wait for others, cheap enough for every request.

`asyncio.timeout` starts and cancels a timer of the loop each time, which costs as much as parsing the request. Here one
timer, set while anyone waits, looks at whoever has waited longest.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

LOOK_SECONDS = 0.5


class Patience:
    """`with patience:` raises TimeoutError in a task that is in it for longer than so many seconds."""

    def __init__(self, *, seconds: float) -> None:
        self.seconds = seconds
        self.waiting: dict[asyncio.Task[object], float] = {}
        """Since when each task waits, the longest first."""
        self.late: set[asyncio.Task[object]] = set()
        self.looking: asyncio.AbstractEventLoop | None = None
        """The loop whose timer is set."""

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = task.get_loop()
        self.waiting[task] = loop.time()
        if self.looking is not loop:
            self._look_later(loop)

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.waiting.pop(task, None)
        if task in self.late:
            self.late.discard(task)
            if task.uncancel() == 0 and kind is asyncio.CancelledError:
                raise TimeoutError

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self.looking = loop
        loop.call_later(LOOK_SECONDS, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        began = loop.time() - self.seconds
        for task in [task for task, since in self.waiting.items() if since <= began]:
            del self.waiting[task]
            self.late.add(task)
            task.cancel()
        if self.waiting:
            self._look_later(loop)
        else:
            self.looking = None
