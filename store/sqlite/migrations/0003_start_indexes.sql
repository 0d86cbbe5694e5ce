-- What is read at start, without the long texts beside it: a tenth of the pages.
CREATE INDEX mirror_objects_at_start ON mirror_objects
    (node, guid, kind, domain, flags, missing_since, parent, primary_group_rid, expires, hash, sid);
CREATE INDEX mirror_containers ON mirror_objects (node) WHERE kind = 3;
CREATE INDEX users_at_start ON users (id, hash, name_key, email_key, status, scope, out_since);
