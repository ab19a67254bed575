"""`python -m oracle.replay FILE…`"""

import logging
import sys

from .harness import main

# The recorder logs every event that a scripted sink refuses. Here that is not news.
logging.getLogger("kevent").addHandler(logging.NullHandler())

sys.exit(main(sys.argv[1:]))
