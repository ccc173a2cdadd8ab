"""Practice sites: peers that really listen, and the faults that can be put into them."""
