"""Roles, groups, permissions and persons through the real command line: who
must confirm what, and what a right or its denial does to a web user."""
import re

import pytest

from ocs import make_csr


@pytest.fixture(scope="module")
def roles():
    from ocs import running_demo
    with running_demo() as d:
        yield d


def change(demo, *args, who="admin"):
    """A change that waits: its number."""
    got = demo.json(*args, "--as", who)
    assert got["waits"] and got["change"], got
    return got["change"]


def number_of(p):
    return int(re.search(r"role confirm (\d+)", p.stdout)[1])


def refused(demo, *args):
    p = demo.cli(*args, check=False)
    assert p.returncode == 1, p.stdout + p.stderr
    return p.stderr


def confirmed(demo, *args, who="auditor"):
    demo.cli("role", "confirm", change(demo, *args), "--as", who)


def held(demo):
    return {r["name"]: r["roles"] for r in demo.json("role", "list")["rows"]}


def waiting(demo):
    return demo.json("role", "list", "--pending")["rows"]


def events(demo, event):
    rows, after = [], 0
    while True:
        page = demo.json("audit", "show", "--after", after, "--limit", 200)
        rows += page["rows"]
        after = page["next"]
        if not after:
            return [r for r in rows if r["event"] == event]


def enrolls(demo, user):
    """May he ask for certificates? The page says 0x80094011 if not."""
    text = demo.submit(make_csr()[0], user).text
    refused = "0x80094011" in text.lower() or "80094011" in text
    assert refused or "Your Request Id is" in text or "ReqID=" in text, text
    return not refused


def test_a_second_administrator_confirms(roles):
    d = roles
    p = d.cli("user", "add", "second", "--role", "admin", "--no-password")
    number = int(re.search(r"role confirm (\d+)", p.stdout)[1])
    assert "second" not in held(d)
    assert "yourself" in refused(d, "role", "confirm", number, "--as",
                                 "admin")
    d.cli("role", "confirm", number)     # in a demo: as the auditor
    assert held(d)["second"] == "admin"

    number = change(d, "role", "grant", "bob", "operator")
    [row] = waiting(d)
    assert row["id"] == number and row["asker"] == "admin"
    assert "bob" in row["what"] and "operator" in row["what"]
    assert "admin or auditor" in refused(d, "role", "confirm", number,
                                         "--as", "officer")
    d.cli("role", "confirm", number, "--as", "second")
    assert held(d)["bob"] == "enrollee, operator"
    assert waiting(d) == []
    assert "separated" in refused(d, "role", "grant", "bob", "officer")
    d.cli("role", "cancel", change(d, "role", "revoke", "bob", "operator"))
    assert held(d)["bob"] == "enrollee, operator"
    confirmed(d, "role", "revoke", "bob", "operator")
    assert held(d)["bob"] == "enrollee"
    for event in ["change-ask", "change-confirm", "role", "change-cancel"]:
        assert any("bob" in r["detail"] for r in events(d, event)), event
    d.assert_audit_is_good()


def test_the_last_administrator_stays(start_demo):
    d = start_demo()
    assert "last administrator" in refused(d, "role", "revoke", "admin",
                                           "admin")
    assert "last administrator" in refused(d, "user", "disable", "admin")
    assert "last administrator" in refused(d, "permission", "deny", "user",
                                           "admin", "manage")


def test_the_last_administrator_by_an_entry_stays(start_demo):
    d = start_demo()
    waits = lambda *words: int(re.search(
        r"role confirm (\d+)", d.cli(*words).stdout)[1])
    secret = d.dir.parent / "password"
    secret.write_text("another password\n")
    d.cli("user", "add", "carol", "--new-password-file", secret)
    change = waits("permission", "allow", "user", "carol", "manage")
    # Whoever is about to become an administrator is as good as one.
    assert "role confirm" in d.cli("user", "passwd", "carol",
                                   "--new-password-file", secret).stdout
    d.cli("role", "confirm", change, "--as", "auditor")
    change = waits("role", "revoke", "admin", "admin")
    d.cli("role", "confirm", change, "--as", "auditor")
    assert "last administrator" in refused(d, "user", "disable", "carol",
                                           "--as", "carol",
                                           "--password-file", secret)


def test_who_could_confirm_cannot_all_be_shut_out(start_demo):
    d = start_demo()
    assert "last who could confirm" in refused(d, "user", "disable",
                                               "auditor")
    d.cli("role", "confirm", change(d, "role", "grant", "bob", "auditor"),
          "--as", "auditor")
    number = number_of(d.cli("user", "disable", "auditor"))
    for who in ["admin", "auditor"]:
        refused(d, "role", "confirm", number, "--as", who)
    d.cli("role", "confirm", number, "--as", "bob")
    assert "last who could confirm" in refused(d, "user", "disable", "bob")
    # Another account of the same person is no second person.
    d.cli("role", "confirm",
          number_of(d.cli("user", "disable", "auditor", "--enable")),
          "--as", "bob")
    d.cli("role", "confirm", change(d, "user", "link", "admin", "bob"),
          "--as", "auditor")
    assert "last who could confirm" in refused(d, "user", "disable",
                                               "auditor")


def test_nobody_with_a_role_is_shut_out_by_one_administrator(start_demo):
    d = start_demo()
    number = number_of(d.cli("user", "disable", "officer"))
    asked = d.submit_id(make_csr()[0])
    d.cli("request", "issue", asked, "--as", "officer")     # still there
    assert "yourself" in refused(d, "role", "confirm", number, "--as",
                                 "admin")
    d.cli("role", "confirm", number, "--as", "auditor")
    p = d.cli("request", "issue", d.submit_id(make_csr()[0]), "--as",
              "officer", check=False)
    assert p.returncode == 1 and "disabled" in p.stderr
    # Who holds no role is shut out at once.
    assert "role confirm" not in d.cli("user", "disable", "bob").stdout


def test_a_group_stays_as_the_second_person_saw_it(start_demo):
    # Who joins between asking and confirming would get the right unseen.
    d = start_demo()
    d.cli("group", "add", "helpers")
    d.cli("group", "add", "helpers", "alice")
    number = change(d, "permission", "allow", "group", "helpers", "issue")
    assert number_of(d.cli("group", "add", "helpers", "bob"))
    d.cli("role", "confirm", number, "--as", "auditor")
    assert d.json("group", "show", "helpers")["members"] == ["alice"]
    p = d.cli("request", "issue", d.submit_id(make_csr()[0]), "--as", "bob",
              check=False)
    assert p.returncode == 1


def test_a_member_of_a_group_about_to_get_a_right_is_guarded(start_demo,
                                                             tmp_path):
    # Else one administrator knew a password of the officer to be.
    d = start_demo()
    secret = tmp_path / "password"
    secret.write_text("another password\n")
    d.cli("group", "add", "helpers")
    d.cli("group", "add", "helpers", "alice")
    number = change(d, "permission", "allow", "group", "helpers", "issue")
    assert number_of(d.cli("user", "passwd", "alice", "--new-password-file",
                           secret))
    d.cli("user", "passwd", "bob", "--new-password-file", secret)
    d.cli("role", "cancel", number)


def test_each_edit_that_waits_is_one_of_its_own(start_demo):
    d = start_demo()
    edit = ("user", "change", "officer", "--mail")
    first = number_of(d.cli(*edit, "o1@example.com"))
    assert number_of(d.cli(*edit, "o2@example.com")) != first
    assert "waits already" in refused(d, *edit, "o1@example.com")


def test_whom_it_concerns_does_not_cancel(start_demo):
    d = start_demo()
    confirmed(d, "role", "grant", "bob", "admin")
    number = change(d, "role", "revoke", "bob", "admin")
    assert "concerns you" in refused(d, "role", "cancel", number, "--as",
                                     "bob")
    d.cli("role", "confirm", number, "--as", "auditor")
    assert held(d)["bob"] == "enrollee"
    d.cli("role", "cancel", change(d, "role", "revoke", "auditor",
                                   "auditor"))     # by who asked


def test_one_name_in_the_domain_is_one_account(start_demo):
    d = start_demo()
    d.cli("user", "add", "carol", "--no-password", "--upn", "carol@example")
    assert "belongs to carol" in refused(
        d, "user", "add", "mallory", "--no-password", "--upn",
        "Carol@EXAMPLE")


def test_names_of_an_account_change(start_demo):
    d = start_demo()
    told = lambda name: next(r for r in d.json("user", "list")["rows"]
                             if r["name"] == name)
    before = told("alice")
    d.cli("user", "change", "alice", "--mail", "a@new.example")
    assert told("alice")["mail"] == "a@new.example"
    # It would be given certificates for alice's mail.
    for words in [("change", "bob"), ("add", "mallory", "--no-password")]:
        assert "belongs to alice" in refused(
            d, "user", *words, "--mail", "A@NEW.example")
    assert told("alice")["display_name"] == before["display_name"]
    d.cli("user", "change", "alice", "--mail", "", "--display-name",
          "Alice A.", "--upn", "alice@corp.example")
    assert told("alice")["mail"] == ""
    assert told("alice")["display_name"] == "Alice A."
    assert "belongs to alice" in refused(d, "user", "change", "bob", "--upn",
                                         "ALICE@corp.example")
    for more, word in [((), "what is to change"),
                       (("--mail", "a\nb"), "cannot be shown")]:
        p = d.cli("user", "change", "bob", *more, check=False)
        assert p.returncode == 2 and word in p.stderr
    refused(d, "user", "change", "nobody", "--mail", "a@b.example")
    # Of who holds a role: a second person sees the name, whatever its length.
    number = number_of(d.cli("user", "change", "officer", "--upn",
                             "root@corp.example"))
    [row] = waiting(d)
    assert row["id"] == number and "root@corp.example" in row["what"]
    assert "yourself" in refused(d, "role", "confirm", number, "--as",
                                 "admin")
    # Taken meanwhile: asked again when it is confirmed.
    d.cli("user", "change", "bob", "--upn", "root@corp.example")
    assert "belongs to bob" in refused(d, "role", "confirm", number, "--as",
                                       "auditor")
    d.cli("user", "change", "bob", "--upn", "")
    d.cli("role", "confirm", number, "--as", "auditor")
    assert "belongs to officer" in refused(
        d, "user", "change", "bob", "--upn", "root@corp.example")
    assert "too long" in refused(
        d, "user", "change", "officer", "--mail", "a" * 240 + "@b.example",
        "--display-name", "x" * 250, "--upn", "evil@corp.example")


def test_a_linked_account_does_not_confirm_for_its_group(start_demo):
    # The auditor's other account is in the group that gets a right.
    d = start_demo()
    d.cli("group", "add", "helpers")
    d.cli("group", "add", "helpers", "alice")
    confirmed(d, "role", "grant", "bob", "auditor")
    d.cli("role", "confirm", change(d, "user", "link", "alice", "auditor"),
          "--as", "bob")
    number = change(d, "permission", "allow", "group", "helpers", "issue")
    assert "concerns you" in refused(d, "role", "confirm", number, "--as",
                                     "auditor")
    d.cli("role", "confirm", number, "--as", "bob")


def test_the_password_of_an_officer(roles, tmp_path):
    d = roles
    secret = tmp_path / "password"
    secret.write_text("another password\n")
    p = d.cli("user", "passwd", "officer2", "--new-password-file", secret)
    number = int(re.search(r"role confirm (\d+)", p.stdout)[1])
    signed_in = lambda: d.session("officer2", "another password").get(
        d.url + "/certsrv/officer/").status_code
    assert signed_in() == 401
    d.cli("role", "confirm", number)
    assert signed_in() == 200


def test_deny_wins_over_role_and_group(roles):
    d = roles
    d.cli("group", "add", "staff", "--description", "people who ask")
    d.cli("group", "add", "staff", "officer")
    assert d.json("group", "show", "staff")["members"] == ["officer"]
    assert not enrolls(d, "officer")
    d.cli("permission", "allow", "group", "staff", "enroll")
    assert enrolls(d, "officer")
    d.cli("permission", "deny", "user", "officer", "enroll")
    assert not enrolls(d, "officer")
    d.cli("permission", "remove", "user", "officer", "enroll")
    assert enrolls(d, "officer")
    rows = d.json("permission", "list")["rows"]
    assert rows == [{"template": None, "deny": False, "kind": "group",
                     "name": "staff", "rights": "enroll"}]
    assert "remove those first" in refused(d, "group", "remove", "staff")
    # A denied role is no role.
    number = d.submit_id(make_csr()[0])
    confirmed(d, "permission", "deny", "user", "officer", "issue")
    p = d.cli("request", "issue", number, "--as", "officer", check=False)
    assert p.returncode == 1 and "officer" in p.stderr
    confirmed(d, "permission", "remove", "user", "officer", "issue")
    d.cli("request", "issue", number, "--as", "officer")


def test_restrictions(roles):
    d = roles
    number = d.submit_id(make_csr()[0])
    d.cli("restriction", "allow", "officer", "officer", "--for-user", "bob")
    [row] = d.json("restriction", "list")["rows"]
    assert (row["kind"], row["name"], row["target"]) == (
        "officer", "officer", "bob")
    # One row makes rows necessary for everybody.
    for who in ["officer", "officer2"]:
        assert "restriction" in refused(d, "request", "issue", number,
                                        "--as", who)
    d.cli("group", "add", "ours")
    d.cli("group", "add", "ours", "alice")
    d.cli("restriction", "allow", "officer", "officer2", "--for-group",
          "ours")
    assert "restriction" in refused(d, "request", "deny", number,
                                    "--reason", "no", "--as", "officer")
    d.cli("request", "issue", number, "--as", "officer2")
    for row in d.json("restriction", "list")["rows"]:
        d.cli("restriction", "remove", row["id"])
    d.cli("request", "issue", d.submit_id(make_csr()[0]), "--as", "officer")


def test_two_persons_approve(start_demo):
    d = start_demo(ca_lines=["approvals: 2"])
    d.cli("user", "add", "officer3", "--role", "officer", "--no-password")
    [row] = waiting(d)
    d.cli("role", "confirm", row["id"])
    number = d.submit_id(make_csr()[0])
    assert "1 of 2" in d.cli("request", "issue", number, "--as",
                             "officer").stdout
    assert "another person" in refused(d, "request", "issue", number, "--as",
                                       "officer")
    row = d.row(number)
    assert row["approvals_needed"] == 2
    assert [a["who"] for a in row["approvals"]] == ["officer"]
    assert row["disposition"] == "pending"
    page = d.get(f"/certsrv/officer/request.asp?ReqID={number}", "officer2")
    assert "1 of 2 approvals: officer" in page.text
    # Two accounts of one person are one person.
    confirmed(d, "user", "link", "officer", "officer3")
    assert {r["name"] for r in d.json("user", "links")["rows"]} == {
        "officer", "officer3"}
    refused(d, "request", "issue", number, "--as", "officer3")
    d.cli("request", "issue", number, "--as", "officer2")
    assert d.certificate(number).startswith(b"-----BEGIN CERTIFICATE")
    assert len([r for r in events(d, "approve")
                if r["request"] == number]) == 2
    d.assert_audit_is_good()


def test_a_changed_certificate_needs_new_approvals(start_demo):
    d = start_demo(ca_lines=["approvals: 2"])
    number = d.submit_id(make_csr()[0])
    d.cli("request", "issue", number, "--as", "officer")
    d.stop()
    d.configure(replace=[("\n  validity_days: 365", "\n  validity_days: 200")])
    d.start()
    assert [a["lapsed"] for a in d.row(number)["approvals"]] == [True]
    assert "1 of 2" in d.cli("request", "issue", number, "--as",
                             "officer2").stdout
    assert [r["request"] for r in events(d, "approval-lapse")] == [number]
    d.cli("request", "issue", number, "--as", "officer")
    d.certificate(number)


def test_nobody_decides_on_the_request_of_a_linked_account(start_demo):
    d = start_demo()
    confirmed(d, "user", "link", "alice", "officer")
    number = d.submit_id(make_csr()[0])
    assert "linked" in refused(d, "request", "issue", number, "--as",
                               "officer")
    assert "linked" in refused(d, "request", "deny", number, "--reason", "no",
                               "--as", "officer")
    d.cli("request", "issue", number, "--as", "officer2")
    assert "linked" in refused(d, "certificate", "revoke", number, "--as",
                               "officer")


def test_officers_of_an_enterprise_need_a_row(start_demo):
    d = start_demo("--ca-type", "enterprise")
    [row] = d.json("restriction", "list")["rows"]
    assert (row["kind"], row["group"], row["name"], row["template"],
            row["for"]) == ("officer", True, "officers", "*", "anybody")
    outside = make_csr("/CN=www.elsewhere.example")[0]
    number = d.submit_id(outside, attributes="CertificateTemplate:WebServer")
    may = lambda: d.json("request", "show", number, "--as",
                         "officer")["may_not"]
    assert d.row(number)["disposition"] == "pending"
    assert may() == ""
    d.cli("restriction", "remove", row["id"])
    assert "restriction" in may()


def test_single_person_is_said(start_demo):
    d = start_demo(replace=[("separation: roles", "separation: single-person")])
    got = d.json("role", "grant", "admin", "officer")
    assert not got["waits"] and got["change"] is None
    assert held(d)["admin"] == "officer, admin"
    assert "single-person" in d.cli("status").stdout
