"""A desktop's notification service on a bus of its own, which tells on standard output what it is asked.

Usage: notification_service.py ADDRESS CAPABILITIES BEHAVIOUR

CAPABILITIES are separated by commas; `!` refuses to tell them. BEHAVIOUR is `show`, `hang` (never answers), `die` (ends
without an answer) or the name of a D-Bus error. A line `ready` comes first, then one of JSON for each Notify.
"""

import asyncio
import json
import os
import sys
from typing import Annotated

from dbus_fast import DBusError, RequestNameReply
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusSignature
from dbus_fast.service import ServiceInterface, dbus_method

NAME = "org.freedesktop.Notifications"
Text = Annotated[str, DBusSignature("s")]


def say(text):
    """Prints a line that is read at once."""
    print(text, flush=True)


class Service(ServiceInterface):
    """The methods of the Desktop Notifications Specification 1.2."""

    def __init__(self, capabilities, behaviour):
        super().__init__(NAME)
        self.capabilities = capabilities
        self.behaviour = behaviour

    @dbus_method()
    def GetCapabilities(self) -> Annotated[list[str], DBusSignature("as")]:
        if self.capabilities == "!":
            raise DBusError("org.example.Error.Secret", "not told")
        return [name for name in self.capabilities.split(",") if name]

    @dbus_method()
    def GetServerInformation(self) -> Annotated[tuple, DBusSignature("ssss")]:
        return ["recorder", "git-tend", "7.0", "1.2"]

    @dbus_method()
    async def Notify(  # pylint: disable=too-many-arguments,too-many-positional-arguments
        self,
        app_name: Text,
        replaces_id: Annotated[int, DBusSignature("u")],
        app_icon: Text,
        summary: Text,
        body: Text,
        actions: Annotated[list[str], DBusSignature("as")],
        hints: Annotated[dict, DBusSignature("a{sv}")],
        expire_timeout: Annotated[int, DBusSignature("i")],
    ) -> Annotated[int, DBusSignature("u")]:
        say(json.dumps({
            "app_name": app_name,
            "replaces_id": replaces_id,
            "app_icon": app_icon,
            "summary": summary,
            "body": body,
            "actions": actions,
            "hints": {name: [hint.signature, hint.value] for name, hint in hints.items()},
            "expire_timeout": expire_timeout,
        }))
        if self.behaviour == "hang":
            await asyncio.Event().wait()
        if self.behaviour == "die":
            os._exit(1)
        if self.behaviour != "show":
            raise DBusError(self.behaviour, "not today")
        return 7


async def main():
    """Owns the name until the bus is gone."""
    address, capabilities, behaviour = sys.argv[1:]
    bus = await MessageBus(bus_address=address).connect()
    bus.export("/org/freedesktop/Notifications", Service(capabilities, behaviour))
    reply = await bus.request_name(NAME)
    assert reply == RequestNameReply.PRIMARY_OWNER, reply
    say("ready")
    await bus.wait_for_disconnect()


asyncio.run(main())
