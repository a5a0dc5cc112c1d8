#!/opt/janitor/bin/python -I
"""What the image starts: Janitor, however its command line is spelled, or a shell or a Python that is asked for.

docker run IMAGE /janitor.py -r kafka-role ...      as the original's image was called
docker run IMAGE janitor -r kafka-role ...
docker run IMAGE -r kafka-role ...
docker run IMAGE                                    the help
docker run IMAGE /bin/sh -c "/janitor.py ..."       as Marathon runs an app's cmd, when it keeps the entrypoint
"""

import os
import sys

from janitor.__main__ import main

ITSELF = ("janitor", "/janitor.py")
OTHERS = ("sh", "bash", "python", "python3")

first = sys.argv[1] if len(sys.argv) > 1 else ""
if first in ITSELF:
    del sys.argv[1]
elif first in OTHERS or first.startswith("/"):
    try:
        os.execvp(first, sys.argv[1:])
    except OSError as error:
        # As a shell and `docker run` itself have it.
        sys.stderr.write(f"{first}: {error.strerror}\n")
        sys.exit(127 if isinstance(error, FileNotFoundError) else 126)
sys.exit(main())
