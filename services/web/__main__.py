"""Runs the public port: `python -m services.web`."""

from __future__ import annotations

from services.runtime.service import main
from services.web.app import build

main(build)
