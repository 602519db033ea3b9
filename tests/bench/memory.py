"""Row 6: the memory of each process after all the load, against a FastAPI application that does nothing."""

from __future__ import annotations

import os

import psutil
import uvicorn
from fastapi import FastAPI

from infra.local.folder import HOST
from infra.local.process import Process
from tests.bench.table import Row
from tests.bench.yard import Program, Yard

MIB = 1024 * 1024


def memory(yard: Yard) -> Row:
    """The proportional set size of each of our processes; the greatest counts."""
    empty = Program("empty", yard.stack.folder, "tests.bench.memory", env={})
    empty.start()
    reference = _mib(empty)
    empty.stop()
    found = {name: _mib(service) for name, service in yard.stack.services.items()}
    return Row(
        name="memory of each process (PSS)",
        measured=", ".join(f"{name} {size:.0f} MiB" for name, size in found.items()),
        reference=f"{reference:.0f} MiB",
        ratio=max(found.values()) / reference,
        goal="at most 2",
        reached=max(found.values()) <= 2 * reference,
        details={"empty": reference, **found},
    )


def _mib(process: Process) -> float:
    """What is not shared, and the share of what is, with what it started."""
    parent = psutil.Process(process.pid)
    family = [parent, *parent.children(recursive=True)]
    return sum(one.memory_full_info().pss for one in family if "python" in one.name()) / MIB


if __name__ == "__main__":
    uvicorn.run(FastAPI(), host=HOST, port=int(os.environ["BENCH_PORT"]), access_log=False, log_level="warning")
