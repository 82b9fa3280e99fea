"""How one step of gradient flow is taken: methods as data, stages solved to rounding, projections, and a choice."""
