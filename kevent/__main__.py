"""`python -m kevent`: see `kevent.cli`."""

import sys

from kevent.cli import main

if __name__ == "__main__":
    sys.exit(main())
