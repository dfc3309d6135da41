#!/usr/bin/env python3
"""dispositions - docs/dispositions.md from the code: every end of a request,
its code and message, and where it is tested.

    tools/dispositions.py JUDGE            write the file
    tools/dispositions.py JUDGE --check    fail when it is not current, or
                                           when something is not tested

Messages come from the calls in src/ that make them. A test is named when it
has the code of the message and a part of its text, or a text that only this
message has; a single word is none. JUDGE is
BUILD/tests/unit/pki/request_judge: it says which hostile files
(tests/vectors/hostile) end with which message.
"""
import ast
import collections
import functools
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "docs/dispositions.md"
CA = sorted((ROOT / "src/ca").glob("*.c"))
# Those that read what was sent, before anybody decides about it.
READING = [ROOT / "src/pki" / f"{n}.c" for n in (
    "pem", "attrs", "request", "request_verify", "csr", "cms", "cms_verify",
    "cmc", "pair", "key", "sig")]
LEAST = 6        # characters of a text that says something
WORD = re.compile(r"\s*-*[a-z]+:?\s*")  # which alone says nothing
NEVER = {
    "the signed message is not well formed: the revocation lists":
        "the message is well-formed DER at this point",
    "The subject name cannot be used: %s":
        "the request's subject was read before; accounts have no such names"}
ALONE = 14       # the same, when the code is not beside it
COMMON = 2       # messages that such a text may be part of
SHOWN = 3        # tests in a row
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
PLACE = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?(?:[hljzt]*[diuxXcs]|%)")


# --- C ------------------------------------------------------------------------

def no_comments(text):
    """Comments become blanks, so that offsets stay."""
    return re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()),
                  text, flags=re.S)


@functools.cache
def source(path):
    return no_comments(path.read_text(encoding="utf-8"))


def functions(text):
    """(name, start, end) of the functions of a C file in our style."""
    for m in re.finditer(r"^(\w+)\((?:[^;{}]|\n)*?\)\n\{\n", text, re.M):
        end = text.find("\n}\n", m.end() - 1)
        yield m.group(1), m.start(), end if end >= 0 else len(text)


def function_at(text, at):
    for name, start, end in functions(text):
        if start <= at < end:
            return name, text[start:end]
    return "", ""


def calls(text, name):
    """(offset, arguments) of each call, arguments as their text."""
    for m in re.finditer(rf"\b{name}\(", text):
        depth, at, begin, args = 1, m.end(), m.end(), []
        while depth and at < len(text):
            c = text[at]
            if c == '"':
                at = LITERAL.match(text, at).end()
                continue
            if c in "([{":
                depth += 1
            elif c in ")]}":
                depth -= 1
            if depth == 0 or (c == "," and depth == 1):
                args.append(text[begin:at].strip())
                begin = at + 1
            at += 1
        yield m.start(), args


def joined(text):
    """Adjacent literals as one; formats of other types than text stay."""
    text = re.sub(r"\bPRI[du]\d+\b", '"u"', text)
    parts = LITERAL.findall(text)
    return "".join(p.replace('\\"', '"').replace("\\\\", "\\")
                   for p in parts)


# --- what is said --------------------------------------------------------------

Said = collections.namedtuple("Said", "code message where")


def errors():
    """symbol -> (hexadecimal code, fallback text)"""
    text = (ROOT / "src/base/err.def").read_text()
    return {m[1]: (m[2], m[3]) for m in re.finditer(
        r'^ERR\((\w+), 0x(\w+), \d+, "([^"]*)"\)', text, re.M)}


def returned(text, name):
    """The texts that a function of the file returns."""
    for n, start, end in functions(text):
        if n == name:
            for m in re.finditer(r"return ((?:\s*\"(?:[^\"\\]|\\.)*\")+)",
                                 text[start:end]):
                yield joined(m.group(1))


def resolve(path, text, at, code, rest):
    """The messages of one call: (code, message)."""
    message = joined(rest[0]) if rest else ""
    name, body = function_at(text, at)
    if code.startswith("ERR_") and message != "%s":
        yield code[4:], message
    elif code.startswith("ERR_"):
        # The text of a function: why = NAME(...)
        made = re.findall(rf"\b{rest[1]} = (\w+)\(", body)
        for text_of in made:
            for m in returned(text, text_of):
                yield code[4:], m
        # Or of whoever calls this function.
        for _, args in [] if made else calls(text, name):
            for m in filter(LITERAL.match, args):
                yield code[4:], joined(m)
    elif name == "ca_enterprise_missing":
        # Rows of tables: what is missing, and its code.
        for what, symbol in sorted({row for p in CA
                                    if p.name.startswith("enterprise_")
                                    for row in re.findall(
                r'"([^"]+)",\s*ERR_(\w+) \}', source(p))}):
            yield symbol, message.replace("%s", what, 2).replace(
                what, "%s", 1)


def denials():
    for path in CA:
        text = source(path)
        for at, args in calls(text, "ca_policy_deny"):
            if len(args) < 3 or not LITERAL.search(args[2]):
                continue
            found = list(resolve(path, text, at, args[1], args[2:]))
            where = f"{path.name}:{function_at(text, at)[0]}"
            yield from (Said(c, m, where) for c, m in found)
    text = source(ROOT / "src/ca/check.c")
    for m in re.finditer(r"\{ ERR_(\w+),((?:\s*\"[^\"]*\")+) \}", text):
        if m[1] != "OK":
            yield Said(m[1], joined(m[2]), "check.c:verdicts")
    yield Said("POLICY", "The certificate would not be in good form: %s "
               "(rule %s, RFC 5280 %s).", "check.c:check_form")
    yield from (Said("WEAK_KEY", s.message, s.where) for s in reading()
                if s.code == "WEAK_KEY")
    for at, args in calls(source(ROOT / "src/pki/rsa_weak.c"), "err_set"):
        if args[1] == "ERR_WEAK_KEY":
            yield Said("WEAK_KEY", joined(args[2]), "rsa_weak.c")


@functools.cache
def reading():
    """What cannot be read: err_set() and the files' own short forms."""
    out = []
    for path in READING:
        text = source(path)
        short = {n: next(calls(text[s:e], "err_set"), (0, ["", "", ""]))[1]
                 for n, s, e in functions(text)
                 if n in ("refuse", "malformed", "bad", "fault")}
        for name in ("err_set", *short):
            for at, args in calls(text, name):
                code = next((a[4:] for a in args if a.startswith("ERR_")),
                            None)
                message = next((joined(a) for a in args
                                if LITERAL.match(a)), None)
                if name != "err_set":
                    code = code or short[name][1][4:]
                    message = message and joined(short[name][2]).replace(
                        "%s", message, 1)
                if not code or not message or message == "%s" or \
                        code in ("NO_MEMORY", "INTERNAL", "SYSTEM"):
                    continue
                out.append(Said(code, message,
                                f"{path.name}:{function_at(text, at)[0]}"))
    return out


# --- where it is tested --------------------------------------------------------

class Test:
    def __init__(self, path, name, text, literals):
        self.name = f"{path.relative_to(ROOT / 'tests')}"
        self.name += f"::{name}" if name else ""
        self.literals = [t for t in literals
                         if len(t) >= LEAST and not WORD.fullmatch(t)]
        self.codes = {c.upper() for c in re.findall(
            r"\b0x([0-9a-fA-F]{8})\b", text)}
        self.symbols = set(re.findall(r"\bERR_(\w+)\b", text))


def python_tests(path):
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    rest = []
    for node in tree.body:
        prose = {id(n.value) for n in ast.walk(node)
                 if isinstance(n, ast.Expr)}
        strings = [n.value for n in ast.walk(node)
                   if isinstance(n, ast.Constant) and isinstance(n.value, str)
                   and id(n) not in prose]
        lines = text.splitlines()[node.lineno - 1:node.end_lineno]
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            for d in node.decorator_list:
                lines += text.splitlines()[d.lineno - 1:d.end_lineno]
            yield Test(path, node.name, "\n".join(lines), strings)
        else:
            rest.append((lines, strings))
    yield Test(path, "", "\n".join(x for r in rest for x in r[0]),
               [s for r in rest for s in r[1]])


def c_tests(path):
    text = source(path)
    rest = list(text)
    for name, start, end in functions(text):
        body = text[start:end]
        if "(void **" in body.split("\n{\n")[0]:
            yield Test(path, name, body, LITERAL.findall(body))
            rest[start:end] = " " * (end - start)
    left = "".join(rest)
    yield Test(path, "", left, LITERAL.findall(left))


@functools.cache
def tests():
    out = []
    for path in sorted((ROOT / "tests/unit").rglob("test_*.c")):
        if path.parent.name != "web":  # which only shows and translates them
            out += c_tests(path)
    for path in sorted((ROOT / "tests/integration").glob("test_*.py")):
        out += python_tests(path)
    return out


@functools.cache
def tokens(message):
    out, at = [], 0
    for m in PLACE.finditer(message):
        out += list(message[at:m.start()]) + [None]
        at = m.end()
    return tuple(out + list(message[at:]))


@functools.cache
def is_part(message, text):
    """Could the text stand in the message, whatever its places stand for?
    Most of it must be the message's own: how many characters; 0: no."""
    t = tokens(message)
    first = text[0]

    def walk(at, i, own):
        while i < len(text):
            if at == len(t):
                return 0
            if t[at] is None:
                return max(walk(at + 1, k, own)
                           for k in range(i, min(len(text), i + 40) + 1))
            if t[at] != text[i]:
                return 0
            at, i, own = at + 1, i + 1, own + 1
        return own if own >= LEAST and own * 2 > len(text) else 0
    return max((walk(at, 0, 0) for at in range(len(t))
                if t[at] is None or t[at] == first), default=0)


@functools.cache
def is_common(text):
    """Part of more messages than it could be about?"""
    all_ = {s.message for s in [*denials(), *reading()]}
    return sum(is_part(m, text) >= ALONE for m in all_) > COMMON


def tested(said, known):
    """names of the tests about this message"""
    number = known[said.code][0].upper()
    with_code = [x for x in tests()
                 if number in x.codes or said.code in x.symbols]
    sure = [x.name for x in with_code
            if any(is_part(said.message, s) for s in x.literals)]
    sure += [x.name for x in tests() if x.name not in sure and any(
        is_part(said.message, s) >= ALONE and not is_common(s)
        for s in x.literals)]
    return sure


@functools.cache
def hostile(judge):
    """(symbol, text) of the hostile files that this is said of"""
    files = sorted((ROOT / "tests/vectors/hostile").glob("*.der"))
    out = subprocess.run([judge, "why", *files], text=True, check=True,
                         capture_output=True).stdout.splitlines()
    assert len(out) == len(files)
    return [(line.partition(" ")[0], line.partition(" ")[2], f.stem)
            for f, line in zip(files, out)]


def hostile_of(judge, said):
    # What wraps it stands in front, what explains it behind.
    pattern = PLACE.sub("\0", said.message)
    pattern = re.escape(pattern).replace("\0", ".*").replace("\\.*", ".*")
    return [stem for code, text, stem in hostile(judge)
            if code == said.code and re.search(pattern, text)]


# --- the file ------------------------------------------------------------------

def cell(text):
    return text.replace("|", "\\|").replace("\n", " ")


def states():
    text = (ROOT / "src/base/disposition.def").read_text()
    starts = {
        "PENDING": r"Taken Under", "ISSUED": r"Issued",
        "DENIED": r"Denied by", "FAILED": r"Error ",
        "REVOKED": r"Revoked by"}
    for m in re.finditer(
            r'^DISPOSITION\((\w+), (\d+), (\d+), "(\w+)", "([^"]+)"\)',
            text, re.M):
        found = set()
        for path in CA:
            for s in re.finditer(r'(?:"(?:[^"\\]|\\.)*"\s*)+', source(path)):
                message = joined(s.group())
                if re.match(starts[m[1]], message):
                    found.add(message)
        yield m[4], m[2], m[3], m[5], sorted(found)


# A line of a table: what it says, who tests it, who could be named there.
Row = collections.namedtuple("Row", "says by all")


def shown(names):
    return ", ".join(f"`{n}`" for n in names[:SHOWN]) + (
        ", ..." if len(names) > SHOWN else "")


def rows(list_, known, judge):
    seen = set()
    for s in sorted(set(list_), key=lambda s: (known[s.code][0], s.where,
                                               s.message)):
        if (s.code, s.message) in seen:
            continue
        seen.add((s.code, s.message))
        files = hostile_of(judge, s)
        names = tested(s, known)
        by = [shown(names)] if names else []
        if files:
            by.append("hostile: " + shown(files))
        if not by and s.message in NEVER:
            by.append("cannot happen: " + NEVER[s.message])
        yield s, Row(f"| {known[s.code][0]} | {cell(s.message)} | "
                     f"`{s.where}` |", f" {'; '.join(by)} |",
                     {*names, *files}), bool(by)


def make(judge):
    known, missing = errors(), []
    out = ["# How requests end", "",
           "Made by `tools/dispositions.py` from the code; a test fails when "
           "it is not current. `%s`, `%u` and the", "like stand for names and "
           "numbers.", "", "## Dispositions", "",
           "| word | database | API | for people | message |",
           "|---|---|---|---|---|"]
    for word, db, api, people, messages in states():
        out.append(f"| {word} | {db} | {api} | {people} | "
                   + ("; ".join(f"`{cell(m)}`" for m in messages)
                      or "as it was issued") + " |")
    head = ["", "| code | message | made by | tested by |", "|---|---|---|---|"]
    out += ["", "## Denied", "", "`Denied by Policy Module  0xCODE, MESSAGE`:",
            *head]
    for s, line, good in rows(denials(), known, judge):
        out.append(line)
        missing += [] if good else [s]
    out += ["", "## Failed", "",
            "`Error Parsing Request  0xCODE, MESSAGE` or `Error Verifying "
            "Request Signature or Signing Certificate  0xCODE,",
            "MESSAGE`; `hostile` are files of `tests/vectors/hostile`.", *head]
    failed = [s for s in reading() if s.code != "WEAK_KEY"]
    for s, line, good in rows(failed, known, judge):
        out.append(line)
        missing += [] if good else [s]
    return [x if isinstance(x, Row) else Row(x, "", set()) for x in out], \
        missing


def is_current(text, rows_):
    """The same messages, and tests that are still there; more tests than are
    named do no harm."""
    lines = text.splitlines()
    return len(lines) == len(rows_) and all(
        line in (r.says, r.says + r.by) or (
            r.by and line.startswith(r.says) and
            (named := re.findall(r"`([^`]+)`", line[len(r.says):])) and
            r.all.issuperset(named))
        for line, r in zip(lines, rows_))


def main():
    judge, *options = sys.argv[1:]
    rows_, missing = make(judge)
    for s in missing:
        print(f"not tested: {s.code}: {s.message} ({s.where})")
    if options == ["--check"]:
        if not OUT.exists() or not is_current(OUT.read_text(), rows_):
            print(f"{OUT.relative_to(ROOT)} is not current: run "
                  f"tools/dispositions.py {judge}")
            return 1
        return 1 if missing else 0
    OUT.write_text("".join(f"{r.says}{r.by}\n" for r in rows_))
    return 0


sys.exit(main())
