"""``python -m blockshift`` is ``blockshift``."""

import sys

from blockshift.cli import main

if __name__ == "__main__":
    sys.exit(main())
