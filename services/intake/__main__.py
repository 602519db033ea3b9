"""Run intake as a process."""

from services.intake.app import build
from services.runtime.service import main

main(build)
