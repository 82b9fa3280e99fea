"""The frustration of a signed graph with proof, where it is small or sparse enough.

Integers first: weights become integers, and everything that is claimed is claimed in them. Then the graph shrinks
without changing the question, and what is left is decided by enumeration, where it is planar by matching, or by linear
programs over its negative cycles inside a branch and bound.
"""
