#include "../unit.h"
#include "world.h"

#include "base/str.h"

static struct ca_template *
read_template(const char *text)
{
	static struct ca_template_findings found;
	struct ca_template *t = NULL;
	struct err err = { 0 };

	if (ca_template_read(bytes_str(text), "x.yaml", &t, &found, &err) < 0)
		fail_msg("%s", err.text);
	if (!t)
		fail_msg("%s\n%s", found.list[0].text, text);
	return t;
}

static void
set_alice(struct ca_facts *f)
{
	assert_true(identity_set(
	    &f->who.identity, IDENTITY_REALM_LOCAL, "alice", IDENTITY_NONE, 0));
	identity_owner(&f->who.identity, f->who.owner);
	identity_display(&f->who.identity, f->who.display);
	f->caller_roles = ROLE_ENROLLEE;
	f->caller.owner = f->caller.account = f->who.owner;
	memcpy(f->target.owner, f->who.owner, sizeof(f->target.owner));
	f->target_is = f->caller;
	f->target_found = true;
	f->target.name = "alice";
	f->target.display_name = "Alice A.";
	f->target.mail = "alice@example.com";
	f->target.upn = "alice@corp.example";
	f->target.dns = f->target.sid = "";
}

void
world_begin(struct world *w, const char *const *templates, size_t n)
{
	memset(w, 0, sizeof(*w));
	assert_true(n <= WORLD_TEMPLATES);
	for (size_t i = 0; i < n; i++) {
		w->t[i] = read_template(templates[i]);
		w->rows[i] = (struct ca_template_row){ w->t[i], true, NULL, 0 };
	}
	w->set = (struct ca_template_set){ .rows = w->rows, .n = n };
	w->config = (struct ca_config){ .name = "Test CA",
		.validity = 365 * 86400,
		.host = "ca.example",
		.enterprise = true,
		.renewal_grace = WORLD_GRACE,
		.issue_override = "" };
	w->facts = (struct ca_facts){ .now = WORLD_NOW, .templates = &w->set };
	set_alice(&w->facts);
	buf_init(&w->der, PKI_REQUEST_MAX);
	ca_policy_init(&w->result);
}

void
world_end(struct world *w)
{
	for (size_t i = 0; i < w->set.n; i++)
		ca_template_free(w->t[i]);
	ca_policy_clear(&w->result);
	buf_clear(&w->der);
}

void
world_parse(struct world *w)
{
	struct err err = { 0 };

	if (pki_request_parse(buf_bytes(&w->der), &w->request, &err) < 0)
		fail_msg("%s", err.text);
}

void
world_message(struct world *w, const char *name)
{
	char file[64];

	(void)snprintf(file, sizeof(file), "%s.der", name);
	vectors_read("good", file, &w->der);
	world_parse(w);
}

void
world_ask(struct world *w, const char *template)
{
	w->attrs.n = template ? 1 : 0;
	if (template)
		w->attrs.list[0] =
		    (struct pki_attr){ BYTES_LIT("certificateTEMPLATE"),
			    bytes_str(template) };
}

/* A denial has its number and a sentence, and nobody forgets either. */
static void
check_result(const struct ca_policy_result *r)
{
	char start[64];

	assert_true(r->message[0] && r->sentence[0]);
	assert_int_equal(r->verdict == CA_VERDICT_DENY, r->code != ERR_OK);
	if (r->verdict == CA_VERDICT_DENY) {
		(void)snprintf(start, sizeof(start),
		    "Denied by Policy Module  0x%08X, ", err_hresult(r->code));
		assert_true(str_has_prefix(r->message, start));
		assert_non_null(strstr(r->message, r->sentence));
	} else {
		assert_string_equal(r->message, r->verdict == CA_VERDICT_ISSUE
						    ? "Issued"
						    : "Taken Under Submission");
		assert_true(r->validity > 0);
	}
}

void
world_decide(struct world *w)
{
	struct err err = { 0 };
	const struct ca_policy_ask ask = { .config = &w->config,
		.request = &w->request,
		.csr = &w->request.csr,
		.attrs = &w->attrs,
		.facts = w->standalone ? NULL : &w->facts,
		.now = WORLD_NOW,
		.issuer = w->issuer,
		.decided = w->decided };

	ca_policy_clear(&w->result);
	ca_policy_init(&w->result);
	if (ca_policy_decide(&ask, &w->result, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(pki_ext_check(buf_bytes(&w->result.granted), &err), 0);
	check_result(&w->result);
}

const struct ca_template_row *
world_row(struct world *w, const char *name)
{
	for (size_t i = 0; i < w->set.n; i++)
		if (str_eq_ci(w->rows[i].t->name, name))
			return &w->rows[i];
	fail_msg("no template %s", name);
	return NULL;
}
