"""The officer's queue: searching, one requester's, refusing many at once."""
import re

import pytest

from ocs import PATIENCE, make_csr, running_demo
from page import Page

ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def queue():
    """Requests of alice and of bob that wait: (demo, numbers by name)."""
    with running_demo() as d:
        names = {f"{who}{i}.example": who
                 for who in ("alice", "bob") for i in range(3)}
        yield d, {name: d.submit_id(make_csr(f"/CN={name}")[0], who)
                  for name, who in names.items()}


def refuse(d, numbers, reason, token=None):
    s = d.session("officer")
    url = d.url + "/certsrv/officer/refuse.asp"
    page = s.get(url, params=[("Pick", n) for n in numbers],
                 timeout=PATIENCE).text
    if token is None:
        token = re.search(r'name="Token" value="([^"]*)"', page)[1]
    return s.post(url, data=[("Token", token), ("Reason", reason)] +
                  [("Pick", str(n)) for n in numbers], timeout=PATIENCE,
                  headers={"Origin": d.url, **ORIGIN})


def shown(d, numbers, **query):
    text = d.get("/certsrv/officer/", "officer", params=query).text
    return {name for name in numbers if name in text}, text


def test_lies_together_by_requester(queue):
    d, numbers = queue
    names, text = shown(d, numbers)
    assert names == set(numbers)
    # alice and bob took turns in no order of theirs; here they do not.
    order = re.findall(r"<strong>(alice|bob)\d\.example", text)
    assert order in (["bob"] * 3 + ["alice"] * 3, ["alice"] * 3 + ["bob"] * 3)
    assert text.count("3 requests on this page") == 2


def test_search_and_one_requester(queue):
    d, numbers = queue
    assert shown(d, numbers, Search="bob1")[0] == {"bob1.example"}
    link = re.search(r'/certsrv/officer/\?All=1&amp;Requester=([^"]*alice)"',
                     shown(d, numbers)[1])[1]
    names, text = shown(d, numbers, Requester=requester(link), All="1")
    assert names == {n for n in numbers if n.startswith("alice")}
    assert text.count(" checked") == 3
    assert "fits" in shown(d, numbers, Search="nobody.example")[1]


def requester(link):
    from urllib.parse import unquote
    return unquote(link)


def test_many_are_refused_with_one_reason(queue):
    d, numbers = queue
    mine = [numbers[f"bob{i}.example"] for i in range(3)]
    d.issue(mine[2])                    # somebody was quicker
    answer = refuse(d, mine + [999999, mine[0]], "Not these names.")
    page = Page(answer.text)
    assert answer.status_code == 200 and "2 requests are refused" in page.text
    assert "2 are not" in page.text
    assert [d.row(n)["disposition"] for n in mine] == ["denied", "denied",
                                                       "issued"]
    assert "Not these names." in d.get(
        f"/certsrv/request.asp?ReqID={mine[0]}", "bob").text
    d.assert_audit_is_good()


def test_a_whole_page_is_refused(queue):
    # More than the answers that a page can keep at a time.
    d, _ = queue
    many = [d.submit_id(make_csr(f"/CN=many{i}.example")[0], "bob")
            for i in range(12)]
    before = d.pids()
    assert "12 requests are refused" in Page(refuse(d, many, "No.").text).text
    assert {d.row(n)["disposition"] for n in many} == {"denied"}
    assert d.pids() == before


def test_no_reason_or_token_refuses_nothing(queue):
    d, numbers = queue
    mine = [numbers[f"alice{i}.example"] for i in range(3)]
    assert "Nothing was refused" in refuse(d, mine, " ").text
    assert refuse(d, mine, "why", token="x").status_code == 403
    assert refuse(d, [], "why", token="x").status_code == 403
    s = d.session("alice")
    assert s.get(d.url + "/certsrv/officer/refuse.asp", timeout=PATIENCE,
                 params={"Pick": mine[0]}).status_code == 403
    assert {d.row(n)["disposition"] for n in mine} == {"pending"}


def test_review_says_the_end_and_what_the_ca_adds(queue):
    d, numbers = queue
    number = d.submit_id(make_csr("/CN=review.example")[0])
    page = Page(d.get(f"/certsrv/officer/request.asp?ReqID={number}",
                      "officer").text)
    for words in ["Valid until", "Authority information access",
                  "CRL distribution points", "Added by this CA."]:
        assert words in page.text, words
    before = d.row(number)
    d.issue(number)
    assert d.row(number)["not_after"][:10] == before["would_end"][:10]
    assert before["would_end_note"] and not d.row(number)["would_end"]


def test_officers_are_told_what_waits_and_what_is_on_hold(queue):
    d, _ = queue
    number = d.submit_id(make_csr("/CN=lost.example")[0])
    d.issue(number)
    home = lambda who: Page(d.get("/certsrv/", who).text).text
    before = home("officer")
    assert re.search(r"\d+ requests? waits?\.", before), before
    assert "The oldest was sent" in before and "on hold" not in before
    assert "Waiting for you" not in home("alice")
    s = d.session("alice")
    form = s.get(f"{d.url}/certsrv/lost.asp?ReqID={number}").text
    s.post(f"{d.url}/certsrv/lost.asp", headers={"Origin": d.url, **ORIGIN},
           data={"ReqID": number, "Reason": "left in the train", "Token":
                 re.search(r'name="Token" value="([^"]*)"', form)[1]})
    assert "1 certificate is on hold." in home("officer")
    text = d.get("/certsrv/officer/", "officer").text
    assert "lost.example" in text.split('id="on-hold"')[1]
    assert d.get("/certsrv/officer/", "alice").status_code in (200, 403)
    d.cli("certificate", "release", number)
    assert "on hold" not in home("officer")
