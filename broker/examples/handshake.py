#!/usr/bin/python3
"""Opens a network session through the broker and lets the application decide about roaming, from Python.

Needs python3-gi. Opens CONFIGURATION, waits for a better access point, tests it through a socket of its own, moves there, closes.
Everything that is used here is documented in org.netsession.Broker1.xml.
"""

import argparse
import socket
import sys

from gi.repository import Gio, GLib

NAME, PATH = "org.netsession.Broker1", "/org/netsession/Broker1"
MANAGER, SESSION = "org.netsession.Manager1", "org.netsession.Session1"


class Session:
    """A session of our own; its signals come one after the other, numbered."""

    def __init__(self, bus, configuration):
        self.bus, self.signals, self.sequence = bus, [], 0
        arguments = GLib.Variant("(sa{sv})", (configuration, {"mode": GLib.Variant("s", "application")}))
        (self.path,) = self.call(MANAGER, "CreateSession", arguments, PATH)
        bus.signal_subscribe(NAME, SESSION, None, self.path, None, Gio.DBusSignalFlags.NONE, self.heard)

    def call(self, interface, method, arguments=None, path=None):
        answer = self.bus.call_sync(NAME, path or self.path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, -1, None)
        return answer.unpack()

    def heard(self, _bus, _sender, _path, _interface, signal, arguments):
        sequence, *rest = arguments.unpack()
        if sequence != self.sequence + 1:
            sys.exit(f"signal {sequence} came after {self.sequence}: one is missing")
        self.sequence = sequence
        self.signals.append((signal, rest))

    def wait(self, wanted):
        """What the next signal of this name says; others are only counted."""
        while True:
            while self.signals:
                signal, rest = self.signals.pop(0)
                if signal == wanted:
                    return rest
                if signal == "Error":
                    sys.exit(f"failed: {rest[1]} on {rest[3]}")
            GLib.MainContext.default().iteration(True)

    def get(self, name):
        return self.call("org.freedesktop.DBus.Properties", "Get", GLib.Variant("(ss)", (SESSION, name)))[0]

    def wait_until(self, name, value):
        while self.get(name) != value:
            GLib.MainContext.default().iteration(True)

    def socket(self, side):
        """A datagram socket that is bound to one of the session's links; none if the link has no interface (a simulated one)."""
        arguments = GLib.Variant("(sss)", (side, "datagram", "inet"))
        try:
            answer, handles = self.bus.call_with_unix_fd_list_sync(
                NAME, self.path, SESSION, "OpenSocket", arguments, None, Gio.DBusCallFlags.NONE, -1, None, None)
        except GLib.Error as error:
            if Gio.DBusError.get_remote_error(error) == "org.netsession.Error.NoCarrier":
                return None
            raise
        handle, interface = answer.unpack()
        return socket.socket(fileno=handles.get(handle)), interface


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configuration", metavar="CONFIGURATION", help="what to open: a service network, to roam in it")
    parser.add_argument("--address", help="address of the bus; without it, the system bus")
    options = parser.parse_args()
    if options.address:
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        bus = Gio.DBusConnection.new_for_address_sync(options.address, flags, None, None)
    else:
        bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)

    session = Session(bus, options.configuration)
    session.call(SESSION, "Open", GLib.Variant("(s)", ("",)))
    session.wait("Opened")
    print(f"open on {session.get('ActiveConfiguration')}", flush=True)

    offer, access_point, kind, _seamless, keeps_old, _deadline = session.wait("PreferredConfigurationChanged")
    print(f"offered {access_point}: {kind}, {'the old link stays' if keeps_old else 'the old link goes first'}", flush=True)
    session.call(SESSION, "Migrate", GLib.Variant("(u)", (offer,)))

    _offer, access_point, _deadline = session.wait("NewConfigurationActivated")
    bound = session.socket("candidate")
    print(f"testing {access_point}" + (f" through {bound[1]}" if bound else ""), flush=True)
    session.call(SESSION, "Accept", GLib.Variant("(u)", (offer,)))
    session.wait_until("Phase", "stable")
    print(f"moved to {session.get('ActiveConfiguration')}", flush=True)

    session.call(SESSION, "Close")
    session.wait("Closed")
    print(f"closed after {session.sequence} signals", flush=True)


if __name__ == "__main__":
    try:
        main()
    except GLib.Error as error:
        sys.exit(error.message)
