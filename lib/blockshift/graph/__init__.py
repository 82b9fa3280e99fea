"""The hall: what a network is, as a graph and as one matrix."""
