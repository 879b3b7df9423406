"""Makes a working environment from a bare checkout, with the standard library alone.

    commands      what the user typed: `run`, `test`
    environment   .venv step by step, its stamp, and its repair after an interruption
    backends      which llama.cpp build, and with which flags
    engine_wheel  where that build comes from: our cache, upstream's index, or the compiler
    machine       what this computer lacks
    problems      the same, in words, with the remedy
    console       steps with elapsed time, child processes, the log

Nothing here imports the program: it runs before anything is installed.
"""
