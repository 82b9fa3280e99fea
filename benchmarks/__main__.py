"""``make bench``: every comparison, one after the other; exit status 1 if a target is missed."""

import sys

from benchmarks import derivations

if __name__ == "__main__":
    sys.exit(not all([derivations.main()]))
