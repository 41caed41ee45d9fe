"""The program: `python -m dinghuo`, or `./run`."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from dinghuo.stopping import listen

REFUSED = 2
INTERRUPTED = 130
GC_THRESHOLDS = (50_000, 50, 50)


def main() -> int:
    """Do what the command line says."""
    # What is imported stays; looking it through for garbage again and again is a tenth of the start.
    gc.set_threshold(*GC_THRESHOLDS)
    listen()
    return run(sys.argv[1:])


def run(arguments: Sequence[str]) -> int:
    """Do it and answer with the exit code; a refusal is one line on stderr, what is unexpected a traceback."""
    from cyclopts import CycloptsError, UnusedCliTokensError

    from dinghuo.commands import command_line
    from dinghuo.speech import CommandRefused, say

    try:
        return int(command_line()(list(arguments)) or 0)
    except CommandRefused as refused:
        return _refuse(str(refused))
    except UnusedCliTokensError as error:
        unknown = " ".join(error.unused_tokens or ())
        return _refuse(
            say(zh=f"不认识:{unknown}。用法见 ./run --help", en=f"Not known: {unknown}. See ./run --help")
        )
    except CycloptsError as error:
        return _refuse(say(zh=f"{error} 用法见 ./run --help", en=f"{error} See ./run --help"))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever was reading has seen enough; nothing is left to be written when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _refuse(words: str) -> int:
    print(" ".join(words.split()), file=sys.stderr)
    return REFUSED


if __name__ == "__main__":
    sys.exit(main())
