"""A small Active Directory domain in memory, as the scripted LDAP server shows it."""
import copy
import struct
import threading
import time
import uuid
import zlib

# What the schema has of the attributes that tests name.
ATTRIBUTES = """
cn c co company department description displayName employeeID employeeNumber extensionAttribute1 givenName initials l mail
manager mobile objectGUID objectSid pager physicalDeliveryOfficeName proxyAddresses replUpToDateVector sAMAccountName sn st
telephoneNumber title
userAccountControl userPrincipalName""".split()

DELETED_OBJECTS = "18e2ea80684f11d2b9aa00c04f79f805"


def sid(*sub_authorities):
    return bytes((1, len(sub_authorities))) + (5).to_bytes(6, "big") + b"".join(
        part.to_bytes(4, "little") for part in sub_authorities)


EVERYBODY = bytes((1, 1)) + (1).to_bytes(6, "big") + bytes(4)  # S-1-1-0
SCHEMA_IDS = {"member": uuid.UUID("bf9679c0-0de6-11d0-a285-00aa003049e2"), "memberof": uuid.UUID("bf967991-0de6-11d0-a285-00aa003049e2"),
              "repluptodatevector": uuid.UUID("bf967a16-0de6-11d0-a285-00aa003049e2")}


def descriptor(denied):
    """Everybody may do everything, but for reading those attributes (MS-DTYP 2.4.6)."""
    aces = [struct.pack("<BBHII", 6, 0, 12 + 16 + len(EVERYBODY), 0x10, 1) + SCHEMA_IDS[name].bytes_le + EVERYBODY
            for name in sorted(denied)]
    aces.append(struct.pack("<BBHI", 0, 0, 8 + len(EVERYBODY), 0xF01FF) + EVERYBODY)
    acl = b"".join(aces)
    return struct.pack("<BBHIIII", 1, 0, 0x8004, 0, 0, 0, 20) + struct.pack("<BBHHH", 4, 0, 8 + len(acl), len(aces), 0) + acl


class Entry:
    def __init__(self, guid, dn, values, context):
        self.guid, self.dn, self.context = guid, dn, context
        self.values = {name.lower(): [v if isinstance(v, bytes) else str(v).encode() for v in given]
                       for name, given in values.items()}
        if guid:
            self.values["objectguid"] = [guid.bytes_le]
        self.members, self.deleted = [], False
        self.stamps, self.links = {}, {}  # for DirSync: the USN of each attribute; of each link, and whether it is there

    def first_values(self, name):
        if name.lower() == "replpropertymetadata":
            return [self.meta_data()]
        return self.values.get(name.lower(), [])

    def meta_data(self):
        """The numbers are AD's for objectClass and isDeleted, and any for the others."""
        numbers = {"objectclass": 0, "isdeleted": 0x20030}
        known = [(numbers.get(name, 0x90000 + place), usn) for place, (name, usn) in enumerate(sorted(self.stamps.items()))]
        stamps = (struct.pack("<IIQ16sQQ", number, 1, 0, bytes(16), usn, usn) for number, usn in known)
        return struct.pack("<IIII", 1, 0, len(known), 0) + b"".join(stamps)

    def is_group(self):
        return b"group" in self.first_values("objectClass")


def matches(condition, entry):
    kind, *rest = condition
    if kind == "and":
        return all(matches(part, entry) for part in rest[0])
    if kind == "or":
        return any(matches(part, entry) for part in rest[0])
    if kind == "not":
        return not matches(rest[0], entry)
    values = entry.first_values(rest[0])
    if kind == "present":
        return rest[0].lower() == "objectclass" or bool(values)
    if kind == "least":
        return any(int(value) >= int(rest[1]) for value in values)
    if rest[0].lower() == "objectguid":
        return rest[1] in values
    if rest[0].lower() == "member":
        return uuid.UUID(rest[1].decode().removeprefix("<GUID=").removesuffix(">")) in entry.members
    wanted = rest[1].lower()
    if kind == "prefix":
        return any(value.lower().startswith(wanted) for value in values)
    if rest[0].lower() == "objectcategory":  # a class stands for its default category
        return any(value.lower().startswith(b"cn=" + wanted + b",") for value in values)
    return wanted in (value.lower() for value in values)


class Domain:
    """Users user000, user001, ... in OU=Lab, where groups go as well. Each change raises the USN."""

    def __init__(self, name="corp.example.com", users=0):
        self.name, self.base = name, ",".join("DC=" + part for part in name.split("."))
        self.configuration = "CN=Configuration," + self.base
        self.schema = "CN=Schema," + self.configuration
        self.server = "DC1"
        self.service_dn = "CN=NTDS Settings,CN=DC1,CN=Servers,CN=Site,CN=Sites," + self.configuration
        self.unit = "OU=Lab," + self.base
        self.usn, self.rid, self.made = 1000, 1000, 0
        self.entries, self.dir_sync, self.cursors = {}, False, {}
        self.attributes, self.shows_schema = list(ATTRIBUTES), True
        self.clock_error = 0  # seconds
        self.unreadable = set()  # names of SCHEMA_IDS in lower case: hidden by permissions that tell so
        self.shows_members = {}  # of a group only so many, though nothing changed
        self.touched, self.changed = [], threading.Condition()  # entries in the order of their changes
        self.sid = (21, zlib.crc32(name.encode()), 2, 3)
        top = self._add(self.base, {"objectClass": ["top", "domain", "domainDNS"], "objectSid": [sid(*self.sid)]})
        self.guid = top.guid
        self.hidden = self._add("CN=Deleted Objects," + self.base, {"objectClass": ["top", "container"]})
        self.hidden.deleted = True
        self.hidden.values["isdeleted"] = [b"TRUE"]
        self._add("CN=Users," + self.base, {"objectClass": ["top", "container"]})
        self._add(self.unit, {"objectClass": ["top", "organizationalUnit"]})
        self._add("CN=CORP,CN=Partitions," + self.configuration,
                  {"objectClass": ["top", "crossRef"], "nCName": [self.base], "nETBIOSName": [name.split(".")[0].upper()]})
        self._add("CN=Partitions," + self.configuration, {"objectClass": ["top", "crossRefContainer"]})
        self._add(self.service_dn, {"objectClass": ["top", "nTDSDSA"], "invocationId": [uuid.uuid5(top.guid, "dc1").bytes_le]})
        for i in range(users):
            self.add_user(f"user{i:03d}")

    def _add(self, dn, values):
        self.made += 1
        guid = uuid.uuid5(uuid.NAMESPACE_DNS, f"{self.made}.{self.name}")
        context = self.configuration if dn.endswith(self.configuration) else self.base
        self.entries[guid] = Entry(guid, dn, values, context)
        self.touch(self.entries[guid], "name", *self.entries[guid].values)
        return self.entries[guid]

    def touch(self, entry, *names):
        self.usn += 1
        entry.values["usnchanged"] = [str(self.usn).encode()]
        entry.stamps.update((name.lower(), self.usn) for name in names)
        with self.changed:
            self.touched.append(entry)
            self.changed.notify_all()

    def replicated(self, server):
        """Another domain controller of the domain as it is now, with USNs of its own from now on."""
        other = Domain(self.name)
        other.server, other.rid, other.made = server, self.rid, self.made
        other.entries = {guid: copy.deepcopy(entry) for guid, entry in self.entries.items()}
        other.hidden, other.usn = other.entries[self.hidden.guid], self.usn + 5000
        other.service_dn = self.service_dn.replace(f"CN={self.server},", f"CN={server},")
        other._add(other.service_dn, {"objectClass": ["top", "nTDSDSA"], "invocationId": [uuid.uuid5(self.guid, server.lower()).bytes_le]})
        other.dir_sync = self.dir_sync
        other.has_all_of(self)
        return other

    def invocation_id(self):
        return uuid.UUID(bytes_le=self.resolve(self.service_dn, False).first_values("invocationId")[0])

    def has_all_of(self, other):
        """Its replication vector says so."""
        self.cursors[other.invocation_id()] = other.usn
        value = struct.pack("<IIII", 2, 0, len(self.cursors), 0) + b"".join(
            struct.pack("<16sQQ", each.bytes_le, usn, 0) for each, usn in self.cursors.items())
        self.entries[self.guid].values["repluptodatevector"] = [value]

    def _account(self, name, category, classes, **values):
        self.rid += 1
        return self._add(f"CN={name},{self.unit}", {
            "objectClass": ["top", *classes], "objectCategory": [f"CN={category},{self.schema}"], "cn": [name],
            "sAMAccountName": [name], "objectSid": [sid(*self.sid, self.rid)], **values})

    def add_user(self, name, **values):
        return self._account(name, "Person", ["person", "organizationalPerson", "user"], userAccountControl=[512],
                             accountExpires=[0], primaryGroupID=[513], userPrincipalName=[f"{name}@{self.name}"],
                             mail=[f"{name}@{self.name}"], sn=[name.upper()], **values)

    def add_group(self, name, members=()):
        group = self._account(name, "Group", ["group"], groupType=[-2147483646])
        self.set_members(group, members)
        return group

    def named(self, name):
        return next(e for e in self.entries.values()
                    if not e.deleted and name.encode() in e.first_values("sAMAccountName"))

    def set(self, entry, name, *values):
        entry.values[name.lower()] = [str(value).encode() for value in values]
        self.touch(entry, name)

    def set_members(self, group, members):
        before, group.members = set(group.members), [member.guid for member in members]
        self.touch(group)
        for guid in before.symmetric_difference(group.members):
            group.links[guid] = (self.usn, guid not in before)

    def rename(self, entry, dn):
        """The new DN; what lies below follows, untouched."""
        old, entry.dn = entry.dn, dn
        for other in self.entries.values():
            if other.dn.endswith("," + old):
                other.dn = other.dn[:-len(old)] + dn
        self.touch(entry, "name")

    def delete(self, entry):
        """A tombstone; the groups lose the link and are not touched."""
        entry.deleted = True
        entry.dn = f"CN={entry.first_values('cn')[0].decode()}\\0ADEL:{entry.guid},{self.hidden.dn}"
        gone = ("objectcategory", "userprincipalname", "mail", "sn", "accountexpires", "primarygroupid")
        entry.lost = {name: entry.values.pop(name) for name in gone if name in entry.values}
        entry.values["isdeleted"] = [b"TRUE"]
        entry.members, entry.links = [], {}
        self.touch(entry, "name", "isDeleted", *gone)
        for other in self.entries.values():
            other.links.pop(entry.guid, None)
            if entry.guid in other.members:
                other.members.remove(entry.guid)

    def restore(self, entry, groups=()):
        """As a Recycle Bin does: with its attributes, and with links that the groups say nothing of."""
        entry.deleted = False
        entry.dn = f"CN={entry.first_values('cn')[0].decode()},{self.unit}"
        entry.values.update(entry.lost)
        del entry.values["isdeleted"]
        self.touch(entry, "name", "isDeleted", *entry.lost)
        for group in groups:
            group.members.append(entry.guid)

    def dn_value(self, guid, extended):
        entry = self.entries[guid]
        if not extended:
            return entry.dn.encode()
        raw = entry.first_values("objectSid")
        text = ""
        if raw:
            text = "<SID=S-1-5-" + "-".join(str(int.from_bytes(raw[0][i:i + 4], "little"))
                                           for i in range(8, len(raw[0]), 4)) + ">;"
        return f"<GUID={guid}>;{text}{entry.dn}".encode()

    def member_of(self, entry, extended):
        if "memberof" in self.unreadable:
            return []
        return [self.dn_value(group.guid, extended) for group in self.entries.values() if entry.guid in group.members]

    def root_dse(self):
        return Entry(None, "", {
            "objectClass": ["top"], "defaultNamingContext": [self.base], "configurationNamingContext": [self.configuration], "schemaNamingContext": [self.schema],
            "dnsHostName": [f"{self.server.lower()}.{self.name}"], "dsServiceName": [self.service_dn], "highestCommittedUSN": [self.usn],
            "tokenGroups": [sid(*self.sid, 1000), EVERYBODY], "isSynchronized": ["TRUE"], "currentTime": [time.strftime("%Y%m%d%H%M%S.0Z", time.gmtime(time.time() + self.clock_error))],
            "supportedControl": ["1.2.840.113556.1.4.319", "1.2.840.113556.1.4.529", "1.2.840.113556.1.4.417", "1.2.840.113556.1.4.528",
                                                       *["1.2.840.113556.1.4.841"][:self.dir_sync]]}, None)

    def resolve(self, base, with_deleted):
        """The entry that a search base names, or None."""
        if base == "":
            return self.root_dse()
        if base.lower() == f"<wkguid={DELETED_OBJECTS},{self.base}>".lower():
            return self.hidden if with_deleted else None
        if base.lower() == self.schema.lower():
            return Entry(None, self.schema, {"objectClass": ["top", "dMD"]}, None) if self.shows_schema else None
        if base.lower().startswith("<guid="):
            found = self.entries.get(uuid.UUID(base[6:-1]))
        else:
            found = next((e for e in self.entries.values() if e.dn.lower() == base.lower()), None)
        return found if found and (with_deleted or not found.deleted) else None

    def below(self, base, one_level):
        """Of the same naming context; a whole subtree includes its top."""
        if base.dn == self.schema:
            return [self._attribute(name) for name in self.attributes]
        end = "," + base.dn.lower()
        inside = [e for e in self.entries.values() if e.context == base.context
                  and (e.dn.lower().endswith(end) or (e is base and not one_level))]
        if one_level:
            inside = [e for e in inside if "," not in e.dn[:-len(end)].replace("\\,", "")]
        return inside

    def _attribute(self, name):
        known = SCHEMA_IDS.get(name.lower())
        return Entry(None, f"CN={name},{self.schema}", {
            "objectClass": ["top", "attributeSchema"], "lDAPDisplayName": [name],
            **({"schemaIDGUID": [known.bytes_le]} if known else {})}, None)
