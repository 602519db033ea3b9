"""Run the registry as a process."""

from services.registry.app import build
from services.runtime.service import main

main(build)
