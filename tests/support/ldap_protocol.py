"""Numbers and controls of LDAP that the scripted server knows."""
import ber

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


def dir_sync_control(cookie, more):
    value = ber.sequence(ber.integer(int(more)), ber.integer(0), ber.octets(cookie))
    return ber.tlv(0xA0, ber.sequence(ber.octets(DIR_SYNC), ber.octets(value)))


def page_control(cookie):
    if cookie is None:
        return b""
    value = ber.sequence(ber.integer(0), ber.octets(cookie))
    return ber.tlv(0xA0, ber.sequence(ber.octets(PAGED), ber.octets(value)))
