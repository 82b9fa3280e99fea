"""Derivations for every depth and width: a calculus of block-shift words, and what it proves about gradient flow."""
