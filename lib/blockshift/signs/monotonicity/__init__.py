"""Does the order that frustration finds govern what a network does? Orders, λ, the direct test, and what is certain.

`orders` says what up means; `coefficients` measures an output at an input by λ, `trials` walks up and looks. Two
things are certain and not sampled: `balance_proofs`, for networks without a frustrated edge, and `boxes`, for small
networks over a box of inputs. `gauges` follows the order from input to input; `studies` does all that at one effort,
for each of the `variants` of a network in the sweep of `portraits`.
"""
