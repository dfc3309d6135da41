"""What a site says about itself (docs/site.md): the example of the document,
and mistakes in it."""
import re
import shutil

import pytest

from ocs import ROOT, quickstart, running_demo
from page import Page

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>'
EXAMPLE, = re.findall(r"```yaml\nweb:\n(.*?)```",
                      (ROOT / "docs/site.md").read_text(), re.S)


def write(d, site=EXAMPLE):
    folder = d.dir / "site"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    (folder / "logo.svg").write_text(LOGO)
    (folder / "extra.css").write_text(":root { --brand: #123456; }\n")
    conf = d.dir / "opencertsrv.yaml"
    conf.write_text(conf.read_text().replace("\nweb:\n", "\nweb:\n" + site))


@pytest.fixture(scope="module")
def site():
    with running_demo(before_start=write) as d:
        yield d


def test_name_logo_style_and_text_stand_on_the_pages(site):
    text = site.get("/certsrv/", "alice").text
    assert "Example, Inc. certificates" in text
    assert "mailto:pki@example.com" in text
    assert 'src="/certsrv/site/logo"' in text
    assert 'href="/certsrv/site/style.css"' in text
    assert "extension 42" in Page(text).text
    assert "extension 42" not in site.get("/certsrv/certrqus.asp",
                                          "alice").text
    assert "Ask your manager" in site.get("/certsrv/certrqus.asp",
                                          "alice").text


def test_files_are_served_to_all_and_cannot_run(site):
    logo = site.get("/certsrv/site/logo")
    assert logo.text == LOGO
    assert logo.headers["Content-Type"] == "image/svg+xml"
    assert logo.headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self'" in logo.headers["Content-Security-Policy"]
    style = site.get("/certsrv/site/style.css")
    assert "#123456" in style.text
    assert style.headers["Content-Type"] == "text/css; charset=utf-8"


def test_request_types_and_defaults(site):
    text = site.get("/certsrv/certrqus.asp", "alice").text
    assert "VPN certificate" in text and "Web browser cert" not in text
    text = site.get("/certsrv/certrqbi.asp?type=0", "alice").text
    assert 'data-purposes="1.3.6.1.5.5.7.3.2 1.3.6.1.5.5.7.3.17"' in text
    assert 'data-kind="p-256"' in text and 'data-exportable="no"' in text
    assert 'data-email="yes"' in text
    for name, value in [("o", "Example, Inc."), ("ou", "IT"), ("l", "Brno"),
                        ("st", "JM"), ("c", "CZ")]:
        assert f'id="{name}" value="{value}"' in text
    text = site.get("/certsrv/certrqma.asp", "alice").text
    assert '<option value="1.3.6.1.5.5.7.3.8">Time stamp</option>' in text
    assert "Code signing" not in text and 'value="Brno"' in text


def test_days_of_the_cookie(start_demo):
    from ocs import make_csr
    d = start_demo(before_start=lambda d: write(
        d, "  site:\n    remember_days: 3\n"))
    cookie = d.submit(make_csr()[0]).headers["Set-Cookie"]
    assert f"Max-Age={3 * 86400}" in cookie


def test_markup_is_text(start_demo):
    d = start_demo(before_start=lambda d: write(
        d, "  site:\n    name: \"<b>x</b>\"\n    texts:\n"
           "      - {page: home, text: \"<script>alert(1)</script>\"}\n"
           "    defaults: {company: '\"><img src=x>'}\n"))
    text = d.get("/certsrv/", "alice").text
    assert "<b>x" not in text and "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<img src=x" not in d.get("/certsrv/certrqma.asp", "alice").text


@pytest.mark.parametrize("site, said", [
    ("    texts: [{page: nowhere.asp, text: x}]\n", "there is no page nowhere"),
    ("    logo: site/none.svg\n", "logo"),
    ("    logo: site/extra.css\n", "is no .svg"),
    ("    remember_days: 0\n", "from 1 to 365"),
    ("    request_types: [{name: x, purposes: [any]}]\n", "any is neither"),
    ("    request_types: [{name: x, purposes: [ipsec], key: dsa}]\n",
     "dsa is no kind of key"),
    ("    motto: x\n", "motto"),
])
def test_a_mistake_is_named(tmp_path, site, said):
    import subprocess
    from ocs import BUILD
    (tmp_path / "site").mkdir()
    (tmp_path / "site/extra.css").write_text("")
    conf = tmp_path / "opencertsrv.yaml"
    conf.write_text("web:\n  public_url: https://localhost:8443\n  site:\n" +
                    site)
    p = subprocess.run([BUILD / "opencertsrv-web", "--config", conf],
                       capture_output=True, text=True, timeout=60)
    assert p.returncode != 0 and said in p.stderr, p.stderr


def test_preferences(site):
    s = site.session("alice")
    s.headers["User-Agent"] = "Mozilla/5.0"
    url = site.url + "/certsrv/preferences.asp"

    def look():
        return s.get(url, timeout=60).text

    def prefer(theme, rows, language="en"):
        token = re.search(r'name="Token" value="([^"]*)"', look())[1]
        return s.post(url, timeout=60, allow_redirects=False,
                      headers={"Origin": site.url},
                      data={"Token": token, "Theme": theme, "Rows": rows,
                            "Language": language}).status_code
    system = re.compile(r'dark.css" media="screen and \(prefers-color-scheme: dark\)"')
    assert system.search(look()) and '"50" selected' in look()
    assert prefer("dark", 100) == 303
    assert 'dark.css" media="screen">' in look() and '"100" selected' in look()
    assert prefer("light", 20, "de") == 303
    assert "dark.css" not in look() and 'class="light"' in look()
    assert '<html lang="de"' in look()
    for bad in [("pink", 20), ("dark", 21), ("dark", 20, "xx")]:
        assert prefer(*bad) == 400
    s.cookies.clear()
    s.cookies.set("look", "dark.99999")
    assert system.search(look())
