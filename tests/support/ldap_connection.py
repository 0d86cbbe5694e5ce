"""What the scripted server answers on one connection, as a Windows domain controller would."""
import time

import ber
from directory_model import descriptor, matches
from ldap_protocol import (ABANDON, BIND, BIND_ANSWER, DIR_SYNC, DOMAIN_SCOPE, DONE, ENTRY, EXTENDED_DN, NOTIFICATION, PAGED,
                           PASSWORD, REFERENCE, SEARCH, SHOW_DELETED, UNBIND, EndOfAnswer, dir_sync_control, page_control)


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

    def refer(self, message_id):
        """To a naming context that is no part of the search."""
        url = f"ldaps://DomainDnsZones.{self.domain.name}/DC=DomainDnsZones,{self.domain.base}"
        self.write(ber.message(message_id, ber.tlv(REFERENCE, ber.octets(url))))

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
            self.refer(message.id)
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
