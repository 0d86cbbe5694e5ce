"""Random changes of the lab's domain, drawn from a seed: the verb `churn` of ad-mutate."""
import random

import ldap
import ldap.controls

SCOPES = ("global", "local", "universal")


def churn(lab, count, seed):
    """Draws changes and keeps a model of what exists, so that most of them succeed."""
    r = random.Random(int(seed))
    def dns(flt):
        out, page = [], ldap.controls.SimplePagedResultsControl(True, 1000, "")
        while True:
            m = lab.c.search_ext(lab.root, ldap.SCOPE_SUBTREE, flt, ["1.1"], serverctrls=[page])
            _, data, _, ctrls = lab.c.result3(m)
            out += [d for d, _ in data if d]
            cookie = [x.cookie for x in ctrls if x.controlType == page.controlType]
            if not cookie or not cookie[0]:
                return sorted(out)
            page.cookie = cookie[0]
    users, groups = dns("(&(objectCategory=person)(objectClass=user))"), dns("(objectCategory=group)")
    ous = dns("(objectClass=organizationalUnit)")
    dead = []
    stat = {}
    verbs = ["set"] * 30 + ["add-member"] * 15 + ["remove-member"] * 12 + ["create-user"] * 8 + ["move"] * 6 + \
        ["rename"] * 6 + ["disable"] * 4 + ["enable"] * 3 + ["delete"] * 5 + ["undelete"] * 3 + ["create-group"] * 2 + \
        ["nest"] * 2 + ["rename-group"] + ["delete-group"] + ["unset"] * 3
    def swap(lst, old, new):
        lst[lst.index(old)] = new
    for i in range(count):
        v = r.choice(verbs)
        u, g = r.choice(users), r.choice(groups)
        tag = "churn%s-%06d" % (seed, i)
        try:
            if v == "set":
                a = r.choice(["title", "department", "telephoneNumber", "displayName", "mail", "description"])
                lab.set(u, "%s=%s %d" % (a, r.choice(["Ä", "b", "ç", "日"]), r.randrange(10**6)))
            elif v == "unset":
                lab.unset(u, r.choice(["title", "department", "telephoneNumber"]))
            elif v == "add-member":
                lab.add_member(g, *r.sample(users, min(len(users), r.randrange(1, 6))))
            elif v == "remove-member":
                m = lab.search(g, ldap.SCOPE_BASE, "(objectClass=*)", ["member"])[0][1].get("member", [])
                if m:
                    lab.remove_member(g, *[x.decode() for x in r.sample(sorted(m), min(len(m), r.randrange(1, 4)))])
            elif v == "create-user":
                users.append(lab.create_user(tag, "parent=" + r.choice(ous)))
            elif v == "move":
                swap(users, u, lab.move(u, r.choice(ous)))
            elif v == "rename":
                swap(users, u, lab.rename(u, r.choice(["Re, named ", "Um/benannt ", "改名 "]) + tag))
            elif v in ("disable", "enable"):
                getattr(lab, v)(u)
            elif v == "delete":
                if len(users) > 20:
                    dead.append(lab.guid_of(u))
                    lab.delete(u)
                    users.remove(u)
            elif v == "undelete":
                if dead:
                    users.append(lab.undelete("GUID:" + dead.pop(r.randrange(len(dead)))))
            elif v == "create-group":
                groups.append(lab.create_group(tag, "scope=" + r.choice(SCOPES)))
            elif v == "nest":
                lab.nest(g, r.choice(groups))
            elif v == "rename-group":
                swap(groups, g, lab.rename(g, "Gruppe " + tag))
            elif v == "delete-group":
                if len(groups) > 10:
                    lab.delete(g)
                    groups.remove(g)
            stat[v] = stat.get(v, 0) + 1
        except ldap.LDAPError as e:
            k = v + ":" + type(e).__name__
            stat[k] = stat.get(k, 0) + 1
    return stat
