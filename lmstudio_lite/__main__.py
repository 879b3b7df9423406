"""The one entry point of every process: ``python -m lmstudio_lite`` and the frozen program.

The program starts itself again for its children (``workers.spawn.child_command``); their hidden verbs are
dispatched here before anything of the window or the terminal is imported. Ctrl-C in a terminal reaches
the whole process group; children leave it to their parent, which stops them in order.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the verb in ``argv`` (default: the command line) and return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    is_interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_interruptible:
        # While modules are imported there is nothing to be tidied up: end at once, without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from lmstudio_lite.workers.child import fill_standard_descriptors, take_arguments
    from lmstudio_lite.workers.spawn import (
        DOCUMENT_HELPER,
        ENGINE_WORKER,
        FORMULA_CHILD,
        MEMORY_ASKER,
        QUANTIZER,
        TEMPLATE_CHILD,
        TRAINING_WORKER,
        VERBS,
    )

    fill_standard_descriptors()
    if arguments[:1] and arguments[0] in VERBS:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if arguments[:1] == [ENGINE_WORKER]:
        from lmstudio_lite.engine import worker

        return worker.main(arguments[1:])
    if arguments[:1] == [DOCUMENT_HELPER]:
        from lmstudio_lite.documents import helper

        return helper.main(take_arguments())
    if arguments[:1] == [TRAINING_WORKER]:
        from lmstudio_lite.finetune import worker as training_worker

        return training_worker.main(take_arguments())
    if arguments[:1] == [QUANTIZER]:
        from lmstudio_lite.engine.convert import worker as converter

        return converter.main(take_arguments())
    if arguments[:1] == [MEMORY_ASKER]:
        from lmstudio_lite.engine.llama import asking

        return asking.main(take_arguments())
    if arguments[:1] == [TEMPLATE_CHILD]:
        from lmstudio_lite.engine.templates import child as template_child

        return template_child.main(arguments[1:])
    if arguments[:1] == [FORMULA_CHILD]:
        from lmstudio_lite.formats.formulas import child as formula_child

        return formula_child.main(arguments[1:])
    from lmstudio_lite import cli

    if is_interruptible:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
