"""What semantics.md says the store must hold, computed from what the directory lists: slow, obvious, independent
of the program's own code. For scopes of groups, users, organizational units and exclusions."""
import uuid

import ldap.dn

DISABLED = 2
NEVER = (0, 2**63 - 1)


def first(values, name):
    found = values.get(name)
    return min(found).decode() if found else ""


def sid_text(raw):
    subs = [str(int.from_bytes(raw[8 + 4 * i:12 + 4 * i], "little")) for i in range(raw[1])]
    return "-".join(["S", str(raw[0]), str(int.from_bytes(raw[2:8], "big"))] + subs)


def dn_key(dn):
    return tuple(tuple(sorted((kind.lower(), value.lower()) for kind, value, _ in rdn)) for rdn in ldap.dn.str2dn(dn))


class Directory:
    """All users and groups of some labs."""

    def __init__(self, labs, now):
        self.users, self.groups, self.by_dn, self.by_sid = {}, {}, {}, {}
        self.now = now
        for lab in labs:
            for dn, values in lab.search(lab.base, "(&(objectCategory=person)(objectClass=user))",
                                         ["*"]):
                self._add(self.users, lab, dn, values)
            for dn, values in lab.search(lab.base, "(objectCategory=group)", ["*"]):
                self._add(self.groups, lab, dn, values)
        self.foreign = {}
        for lab in labs:
            for dn, values in lab.search(lab.base, "(objectClass=foreignSecurityPrincipal)", ["objectSid"]):
                self.foreign[dn_key(dn)] = sid_text(values["objectSid"][0])
        for group in self.groups.values():
            group["members"] = self._members(group)

    def _add(self, into, lab, dn, values):
        guid = str(uuid.UUID(bytes_le=values["objectGUID"][0]))
        sid = sid_text(values["objectSid"][0])
        entry = {"guid": guid, "dn": dn, "key": dn_key(dn), "domain": lab.realm, "sid": sid, "values": values,
                 "account": first(values, "sAMAccountName"), "principal": first(values, "userPrincipalName")}
        into[guid] = entry
        self.by_dn[entry["key"]] = guid
        self.by_sid[sid] = guid

    def _members(self, group):
        members = set()
        for dn in group["values"].get("member", []):
            key = dn_key(dn.decode())
            if key in self.foreign:
                key = None if self.foreign[key] not in self.by_sid else self.by_sid[self.foreign[key]]
                if key:
                    members.add(key)
            elif key in self.by_dn:
                members.add(self.by_dn[key])
        rid = group["sid"].rsplit("-", 1)
        for guid, user in self.users.items():
            primary = first(user["values"], "primaryGroupID")
            if primary == rid[1] and user["sid"].rsplit("-", 1)[0] == rid[0]:
                members.add(guid)
        return members

    def named(self, kind, name):
        account, _, domain = name.rpartition("@")
        for guid, entry in kind.items():
            if entry["principal"].lower() == name.lower():
                return guid
        for guid, entry in kind.items():
            if entry["account"].lower() == account.lower() and entry["domain"] == domain:
                return guid
        raise AssertionError(f"{name} names nothing")

    def expected(self, groups=(), users=(), units=(), exclude_users=(), exclude_groups=(), flatten=True):
        """{user guid}, {group guid: {user guid}}"""
        no_users = {self.named(self.users, name) for name in exclude_users}
        no_groups = {self.named(self.groups, name) for name in exclude_groups}
        reached = set()

        def closure(group, seen):
            if group in seen or group in no_groups:
                return set()
            seen.add(group)
            found = set()
            for member in self.groups[group]["members"]:
                if member in self.groups:
                    found |= closure(member, seen)
                else:
                    found.add(member)
            return found

        in_scope = {self.named(self.users, name) for name in users}
        for name in groups:
            in_scope |= closure(self.named(self.groups, name), reached)
        for unit in units:
            key = dn_key(unit)
            in_scope |= {guid for guid, user in self.users.items() if user["key"][-len(key):] == key}
        in_scope -= no_users
        memberships = {}
        for group in reached:
            members = closure(group, set()) if flatten else {m for m in self.groups[group]["members"] if m in self.users}
            memberships[group] = members - no_users
        return in_scope, memberships

    def row(self, guid):
        """The columns of v1_users that the default mapping gives."""
        user = self.users[guid]
        values = user["values"]
        name = user["principal"] or f"{user['account']}@{user['domain']}"
        expires = int(first(values, "accountExpires") or 0)
        expired = expires not in NEVER and expires / 10**7 - 11644473600 <= self.now
        disabled = int(first(values, "userAccountControl")) & DISABLED
        return {"external_id": guid, "sid": user["sid"], "user_name": name, "email": first(values, "mail"),
                "display_name": first(values, "displayName") or first(values, "cn") or name,
                "given_name": first(values, "givenName"), "family_name": first(values, "sn"),
                "middle_name": first(values, "initials"),
                "status": "DISABLED" if disabled or expired else "ENABLED", "scope": "in"}
