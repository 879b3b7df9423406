"""The engine: the only code that knows ``llama_cpp``. See CONTRIBUTING.md for one traced request."""

import os

# GNU OpenMP's threads spin at every barrier before they sleep, for milliseconds by default. On a machine that
# also does other things the one they wait for is then kept off its core; without any spinning every barrier
# costs a wake-up. Measured on 2 cores, tokens/s of a 135M and a 0.5B model: idle machine 105 and 41 with the
# default, 37 and 23 asleep, 106 and 40 with a short spin; busy machine 12 and 8, 20 and 13, 50 and 20.
# Behind 4,096 tokens a spin of 20,000 is 2 % faster on an idle machine (44.2 ms a token, not 45.3; as with
# llama-server, which keeps the default) and takes twice as long beside one busy program (205 ms, not 101).
# Read by libgomp when llama.cpp is loaded, so it must be set before, here.
os.environ.setdefault("GOMP_SPINCOUNT", "2000")
