"""What Python's own library reads in mails: an array of JSON, in the order of the files."""

import email.parser
import email.policy
import json
import pathlib
import sys


def read(raw):
    mail = email.parser.BytesParser(policy=email.policy.default).parsebytes(raw)
    parts = list(mail.walk())
    without_ends = raw.replace(b"\r\n", b"")

    def body(kind):
        # In base64, lines end as they do in mails.
        return mail.get_body((kind,)).get_content().replace("\r\n", "\n")

    return {
        "headers": {name.lower(): str(value) for name, value in mail.items()},
        "names": mail.keys(),
        "recipients": [str(address) for address in mail["to"].addresses],
        "date": mail["date"].datetime.isoformat(),
        "types": [part.get_content_type() for part in parts],
        "defects": [repr(it) for part in parts for it in part.defects]
        + [repr(it) for value in mail.values() for it in value.defects],
        "text": body("plain"),
        "html": body("html"),
        "longest_line": max(map(len, raw.split(b"\r\n"))),
        "is_ascii": raw.isascii(),
        "bare_line_ends": without_ends.count(b"\n") + without_ends.count(b"\r"),
    }


json.dump([read(pathlib.Path(name).read_bytes()) for name in sys.argv[1:]], sys.stdout)
