"""Makes an authority and what it signs, and one that nobody trusts, in the folder that is named."""

import datetime
import pathlib
import sys

import trustme

folder = pathlib.Path(sys.argv[1])
authority, stranger = trustme.CA(), trustme.CA()
authority.cert_pem.write_to_path(folder / "ca.pem")


def issue(name, by, *names, **times):
    made = by.issue_cert(*names, **times)
    made.private_key_and_cert_chain_pem.write_to_path(folder / f"{name}.pem")


here = ("localhost", "127.0.0.1")
issue("good", authority, *here)
issue("other", authority, "mail.example.org")
issue("stranger", stranger, *here)
day = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
issue("expired", authority, *here, not_before=day, not_after=day + datetime.timedelta(days=1))
