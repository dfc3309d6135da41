"""A double click on Submit makes one request; scripts always get a new one."""
import threading

from ocs import PATIENCE, make_csr
from page import Page
from test_bad_input import number_in


def form_of(demo, user="alice"):
    return Page(demo.get("/certsrv/certrqxt.asp", user).text).form(
        "certfnsh.asp")["fields"]


def test_same_form_twice(demo):
    fields = {**form_of(demo), "CertRequest": make_csr()[0]}
    assert fields["Submission"]
    numbers = {number_in(demo.post("/certsrv/certfnsh.asp", fields, "alice"))
               for _ in range(3)}
    assert len(numbers) == 1 and None not in numbers


def test_same_form_at_the_same_moment(demo):
    fields = {**form_of(demo), "CertRequest": make_csr()[0]}
    numbers, start = [], threading.Barrier(6)

    def click():
        s = demo.session("alice")
        start.wait(PATIENCE)
        numbers.append(number_in(s.post(
            demo.url + "/certsrv/certfnsh.asp", data=fields,
            timeout=PATIENCE)))
    threads = [threading.Thread(target=click) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(PATIENCE)
    assert len(numbers) == 6 and len(set(numbers)) == 1
    rows = demo.json("request", "list", "--limit", "200")["rows"]
    assert sum(r["id"] == numbers[0] for r in rows) == 1


def test_every_form_has_its_own_number(demo):
    assert form_of(demo)["Submission"] != form_of(demo)["Submission"]


def test_another_users_number_is_not_shared(demo):
    """The number of a form belongs to its owner."""
    fields = {**form_of(demo), "CertRequest": make_csr()[0]}
    a = number_in(demo.post("/certsrv/certfnsh.asp", fields, "alice"))
    b = number_in(demo.post("/certsrv/certfnsh.asp", fields, "bob"))
    assert a and b and a != b


def test_scripts_get_a_new_number_each_time(demo):
    csr = make_csr()[0]
    assert demo.submit_id(csr) != demo.submit_id(csr)
