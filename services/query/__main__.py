"""Run query as a process."""

from services.query.app import build
from services.runtime.service import main

main(build)
