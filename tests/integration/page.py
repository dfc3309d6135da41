"""Reads a page as a browser or a script would: Python's html.parser, nothing
of the server's own code."""
import html.parser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link",
        "meta", "source", "track", "wbr"}


class Page(html.parser.HTMLParser):
    """ids: id -> text inside that element. links: every <a href>, with
    entities decoded, outside of script and comments. forms: action, method,
    fields. text: what a person reads. errors: tags that do not nest."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.ids, self.links, self.forms, self.errors = {}, [], [], []
        self.title = ""
        self._stack, self._pieces, self._textarea = [], [], None
        self.feed(text)
        self.close()
        if self._stack:
            self.errors.append(f"never closed: {self._stack}")
        self.text = " ".join("".join(self._pieces).split())

    def _open_ids(self):
        return [i for tag, i in self._stack if i]

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if a.get("id"):
            if a["id"] in self.ids:
                self.errors.append(f"id {a['id']} is there twice")
            self.ids[a["id"]] = ""
        if tag == "a" and a.get("href") and not self._inside("script"):
            self.links.append(a["href"])
        if tag == "form":
            self.forms.append({"action": a.get("action", ""),
                               "method": a.get("method", "get").lower(),
                               "enctype": a.get("enctype"), "fields": {},
                               "buttons": []})
        if self.forms and self._inside("form") and a.get("name"):
            field = (a["name"], a.get("value", ""))
            if tag == "button" or a.get("type") in ("submit", "button"):
                self.forms[-1]["buttons"].append(field)
            elif tag in ("input", "textarea", "select"):
                self.forms[-1]["fields"][field[0]] = field[1]
        if tag not in VOID:
            self._stack.append((tag, a.get("id")))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._stack.pop()

    def handle_endtag(self, tag):
        if not self._stack or self._stack[-1][0] != tag:
            self.errors.append(f"</{tag}> closes {self._stack[-1:]}")
            while self._stack and self._stack[-1][0] != tag:
                self._stack.pop()
        if self._stack:
            self._stack.pop()
        self._pieces.append(" ")

    def handle_data(self, data):
        for i in self._open_ids():
            self.ids[i] += data
        if self._inside("title"):
            self.title += data
        elif not (self._inside("script") or self._inside("style")
                  or self._inside("template")):
            self._pieces.append(data)

    def _inside(self, tag):
        return any(t == tag for t, _ in self._stack)

    def form(self, action):
        """The form that goes to an address ending in `action`."""
        for f in self.forms:
            if f["action"].endswith(action):
                return f
        raise AssertionError(f"no form to {action}: {self.forms}")
