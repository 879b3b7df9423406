"""The engine: the only code that knows ``llama_cpp``. See CONTRIBUTING.md for one traced request."""

import os

# GNU OpenMP's threads spin at every barrier while they wait. On a machine that also does other things the
# one they wait for is then kept off its core by them: measured on 2 busy cores, 25 tokens/s asleep against
# 1 to 6 spinning. Read by libgomp when llama.cpp is loaded, so it must be set before, here.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
