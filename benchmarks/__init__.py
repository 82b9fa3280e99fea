"""Ratios against other roads to the same answer: side by side, in one process, on one thread."""
