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
import time

import ber
from directory_model import Domain, descriptor, matches  # noqa: F401

PAGED, EXTENDED_DN, DOMAIN_SCOPE = "1.2.840.113556.1.4.319", "1.2.840.113556.1.4.529", "1.2.840.113556.1.4.1339"
SHOW_DELETED = "1.2.840.113556.1.4.417"
DIR_SYNC, NOTIFICATION = "1.2.840.113556.1.4.841", "1.2.840.113556.1.4.528"
BIND, UNBIND, SEARCH, ABANDON, EXTENDED = 0x60, 0x42, 0x63, 0x50, 0x77
START_TLS = b"1.3.6.1.4.1.1466.20037"
BIND_ANSWER, ENTRY, DONE, REFERENCE, EXTENDED_ANSWER = 0x61, 0x64, 0x65, 0x73, 0x78
PASSWORD = "a password of the responder"


class Disconnect(Exception):
    """The connection ends here."""


class EndOfAnswer(Exception):
    """The running operation ends here."""


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
    url = f"ldaps://DomainDnsZones.{connection.domain.name}/DC=DomainDnsZones,{connection.domain.base}"
    connection.write(ber.message(message_id, ber.tlv(REFERENCE, ber.octets(url))))


def meanwhile(function):
    """Something happens to the directory, then the message is sent as it was made."""
    def act(*_):
        function()
    return act


def cookie_beside_an_error(connection, message_id, _):
    """An error with a cookie beside it, as if the round had been whole."""
    connection.write(ber.message(message_id, ber.result(DONE, 51), dir_sync_control(b"usn:99999999", False)))
    raise EndOfAnswer


def dir_sync_control(cookie, more):
    value = ber.sequence(ber.integer(int(more)), ber.integer(0), ber.octets(cookie))
    return ber.tlv(0xA0, ber.sequence(ber.octets(DIR_SYNC), ber.octets(value)))


def page_control(cookie):
    if cookie is None:
        return b""
    value = ber.sequence(ber.integer(0), ber.octets(cookie))
    return ber.tlv(0xA0, ber.sequence(ber.octets(PAGED), ber.octets(value)))


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


class Connection:
    def __init__(self, responder, stream):
        self.responder, self.domain, self.stream = responder, responder.domain, stream
        self.kind, self.bound, self.pages = "", False, {}

    def write(self, data):
        self.stream.sendall(data)

    def send(self, message_id, operation, page, at, controls=b""):
        pdu = ber.message(message_id, operation, controls)
        fault = self.responder.note(self.kind, page, at)
        if fault is None or not fault.action(self, message_id, pdu):
            self.write(pdu)

    def run(self):
        while True:
            message = ber.read_message(self.stream)
            if message is None or message.tag == UNBIND:
                return
            try:
                if message.tag == BIND:
                    self.bind(message)
                elif message.tag == SEARCH:
                    self.search(message)
                elif message.tag != ABANDON:
                    raise NotImplementedError(f"operation {message.tag:#x}")
            except EndOfAnswer:
                pass

    def bind(self, message):
        self.kind = "bind"
        self.responder.asked.append(self.kind)
        _, _, (way, secret) = ber.items(message.content)
        if way == 0xA3:  # SASL: by the certificate of the connection
            certificate = self.stream.getpeercert() or {}
            subject = ",".join(value for part in certificate.get("subject", ()) for _, value in part)
            self.responder.asked.append(f"{ber.items(secret)[0][1].decode()} by {subject}")
            self.bound = ber.items(secret)[0] == (0x04, b"EXTERNAL") and subject in self.responder.accounts
        else:
            self.bound = (way, secret) == (0x80, PASSWORD.encode())
        refused = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1"
        self.send(message.id, ber.result(BIND_ANSWER, *((0, "") if self.bound else (49, refused))), 1, 0)

    def search(self, message):
        request = ber.Search(message)
        self.kind = kind_of(request, self.domain)
        self.responder.asked.append(self.kind)
        if DIR_SYNC in request.controls:
            return self.dir_sync(message.id, request)
        if NOTIFICATION in request.controls:
            return self.notify(message.id, request)
        asked = request.controls.get(PAGED)
        size, cookie = ber.page_request(asked) if asked is not None else (None, b"")
        if cookie:
            found, page = self.pages.pop(cookie)
        else:
            found, page = self.find(request), 1
        if found is None:
            return self.send(message.id, ber.result(DONE, 32, "0000208D: NameErr: NO_OBJECT"), page, 0)
        now = found if size is None else found[:min(size, self.responder.max_page_size)]
        at = 0
        for at, entry in enumerate(now, 1):
            rendered = self.render(entry, request)
            if rendered is None:
                return self.send(message.id, ber.result(DONE, 1, "range beyond the end"), page, at - 1)
            self.send(message.id, rendered, page, at - 1)
        rest, cookie = found[len(now):], b""
        if rest:
            cookie = f"page {page + 1} of {id(found)}".encode()
            self.pages[cookie] = (rest, page + 1)
        elif self.kind in ("containers", "users", "groups", "look-up") and DOMAIN_SCOPE not in request.controls:
            reference(self, message.id, None)
        self.send(message.id, ber.result(DONE, 0), page, at, page_control(cookie if size is not None else None))

    def notify(self, message_id, request):
        """Each change from now on, at once, as long as the connection stands. Nothing else is asked on it."""
        at = len(self.domain.touched)
        self.responder.watched.set()
        while not self.responder.ended.is_set():
            with self.domain.changed:
                if not self.domain.changed.wait_for(lambda: len(self.domain.touched) > at, 0.2):
                    continue
            self.send(message_id, self.render(self.domain.touched[at], request), 1, at)
            self.responder.notified_at = time.monotonic()
            at += 1

    def dir_sync(self, message_id, request):
        """What changed since the USN in the cookie, so many objects a round."""
        flags, cookie = ber.dir_sync_request(request.controls[DIR_SYNC])
        since = int(cookie.decode().removeprefix("usn:")) if cookie else 0
        listed = {name.lower() for name in request.attributes}
        changed = [entry for entry in sorted(self.domain.entries.values(), key=lambda e: int(e.first_values("uSNChanged")[0]))
                   if entry.context == self.domain.base and int(entry.first_values("uSNChanged")[0]) > since
                   and matches(request.filter, entry)]
        told, at = changed[:self.responder.round_size], 0
        for entry in told:
            attributes = [(name, entry.first_values(name)) for name, usn in entry.stamps.items()
                          if usn > since and name in listed and name != "objectguid"]
            links = {guid: there for guid, (usn, there) in entry.links.items() if usn > since}
            value = lambda guid: self.domain.dn_value(guid, EXTENDED_DN in request.controls)  # noqa: E731
            if links and not self.responder.incremental_values:
                attributes.append(("member", [value(guid) for guid in entry.members]))
            elif links:
                attributes += [(f"member;range={int(kind)}-{int(kind)}", [value(guid) for guid in links if links[guid] == kind])
                               for kind in (True, False) if kind in links.values()]
            if not attributes:
                continue
            attributes += [("objectGUID", [entry.guid.bytes_le]), ("instanceType", [b"4"])]
            self.send(message_id, ber.entry(ENTRY, self.domain.dn_value(entry.guid, True), attributes), since, at)
            at += 1
        more = len(told) < len(changed)
        usn = int(told[-1].first_values("uSNChanged")[0]) if more else self.domain.usn
        self.send(message_id, ber.result(DONE, 0), since, at, dir_sync_control(f"usn:{usn}".encode(), more))

    def find(self, request):
        """Entries, or None for a base that is not there."""
        with_deleted = SHOW_DELETED in request.controls
        base = self.domain.resolve(request.base, with_deleted)
        if base is None or (not self.bound and request.base != ""):
            return None
        within = [base] if request.scope == 0 else self.domain.below(base, one_level=request.scope == 1)
        return [entry for entry in within
                if (with_deleted or not entry.deleted) and matches(request.filter, entry)]

    def render(self, entry, request):
        """The entry as asked for; None for a range beyond the end."""
        extended = EXTENDED_DN in request.controls
        attributes = []
        for wanted in request.attributes:
            name, _, option = wanted.partition(";")
            if name.lower() == "member" and entry.is_group():
                shown = [] if "member" in self.domain.unreadable else entry.members
                shown = shown[:self.domain.shows_members.get(entry, len(shown))]
                members = [self.domain.dn_value(guid, extended) for guid in shown]
                part = self.members(members, option)
                if part is None:
                    return None
                attributes += part
                continue
            values = [] if name.lower() in self.domain.unreadable else entry.first_values(name)
            if name.lower() == "memberof":
                values = self.domain.member_of(entry, extended)
            elif name.lower() == "ntsecuritydescriptor":
                values = [descriptor(self.domain.unreadable)]
            if values and name.lower() == "objectcategory" and extended:
                values = [b"<GUID=00000000-0000-0000-0000-0000000000c0>;" + value for value in values]
            if values:
                attributes.append((name, values))
        dn = self.domain.dn_value(entry.guid, extended) if entry.guid else entry.dn.encode()
        return ber.entry(ENTRY, dn, attributes)

    def members(self, members, option):
        most = self.responder.max_val_range
        if not option:
            if len(members) <= most:
                return [("member", members)] if members else []
            return [("member", []), (f"member;range=0-{most - 1}", members[:most])]
        low = int(option.lower().removeprefix("range=").partition("-")[0])
        if not members:
            return []
        if low >= len(members):
            return None
        if low + most >= len(members):
            return [(f"member;range={low}-*", members[low:])]
        return [("member", []), (f"member;range={low}-{low + most - 1}", members[low:low + most])]


def kind_of(request, domain):
    base, text = request.base.lower(), str(request.filter)
    if DIR_SYNC in request.controls:
        return "DirSync"
    if NOTIFICATION in request.controls:
        return "notification"
    if base == "":
        return "root DSE"
    if base.startswith("<guid="):
        return "members"
    if base.startswith("cn=deleted objects,"):
        return "deleted objects"
    if "usnchanged" in text.lower() and SHOW_DELETED in request.controls and request.scope == 2:
        return "newest"
    if base.startswith("<wkguid="):
        return "deletions" if "usnchanged" in text.lower() else "deleted objects"
    if base == domain.base.lower() and request.scope == 0:
        return "root"
    if base == domain.service_dn.lower():
        return "invocation id"
    if base == domain.schema.lower():
        return "schema"
    if base.startswith("cn=partitions,"):
        return "partitions"
    if request.scope == 0:
        return "one entry"
    for mark, kind in (("'member'", "groups of"), ("objectguid", "look-up"), ("organizationalunit", "containers"), ("person", "users"),
                       ("group", "groups")):
        if mark in text.lower():
            return kind
    raise NotImplementedError(f"search of {request.base} for {text}")
