"""``make bench``: every comparison in this folder, one after the other; exit status 1 if a target is missed.

A comparison is a module with a function ``main`` that prints its table and says whether its targets are met.
"""

import pkgutil
import sys
from importlib import import_module

import benchmarks

if __name__ == "__main__":
    modules = [import_module(f"benchmarks.{found.name}") for found in pkgutil.iter_modules(benchmarks.__path__)
               if not found.name.startswith("_")]  # fmt: skip
    sys.exit(not all([module.main() for module in modules if hasattr(module, "main")]))
