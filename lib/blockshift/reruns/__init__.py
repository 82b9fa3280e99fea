"""What can be derived again where there is no NumPy: in the page, and in every second Python.

The derivations for all sizes come from `flow.symbols`; beside each stands its statement written out at the shape a
reader asks for, with SymPy's polynomials, which know neither our words nor our code.
"""
