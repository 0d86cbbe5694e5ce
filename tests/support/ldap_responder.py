"""A scripted LDAP server with the limits of a Windows domain controller, on loopback with TLS: for what a Samba one
cannot be made to do. It knows what dirsyncd asks for and stops with an exception at anything else.

    responder = Responder(Domain(users=60))          # listens from now on
    responder.faults = [Fault("users", result(51), page=2, at=3)]
    responder.close()
"""
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading

import ber
from directory_model import Domain  # noqa: F401
from ldap_connection import Connection
from ldap_protocol import (BIND_ANSWER, DONE, ENTRY, EXTENDED, EXTENDED_ANSWER, PASSWORD, START_TLS, Disconnect, EndOfAnswer,
                           dir_sync_control, page_control)


class Fault:
    """`action` in place of, or before, message `at` (from 0; the result is one, too) of page `page` (from 1) of the
    answers to one kind of request; None matches each. `ordinal` counts all messages since Responder.rewind()."""

    def __init__(self, kind, action, page=None, at=None, ordinal=None, times=None):
        self.kind, self.action, self.page, self.at, self.ordinal, self.times = kind, action, page, at, ordinal, times

    def hits(self, kind, page, at, ordinal):
        for wanted, actual in ((self.kind, kind), (self.page, page), (self.at, at), (self.ordinal, ordinal)):
            if wanted is not None and wanted != actual:
                return False
        if self.times is not None:
            self.times -= 1
        return self.times is None or self.times >= 0


# The actions: called with the connection, the id of the request and the message that is due. True: it is not sent.

def result(code, text="", cookie=None):
    """The operation ends with this result; a cookie as if there were more."""
    def act(connection, message_id, _):
        tag = BIND_ANSWER if connection.kind == "bind" else DONE
        connection.write(ber.message(message_id, ber.result(tag, code, text), page_control(cookie)))
        raise EndOfAnswer
    return act


def nothing_more(connection, message_id, _):
    """Success, as if all had been sent."""
    connection.write(ber.message(message_id, ber.result(DONE, 0), page_control(b"")))
    raise EndOfAnswer


def no_page_control(connection, message_id, _):
    connection.write(ber.message(message_id, ber.result(DONE, 0)))
    raise EndOfAnswer


def close(*_):
    raise Disconnect


def cut(connection, _, pdu):
    """Half of the message, then the end of the connection."""
    connection.write(pdu[:len(pdu) // 2])
    raise Disconnect


def half_then_silence(connection, message_id, pdu):
    connection.write(pdu[:len(pdu) // 2])
    silence(connection, message_id, pdu)


def silence(connection, *_):
    connection.responder.ended.wait(600)
    raise Disconnect


def drip(connection, _, pdu):
    """A byte a tenth of a second."""
    for byte in pdu:
        connection.write(bytes((byte,)))
        if connection.responder.ended.wait(0.1):
            raise Disconnect
    return True


def announces(size):
    """The beginning of a message that is to be so long, and no end of it."""
    def act(connection, *_):
        connection.write(b"\x30\x84" + size.to_bytes(4, "big") + b"\x02\x01")
        while not connection.responder.ended.is_set():
            connection.write(bytes(1 << 16))
            connection.responder.flood += 1 << 16
    return act


def over_and_over(connection, _, pdu):
    """The message, for as long as somebody takes it."""
    while not connection.responder.ended.is_set():
        connection.write(pdu)
        connection.responder.flood += len(pdu)


def twice(connection, _, pdu):
    """The message, and then once more."""
    connection.write(pdu)


def an_entry_twice(connection, _, pdu):
    """As `twice`, but for the result."""
    if ber.Message(pdu).tag == ENTRY:
        connection.write(pdu)


def instead(data):
    """These bytes, then the end of what the server says; the connection stays."""
    def act(connection, *_):
        connection.write(data)
        raise EndOfAnswer
    return act


def mangled(change):
    """The message as `change(bytearray)` leaves it, and on."""
    def act(connection, _, pdu):
        data = bytearray(pdu)
        change(data)
        connection.write(bytes(data))
        return True
    return act


def reference(connection, message_id, _):
    connection.refer(message_id)


def meanwhile(function):
    """Something happens to the directory, then the message is sent as it was made."""
    def act(*_):
        function()
    return act


def cookie_beside_an_error(connection, message_id, _):
    """An error with a cookie beside it, as if the round had been whole."""
    connection.write(ber.message(message_id, ber.result(DONE, 51), dir_sync_control(b"usn:99999999", False)))
    raise EndOfAnswer


def make_certificate(folder, name, subject, *more):
    """A self-signed certificate and its key, as paths."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", subject, *more, "-days", "2", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


class Responder:
    """Listens until close(). `max_page_size` and `max_val_range` are Windows' limits."""

    def __init__(self, domain, max_page_size=1000, max_val_range=1500, start_tls=False):
        self.domain, self.max_page_size, self.max_val_range = domain, max_page_size, max_val_range
        self.round_size, self.incremental_values = 1000, True  # of DirSync
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="dsr-"))
        self.certificate, key = make_certificate(self.dir, "certificate", "/CN=responder", "-addext",
                                                 "subjectAltName=IP:127.0.0.1")
        self.password_file = self.dir / "password"
        self.password_file.write_text(PASSWORD)
        self.password_file.chmod(0o600)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.certificate, key)
        self.start_tls, self.accounts = start_tls, set()  # subjects of client certificates that may log in
        self.faults, self.failures = [], []
        self.ended, self.watched = threading.Event(), threading.Event()  # `watched`: somebody asked for notifications
        self.flood = 0  # bytes of a message without end that somebody took
        self.notified_at = None  # when the last notification had been sent
        self.lock = threading.Lock()
        self.rewind()
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def uri(self):
        return f"{'ldap' if self.start_tls else 'ldaps'}://127.0.0.1:{self.listener.getsockname()[1]}"

    def settings(self):
        """A domain of dirsyncd's configuration."""
        return {"name": self.domain.name, "servers": [self.uri], "tls": {"ca_file": str(self.certificate)},
                "bind": {"method": "simple", "dn": f"svc@{self.domain.name}", "password_file": str(self.password_file)}}

    def know(self, certificate, subject):
        """Who shows this certificate may log in as `subject`."""
        self.tls.verify_mode = ssl.CERT_REQUIRED
        self.tls.load_verify_locations(certificate)
        self.accounts.add(subject)

    def rewind(self):
        """Forgets what was asked and sent."""
        self.asked, self.sent = [], []

    def note(self, kind, page, at):
        with self.lock:
            self.sent.append((kind, page, at))
            return next((f for f in self.faults if f.hits(kind, page, at, len(self.sent) - 1)), None)

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as every real server has it
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        try:
            if self.start_tls and not self._tls_is_asked_for(peer):
                return
            with self.tls.wrap_socket(peer, server_side=True) as stream:
                Connection(self, stream).run()
        except (OSError, Disconnect):
            pass
        except Exception as problem:  # shown by the test, which would wait in vain otherwise
            self.failures.append(problem)
        finally:
            peer.close()

    def _tls_is_asked_for(self, peer):
        message = ber.read_message(peer)
        if message is None or message.tag != EXTENDED or ber.items(message.content)[0] != (0x80, START_TLS):
            self.failures.append(AssertionError("something was sent before StartTLS"))
            return False
        self.asked.append("StartTLS")
        peer.sendall(ber.message(message.id, ber.result(EXTENDED_ANSWER, 0)))
        return True

    def close(self):
        self.ended.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        shutil.rmtree(self.dir, ignore_errors=True)
        if self.failures:
            raise self.failures[0]
