"""A network that improves by playing against its earlier selves (Silver et al. 2016, Methods)."""
