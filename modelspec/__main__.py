"""``python -m modelspec`` is the command ``modelspec``."""

import sys

from modelspec.cli import main

sys.exit(main())
