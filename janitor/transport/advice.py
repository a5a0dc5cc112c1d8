"""What to do about a server that is not there, is another one, or wants a login. Several clients advise it."""

from __future__ import annotations

from janitor.message import Again, Remedy, Way

CLUSTER = Again("--dcos-url", "https://CLUSTER", without=("-m", "-n", "-e"))
"""The same command, with everything through the cluster's Admin Router."""

FROM_OUTSIDE = Way("From outside the cluster, name the cluster:", (CLUSTER,))

PASSWORD = Again("--username", "USER", "--password-file", "FILE", without=("--auth-token-file", "--private-key-file"))
TOKEN = Again("--auth-token-file", "FILE", without=("--username", "--password-file", "--private-key-file"))

MARATHON = Again("-n", "http://MARATHON:8080/v2/apps/")

LOGIN = Remedy([Way("Log in, with a password or with a token:", (PASSWORD, TOKEN))])
"""What to do about a 401."""

ANOTHER_PROGRAM = Remedy([Way("Another program answers there: check the URL and its port."), FROM_OUTSIDE])

LOGIN_PAGE = Remedy(
    [
        Way("If it is a login page, log in, with a password or with a token:", (PASSWORD, TOKEN)),
        Way("Else check the URL and its port."),
        FROM_OUTSIDE,
    ]
)
"""What to do about a web page, or a redirect to one, in the place of a server."""
