"""How a model runs fastest on this machine: sizes, measurements and what was measured before."""
