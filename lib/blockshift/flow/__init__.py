"""The first wing: how the weights of a deep linear network move under gradient flow."""
