"""Hostile values in every position of a page come back unchanged from an
independent HTML parser, and none of them becomes markup.

canary_test.py PROGRAM; PROGRAM VALUE writes the page. Speaks TAP.
"""
import subprocess
import sys
import urllib.parse
from html.parser import HTMLParser

VALUES = [
    "plain",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></textarea></template><script>x</script>",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>x</script>",
    "//evil.example/",
    "/\\evil.example/",
    "\nleading line feed",
    "&amp; &lt; &#60; &copy",
    "--> <!-- ]]> <![CDATA[",
    "{{v}} {{=id}} %41 %",
    "\u00e9\u4e2d\U0001f512",
    "",
]


class Page(HTMLParser):
    """Texts by the id of their element, tags in order."""

    VOID = {"meta", "link", "input", "br"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.attrs, self.stack = [], {}, {}, []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, tuple(attrs)))
        key = attrs.get("id", tag)
        self.attrs.setdefault(key, []).append(attrs)
        if tag not in self.VOID:
            self.stack.append((tag, key))
            self.texts.setdefault(key, []).append("")

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, tuple(dict(attrs))))

    def handle_endtag(self, tag):
        assert self.stack and self.stack[-1][0] == tag, (tag, self.stack)
        self.stack.pop()

    def handle_data(self, data):
        if self.stack:
            self.texts[self.stack[-1][1]][-1] += data

    def handle_comment(self, data):
        raise AssertionError("a comment: " + data)


def render(program, value):
    raw = subprocess.run([program, value], check=True, capture_output=True)
    page = Page()
    page.feed(raw.stdout.decode("utf-8"))
    page.close()
    assert not page.stack, page.stack
    return raw.stdout, page


def safe(url):
    """An address as a browser reads it: is it one of ours to follow?"""
    url = "".join(c for c in url if c not in "\t\n\r").strip()
    url = url.replace("\\", "/")
    parts = urllib.parse.urlsplit(url)
    if parts.scheme:
        return parts.scheme in ("https", "mailto")
    return not url.startswith("//")


def check(program, value, shape):
    raw, page = render(program, value)
    one, attrs = lambda k: page.texts[k][0], lambda k: page.attrs[k][0]
    assert page.tags == shape, "other markup than with a plain value"
    for key in ("text", "ns", "mark"):
        assert one(key) == value, key
    # html.parser keeps what browsers drop: a line feed behind <textarea>.
    assert one("area") == "\n" + value
    assert page.texts["title"][0] == value + " - Certificates"
    assert page.texts["title"][1] == value
    assert page.texts["name"] == ["", ""] and page.texts["a"][-1] == value
    assert page.texts["cell"] == [
        value + str(n) + str(2**64 - 1) for n in (1, 2)]
    assert attrs("attr")["title"] == value
    assert attrs("attr")["data-x"] == "a " + value + " b"
    assert attrs("attr")["class"] == "c on"
    assert attrs("name")["title"] == value
    assert attrs("input")["value"] == value
    assert attrs("button")["aria-label"] == 'Say "yes"'
    assert attrs("option")["value"] == "<fixed>"
    assert attrs("whole")["href"] == "https://ca.example/a?b=c&d"
    assert all(safe(a["href"]) for n in ("a", "value-whole", "part")
               for a in page.attrs[n]), "an address that is not ours"
    query = urllib.parse.urlsplit(attrs("part")["href"])
    assert urllib.parse.parse_qs(query.query, keep_blank_values=True) == {
        "ReqID": [str(2**64 - 1)], "Name": [value]}
    assert urllib.parse.unquote(query.fragment) == value
    for marker in (b'location="certnew.cer?ReqID=18446744073709551615&"+get',
                   b"\nvar nRenewals=18446744073709551615;\n",
                   b'The disposition message is "'):
        assert marker in raw, marker
    assert b"never" not in raw and b"A comment" not in raw


def main():
    program = sys.argv[1]
    shape = render(program, "plain")[1].tags
    if ("p", ("id",)) not in shape:
        print("Bail out! the page has no markup")
        return
    # An empty user leaves out nothing: "" is not NULL.
    print(f"1..{len(VALUES)}")
    for i, value in enumerate(VALUES, 1):
        try:
            check(program, value, shape)
            print(f"ok {i} - {value!a}")
        except (AssertionError, KeyError, UnicodeDecodeError) as e:
            print(f"not ok {i} - {value!a}: {e!r}")


main()
