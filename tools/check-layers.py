#!/usr/bin/env python3
"""check-layers - includes go down only.

Reads the #include lines of src/ and compares them with the table below, which
is the layering of the design: siblings of a row do not see each other, front
ends and CA meet only in rpc/. A few headers belong to one folder alone.

With --binary FILE LIB...: no function defined in the static libraries LIB may
be linked into the program FILE (the web role has no CA, store or signer in
it).
"""
import pathlib
import re
import subprocess
import sys

MAY = {
    "base": "",
    "conf": "base", "pki": "base", "html": "base", "xml": "base", "fcgi": "base",
    "store": "base pki", "sign": "base pki", "rpc": "base pki",
    "auth": "base pki fcgi",
    "ca": "base conf pki store rpc",
    "web": "base pki html xml fcgi rpc auth",
    "cep": "base pki html xml fcgi rpc auth",
    "ces": "base pki html xml fcgi rpc auth",
    "cli": "base pki html xml fcgi rpc auth",
}
FRONT = set(MAY) | {"bin"}

# pattern of a header -> the folders that may include it
ONLY = [
    (r"fcgi(app|_config)\.h$", {"fcgi"}),
    (r"fcgi_stdio\.h$", set()),
    (r"sqlite3\.h$", {"store"}),
    (r"(^|/)yaml\.h$", {"conf"}),
    (r"\.pb-c\.h$", {"rpc"}),
    (r"base/log\.h$", {"base", "bin"}),
]
# What makes a module impure: pki has no I/O and no clock.
PURE = {"pki": r"base/clock\.h|fcntl\.h|sys/(socket|stat)\.h|unistd\.h|time\.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def check_file(root, path):
    parts = path.relative_to(root).parts
    layer = parts[0]
    if layer not in FRONT:
        yield f"{path}: the folder {layer} is not in the table of layers"
        return
    allowed = set(MAY.get(layer, "").split()) | {layer}
    for kind, name in INCLUDE.findall(path.read_text(encoding="utf-8")):
        for pattern, owners in ONLY:
            if re.search(pattern, name) and layer not in owners:
                yield f"{path}: {name} may be included only in " + (
                    ", ".join(sorted(owners)) or "no file")
        if layer in PURE and re.fullmatch(PURE[layer], name):
            yield f"{path}: {layer} is pure and may not include {name}"
        if kind == "<" or layer == "bin":
            continue
        target = name.split("/")[0]
        if "/" not in name and not name.endswith(".pb-c.h"):  # generated
            yield f"{path}: write the folder of {name}"
        elif "/" in name and target in FRONT and target not in allowed:
            yield f"{path}: {layer} may not include {name}"


def check_tree(root):
    found = []
    for path in sorted(root.rglob("*")):
        if path.suffix in (".c", ".h", ".def"):
            found += check_file(root, path)
    return found


def symbols(path):
    out = subprocess.run(["nm", "--defined-only", "-f", "posix", path],
                         capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in out.splitlines())
    return {r[0]: r[1] for r in rows if len(r) > 1}


def check_binary(binary, libraries):
    here = symbols(binary)
    foreign = set()
    for lib in libraries:
        foreign |= {n for n, kind in symbols(lib).items() if kind == "T"}
    return [f"{binary}: contains {n}()" for n in sorted(foreign & set(here))]


def main(argv):
    if argv[:1] == ["--binary"]:
        found = check_binary(argv[1], argv[2:])
    else:
        root = pathlib.Path(argv[0] if argv else
                            pathlib.Path(__file__).parent.parent / "src")
        found = check_tree(root)
    print("\n".join(found) if found else "layers: clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
