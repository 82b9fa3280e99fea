"""The storey of neurons: which of them keep the order of the samples, and how much noise a trained network bears.

`orders`, `piecewise` and `ranks` look at numbers alone; `modes`, `basins` and `rays` at any classifier that torch can
call; `training` makes small ones. torch is imported where it is needed and not before.
"""
