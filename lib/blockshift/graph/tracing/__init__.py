"""From a trained network to a layered signed graph of operators.

`networks.trace` is the door. A module of torch is recorded call by call (`symbolic`, `modules`), an ONNX file is read node
by node (`onnx_files`, `onnx_words`); each call is an operation on
*signals* (`signals`, `operations`, `pooling`, `shapes`), which says which channels of which layers a tensor holds; and
layers and links are put together as they are read (`assembly`).
"""
