"""How many quantities gradient flow conserves: exact counts, closed forms, and the laws nobody had listed."""
