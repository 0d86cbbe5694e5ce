#!/usr/bin/python3
"""Checks the JSON Schema of the configuration with an independent validator.

Every example must be valid, and each of the wrong files below must be refused where it is wrong.
"""
import json
import pathlib
import sys

import jsonschema
import yaml

DOMAIN = "identity_source: {type: active_directory, active_directory: {domains: [{name: a.example, %s}]}}"

WRONG = {
    "lgo: {}": [],
    "identity_source: {type: external_idp}": ["identity_source", "type"],
    "schedule: {poll: 30}": ["schedule", "poll"],
    "schedule: {poll: soon}": ["schedule", "poll"],
    "schedule: {jitter: 101}": ["schedule", "jitter"],
    "schedule: {jitter: much}": ["schedule", "jitter"],
    "schedule: {notifications: 1}": ["schedule", "notifications"],
    "safety: {remove_users: {count: -1}}": ["safety", "remove_users", "count"],
    "safety: {unproven_deletion: never}": ["safety", "unproven_deletion"],
    "journal: {keep: hold}": ["journal", "keep"],
    "store: {postgresql: {}}": ["store"],
    "http: {listen: localhost}": ["http", "listen"],
    "log: {level: loud}": ["log", "level"],
    "sync_scope: {users: alice@a.example}": ["sync_scope", "users"],
    "sync_scope: {users: }": ["sync_scope", "users"],
    "sync_scope: {exclude: }": ["sync_scope", "exclude"],
    "sync_scope: {exclude: {groups: }}": ["sync_scope", "exclude", "groups"],
    "sync_scope: {user_filters: [{domain: a.example}]}": ["sync_scope", "user_filters", 0],
    "attribute_mappings: {user: {externalId: x}}": ["attribute_mappings", "user"],
    "attribute_mappings: {user: {email: {}}}": ["attribute_mappings", "user", "email"],
    "identity_source: {change: {from: directory}}": ["identity_source", "change"],
    DOMAIN % "x: 1": ["identity_source", "active_directory", "domains", 0],
    DOMAIN % "bind: {}": ["identity_source", "active_directory", "domains", 0, "bind"],
    DOMAIN % "bind: {method: simple, dn: x}": ["identity_source", "active_directory", "domains", 0, "bind"],
    DOMAIN % "bind: {method: simple, dn: x, password: y}": ["identity_source", "active_directory", "domains", 0, "bind"],
    DOMAIN % "bind: {principal: x, keytab_file: y, dn: z}": [
        "identity_source", "active_directory", "domains", 0, "bind", "dn"],
    DOMAIN % "servers: [dc1], bind: {principal: x, keytab_file: y}": [
        "identity_source", "active_directory", "domains", 0, "servers", 0],
}

RIGHT = [
    "{}",
    "sync_scope: {users: []}\nschedule: ",
    DOMAIN % "bind: {principal: x, keytab_file: y}",
    DOMAIN % "bind: {method: simple, dn: x, password_credential: y}",
    DOMAIN % "bind: {method: external, certificate_file: x, key_file: y}",
    "schedule: {jitter: 5, poll: 1h30m}",
    "attribute_mappings: {user: {email: [], team.name: '${x}'}}",
]


def main(source: pathlib.Path) -> int:
    schema = json.loads((source / "config" / "dirsyncd.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failures = []
    examples = sorted((source / "docs" / "examples").glob("*.yaml")) + [source / "systemd" / "dirsyncd.yaml"]
    texts = {str(path.relative_to(source)): path.read_text() for path in examples}
    texts.update({text: text for text in RIGHT})
    for name, text in texts.items():
        for error in validator.iter_errors(yaml.safe_load(text)):
            failures.append(f"{name}: {list(error.path)}: {error.message}")
    for text, where in WRONG.items():
        found = [list(error.path) for error in validator.iter_errors(yaml.safe_load(text))]
        if where not in found:
            failures.append(f"{text}: expected an error at {where}, found {found}")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(texts)} right, {len(WRONG)} wrong files checked, {len(failures)} failures")
    return 1 if failures or len(examples) < 5 else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
