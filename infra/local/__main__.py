"""The commands: run, doctor, reset, env."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from infra.local.doctor import doctor
from infra.local.faults import LocalError
from infra.local.folder import LOCAL, Folder
from infra.local.reset import reset
from infra.local.supervise import run

SETTINGS = "PHIEU_PORT chooses the public port (8080), PHIEU_DATA the folder of the data (.local)."


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description="Phieu on one machine.", epilog=SETTINGS)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="start everything; Ctrl-C stops it")
    commands.add_parser("doctor", help="say what this machine lacks")
    deletion = commands.add_parser("reset", help="delete the local data")
    deletion.add_argument("--yes", action="store_true", help="do not ask")
    settings = commands.add_parser("env", help="print settings as shell lines")
    settings.add_argument("service", nargs="?", default="addresses", help="of this service; else the open addresses")
    return parser.parse_args()


def _environment(folder: Folder, name: str) -> int:
    file = folder.environment(name)
    if not file.exists():
        raise LocalError(f"There are no settings of '{name}' yet: start the platform once (make run).")
    print(file.read_text(), end="")
    return 0


def main() -> int:
    """Do what was asked."""
    arguments = _arguments()
    folder = Folder(path=Path(os.environ.get("PHIEU_DATA", LOCAL)).resolve())
    try:
        match arguments.command:
            case "run":
                return run(folder)
            case "doctor":
                return doctor(folder)
            case "reset":
                return reset(folder, is_sure=arguments.yes)
            case _:
                return _environment(folder, arguments.service)
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
