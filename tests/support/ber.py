"""As much of BER and of LDAP's messages (RFC 4511) as a test server needs."""


def tlv(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(value, tag=0x02):
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(value, tag=0x04):
    return tlv(tag, value.encode() if isinstance(value, str) else value)


def sequence(*parts):
    return tlv(0x30, *parts)


def message(message_id, operation, controls=b""):
    return sequence(integer(message_id), operation, controls)


def result(tag, code, text=""):
    return tlv(tag, integer(code, 0x0A), octets(""), octets(text))


def entry(tag, dn, attributes):
    """attributes: [(name, [bytes])]"""
    listed = [sequence(octets(name), tlv(0x31, *[octets(value) for value in values])) for name, values in attributes]
    return tlv(tag, octets(dn), sequence(*listed))


def items(data):
    """[(tag, content)] of what stands one behind the other."""
    found, at = [], 0
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            size, at = int.from_bytes(data[at:at + count], "big"), at + count
        found.append((tag, data[at:at + size]))
        at += size
    return found


def number(content):
    return int.from_bytes(content, "big", signed=True)


class Message:
    def __init__(self, data):
        (_, whole), = items(data)
        parts = items(whole)
        self.id = number(parts[0][1])
        self.tag, self.content = parts[1]
        self.controls = {}
        for tag, content in parts[2:]:
            if tag == 0xA0:
                for _, control in items(content):
                    fields = items(control)
                    value = [part for kind, part in fields if kind == 0x04][1:]
                    self.controls[fields[0][1].decode()] = value[0] if value else b""


def read_message(stream):
    """The next message; None at the end of the stream."""
    head = _read(stream, 2)
    if head is None:
        return None
    size = head[1]
    if size & 0x80:
        length = _read(stream, size & 0x7F)
        head += length
        size = int.from_bytes(length, "big")
    body = _read(stream, size)
    return None if body is None else Message(head + body)


def _read(stream, size):
    data = b""
    while len(data) < size:
        more = stream.recv(size - len(data))
        if not more:
            return None
        data += more
    return data


class Search:
    """A search request, RFC 4511 4.5.1."""

    def __init__(self, request):
        base, scope, _, _, _, _, condition, attributes = items(request.content)
        self.base = base[1].decode()
        self.scope = number(scope[1])
        self.filter = _filter(*condition)
        self.attributes = [name.decode() for _, name in items(attributes[1])]
        self.controls = request.controls


def _filter(tag, content):
    """("and", [...]), ("or", [...]), ("not", ...), ("equal", name, bytes), ("least", name, bytes),
    ("present", name), ("prefix", name, bytes)"""
    if tag in (0xA0, 0xA1):
        return ("and" if tag == 0xA0 else "or", [_filter(*part) for part in items(content)])
    if tag == 0xA2:
        return ("not", _filter(*items(content)[0]))
    if tag in (0xA3, 0xA5):
        (_, name), (_, value) = items(content)
        return ("equal" if tag == 0xA3 else "least", name.decode(), value)
    if tag == 0xA4:
        (_, name), (_, parts) = items(content)
        (part, value), = items(parts)
        if part == 0x80:
            return ("prefix", name.decode(), value)
    if tag == 0x87:
        return ("present", content.decode())
    raise NotImplementedError(f"filter {tag:#x}")


def page_request(value):
    """Size and cookie of a paged results control, RFC 2696."""
    (_, inside), = items(value)
    (_, size), (_, cookie) = items(inside)
    return number(size), cookie


def dir_sync_request(value):
    """Flags and cookie of a DirSync control, MS-ADTS 3.1.1.3.4.1.3."""
    (_, inside), = items(value)
    (_, flags), _, (_, cookie) = items(inside)
    return number(flags), cookie
