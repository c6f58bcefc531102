"""A mail server on loopback: prints its port, keeps each mail in a folder, ends with its standard input.

receiver.py FOLDER starttls|tls|none CERTIFICATE USER PASSWORD
"""

import asyncio
import json
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

folder, security, certificate, user, password = sys.argv[1:]
folder = pathlib.Path(folder)


class Keeper:
    count = 0

    async def handle_DATA(self, server, session, envelope):
        Keeper.count += 1
        kept = folder / f"{Keeper.count}.eml"
        kept.write_bytes(envelope.original_content)
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "user": session.auth_data and session.auth_data.login.decode(),
            "tls": session.ssl is not None or security == "tls",
        }
        kept.with_suffix(".json").write_text(json.dumps(told))
        return "250 kept"


def authenticate(server, session, envelope, mechanism, given):
    right = given.login == user.encode() and given.password == password.encode()
    return AuthResult(success=right, handled=False, auth_data=given)


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


def protocol():
    return SMTP(
        Keeper(),
        hostname="receiver.test",
        authenticator=authenticate,
        auth_required=bool(user),
        auth_require_tls=security == "starttls",
        require_starttls=security == "starttls",
        tls_context=context() if security == "starttls" else None,
    )


async def main():
    loop = asyncio.get_running_loop()
    encrypted = context() if security == "tls" else None
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=encrypted)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
