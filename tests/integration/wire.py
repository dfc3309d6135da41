"""The rpc of our programs as an outsider sees it: frames of 4 bytes of length
and a protobuf message, written here by hand from the .proto files, so that a
test can also send what no program of ours would."""
import socket
import struct

# Numbers of src/rpc/methods.def.
METHODS = {
    "CHECK_PASSWORD": 1, "CA_INFO": 2, "CRL_GET": 3, "SUBMIT": 4,
    "RETRIEVE": 5, "LIST": 6, "SHOW": 7, "DECIDE": 8, "REVOKE": 9,
    "REPORT_LOST": 10, "RESPONSE": 11, "CRL_PUBLISH": 20, "CRL_LIST": 21,
    "CRL_DELIVER": 22, "CA_RENEW": 23, "CA_INSTALL": 24, "CA_SIGN": 25,
    "CRL_ADD": 26, "USER_ADD": 30,
    "USER_LIST": 31, "USER_PASSWD": 32, "USER_DISABLE": 33,
    "USER_EDIT": 34,
    "AUDIT_LIST": 40, "AUDIT_VERIFY": 41, "SITE_CERTIFICATE": 50,
    "STATUS": 51, "TEMPLATE_LIST": 60, "TEMPLATE_SHOW": 61,
    "TEMPLATE_CHECK": 62, "TEMPLATE_ENABLE": 63, "TEMPLATE_DISABLE": 64,
    "TEMPLATE_RELOAD": 65, "IMPORT_CA": 110, "IMPORT_CRL": 111,
    "IMPORT_ROWS": 112, "IMPORT_END": 113}
BASIC = 1  # enum identity_method: a name and a password


def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while n > 0x7f:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def message(fields):
    """fields: number -> int, str, bytes, or a dict for a message."""
    out = b""
    for number, value in sorted(fields.items()):
        if isinstance(value, dict):
            value = message(value)
        elif isinstance(value, str):
            value = value.encode()
        if isinstance(value, bytes):
            out += varint(number << 3 | 2) + varint(len(value)) + value
        else:
            out += varint(number << 3) + varint(int(value))
    return out


def read_varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7f) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def parse(data):
    """number -> list of values (int or bytes)."""
    out, at = {}, 0
    while at < len(data):
        tag, at = read_varint(data, at)
        if tag & 7 == 0:
            value, at = read_varint(data, at)
        elif tag & 7 == 2:
            n, at = read_varint(data, at)
            value, at = data[at:at + n], at + n
        else:
            raise ValueError(f"wire type {tag & 7}")
        out.setdefault(tag >> 3, []).append(value)
    return out


def first(fields, number, default=0):
    return fields.get(number, [default])[0]


def identity(name, realm="local"):
    return {1: realm, 2: name, 4: BASIC}


class Answer:
    def __init__(self, frame):
        e = parse(frame)
        self.id, self.method = first(e, 1), first(e, 2)
        self.code = first(e, 3)
        self.text = first(e, 4, b"").decode()
        self.raw = first(e, 5, b"")

    @property
    def body(self):
        return parse(self.raw)


class Wire:
    """One connection, greeted."""

    def __init__(self, path, hello=None, timeout=60):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(path))
        self.number = 0
        self.send(0, message({1: 1, **(hello or {})}))
        answer = self.receive()
        assert answer.method == 0, "no Hello came back"
        self.refused = answer.text if answer.code else None

    def send(self, method, body):
        self.number += 1
        envelope = message({1: self.number, 2: method, 5: body})
        self.socket.sendall(struct.pack(">I", len(envelope)) + envelope)
        return self.number

    def send_raw(self, data):
        self.socket.sendall(data)

    def _read(self, n):
        out = b""
        while len(out) < n:
            part = self.socket.recv(n - len(out))
            if not part:
                raise ConnectionError("the other side closed")
            out += part
        return out

    def receive(self):
        (n,) = struct.unpack(">I", self._read(4))
        return Answer(self._read(n))

    def call(self, method, body):
        number = self.send(METHODS.get(method, method),
                           body if isinstance(body, bytes) else message(body))
        answer = self.receive()
        assert answer.id == number
        return answer

    def submit(self, user, csr, attributes=""):
        return self.call("SUBMIT", {1: identity(user), 3: csr,
                                    4: attributes, 6: "127.0.0.1"})

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
