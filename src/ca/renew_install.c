/* renew_install.c - CA_INSTALL: the certificate that another CA signed for
 * this one, and those above it.
 *
 * Who is above is the administrator's decision: the root is trusted because he
 * gives it. Everything else is checked before anything changes. */
#include "ca/renew.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/handlers.h"
#include "ca/init.h"
#include "pki/ext.h"
#include "pki/name.h"
#include "pki/path.h"

#include <stdio.h>

struct install {
	struct ca_successor next; /* first: its change is applied */
	struct ca_worker *w;
	const struct ca_generations *set; /* or NULL */
	const struct ca_generation *now;  /* or NULL */
	struct rpc_sign_msg *msg;
	const struct rpc_sign_status *status;
	/* What was given, and what is above this CA already. */
	struct bytes bag[PKI_PATH_BAG_MAX], anchors[PKI_PATH_BAG_MAX];
	size_t bag_n, anchor_n;
	struct pki_cert cert; /* for this CA */
	struct pki_path path;
	struct store_ca_link links[CA_ISSUERS_MAX];
	uint8_t digest[PKI_DIGEST_MAX];
	char detail[160];
};

#define REFUSE(err, ...) err_set(err, ERR_POLICY, __VA_ARGS__)

/* --- what there is -------------------------------------------------------- */

static int
put_in_bag(struct install *in, struct bytes der, struct err *err)
{
	struct pki_cert cert;

	if (in->bag_n == PKI_PATH_BAG_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "These are more than %d certificates.", PKI_PATH_BAG_MAX);
	if (pki_cert_parse(der, &cert, err) < 0)
		return err_wrap(err, "one of the certificates");
	in->bag[in->bag_n++] = der;
	if (bytes_eq(cert.issuer, cert.subject))
		in->anchors[in->anchor_n++] = der;
	return 0;
}

static int
fill_bag(struct install *in, struct bytes certs, struct err *err)
{
	struct der list = der_of(certs);

	while (!der_done(&list)) {
		struct der all;

		if (der_next(&list, DER_SEQUENCE, &all, NULL) < 0)
			return err_set(err, ERR_BAD_DATA,
			    "What was given are not certificates one after "
			    "the other.");
		if (put_in_bag(in, der_bytes(all), err) < 0)
			return -1;
	}
	for (size_t i = 0; in->now && i < in->now->issuer_n; i++)
		if (put_in_bag(in, in->now->issuers[i], err) < 0)
			return -1;
	return 0;
}

static const struct rpc_sign_key *
key_of(const struct install *in, struct bytes spki)
{
	for (size_t i = 0; i < in->status->key_count; i++)
		if (bytes_eq(in->status->keys[i].spki, spki))
			return &in->status->keys[i];
	return NULL;
}

static bool
is_there(const struct install *in, struct bytes der)
{
	for (size_t i = 0; in->set && i < in->set->n; i++)
		if (bytes_eq(in->set->list[i].der, der))
			return true;
	return false;
}

/* The one whose key the signer has. */
static int
find_own(struct install *in, uint32_t *ret_key, struct err *err)
{
	bool known = false;

	for (size_t i = 0; i < in->bag_n; i++) {
		const struct rpc_sign_key *key;

		if (pki_cert_parse(in->bag[i], &in->cert, err) < 0)
			return -1;
		key = key_of(in, in->cert.spki);
		if (!key)
			continue;
		known = true;
		if (is_there(in, in->bag[i]))
			continue;
		*ret_key = key->index;
		return 0;
	}
	if (known)
		return err_set(err, ERR_EXISTS,
		    "This certificate is in place already. Nothing was "
		    "changed.");
	return REFUSE(err, "None of these certificates is for a key of this "
			   "CA. Nothing was changed.");
}

/* --- checks --------------------------------------------------------------- */

static int
check_key(const struct install *in, uint32_t key, struct err *err)
{
	uint32_t index = in->now ? in->now->index + 1 : 0;

	if (index >= RPC_GENERATIONS_MAX)
		return err_set(err, ERR_LIMIT,
		    "A CA has at most %d certificates. Nothing was changed.",
		    RPC_GENERATIONS_MAX);
	/* The newest key, or the one that waits. */
	if (key == index || (in->now && key == in->now->key_index))
		return 0;
	return REFUSE(err,
	    "The certificate is for key %u, which was "
	    "superseded. Nothing was changed.",
	    key);
}

static int
check_name(const struct install *in, struct err *err)
{
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_NAME_MAX);
	AUTO_BUF want = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);
	AUTO_BUF got = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);

	if (in->now)
		buf_add_bytes(&name, in->now->cert.subject);
	else if (ca_init_name(in->w->ca->config, &name, err) < 0)
		return -1;
	if (bytes_eq(buf_bytes(&name), in->cert.subject))
		return 0;
	pki_name_text(buf_bytes(&name), &want);
	pki_name_text(in->cert.subject, &got);
	return REFUSE(err,
	    "The certificate is for \"%.200s\", this CA is "
	    "\"%.200s\" (in these very bytes). Nothing was "
	    "changed.",
	    buf_str(&got), buf_str(&want));
}

static int
check_form(const struct install *in, struct err *err)
{
	const struct pki_cert *c = &in->cert;
	const uint16_t need = PKI_KU_CERT_SIGN | PKI_KU_CRL_SIGN;
	struct pki_ext ext;
	uint16_t usage = 0;
	bool is_ca = false;
	int path = -1;

	if (pki_ext_find(c->extensions, PKI_OID_BASIC_CONSTRAINTS, &ext) &&
	    pki_ext_basic(ext.value, &is_ca, &path, err) < 0)
		return -1;
	if (!is_ca)
		return REFUSE(err, "The certificate is not that of a CA (basic "
				   "constraints). Nothing was changed.");
	if (!pki_ext_find(c->extensions, PKI_OID_KEY_USAGE, &ext) ||
	    pki_ext_key_usage(ext.value, &usage, err) < 0 ||
	    (usage & need) != need)
		return REFUSE(err, "The certificate does not let its key sign "
				   "certificates and CRLs (key usage). Nothing "
				   "was changed.");
	if (!pki_ext_find(c->extensions, PKI_OID_SKI, &ext))
		return REFUSE(err, "The certificate has no subject key "
				   "identifier. Nothing was changed.");
	return 0;
}

static int
check_dates(const struct install *in, uint32_t key, struct err *err)
{
	const struct pki_cert *c = &in->cert;
	int64_t now = clock_now();

	if (c->not_before > now + in->w->ca->config->clock_skew)
		return REFUSE(err, "The certificate is not valid yet. Nothing "
				   "was changed; install it when it is.");
	if (c->not_after <= now)
		return REFUSE(
		    err, "The certificate has expired. Nothing was changed.");
	if (in->now && key == in->now->key_index &&
	    c->not_after < in->now->cert.not_after)
		return REFUSE(err, "The certificate ends before the one it "
				   "would follow. Nothing was changed.");
	return 0;
}

/* Between an issuer, the n-th above, and what this CA issues are n CAs. */
static int
check_path_length(const struct install *in, size_t n, struct err *err)
{
	struct pki_cert issuer;
	struct pki_ext ext;
	bool is_ca;
	int path = -1;

	if (pki_cert_parse(in->path.certs[n], &issuer, err) < 0)
		return -1;
	if (pki_ext_find(issuer.extensions, PKI_OID_BASIC_CONSTRAINTS, &ext) &&
	    pki_ext_basic(ext.value, &is_ca, &path, err) < 0)
		return -1;
	if (path < 0 || (size_t)path >= n)
		return 0;
	return REFUSE(err,
	    "A CA above this one may have %d CAs below it in a "
	    "chain (path length), so nothing this CA issues "
	    "would be valid. Nothing was changed.",
	    path);
}

static int
check_chain(struct install *in, struct err *err)
{
	const struct pki_path_ask ask = { .leaf = in->cert.der,
		.bag = in->bag,
		.n_bag = in->bag_n,
		.anchors = in->anchors,
		.n_anchors = in->anchor_n,
		.time = clock_now() };

	if (in->anchor_n == 0)
		return REFUSE(err, "The root is missing: give the certificates "
				   "above this CA with it. Nothing was "
				   "changed.");
	if (pki_path_find(&ask, &in->path, err) < 0)
		return err_wrap(err, "No chain leads from the certificate to a "
				     "root that was given; nothing was "
				     "changed");
	for (size_t i = 1; i < in->path.n; i++)
		if (check_path_length(in, i, err) < 0)
			return -1;
	return 0;
}

/* --- and done ------------------------------------------------------------- */

static int
tell_signer(struct install *in, uint32_t key, struct err *err)
{
	struct rpc_sign_install ask = { .key_index = key, .tbs = in->cert.tbs };
	const struct rpc_sign_signature *answer;
	AUTO(rpc_sign_msg) msg = NULL;
	struct ca_audit_head head;

	ca_audit_durable(in->w->ca->commit, &head);
	ask.audit_sequence = head.sequence;
	if (head.sequence > 0)
		ask.audit_hash = BYTES_OF(head.hash);
	if (rpc_sign_install(in->w->ca->signer, &ask, &msg, &answer, err) < 0)
		return -1;
	if (answer->err_code == ERR_OK)
		return 0;
	return err_set(
	    err, err_code_from(answer->err_code), "%s", answer->err_text);
}

static int
prepare(struct install *in, uint32_t key, struct err *err)
{
	struct ca_successor *s = &in->next;
	uint32_t index = in->now ? in->now->index + 1 : 0;
	size_t n;

	for (uint32_t i = 1; i < in->path.n; i++)
		in->links[s->add.link_n++] =
		    (struct store_ca_link){ STORE_CA_ISSUER, index, i - 1,
			    in->path.certs[i] };
	s->add.cert = (struct store_ca_cert){ index, key, in->cert.der, 0 };
	s->add.links = in->links;
	if (pki_tools_hash(in->w->tools, PKI_HASH_SHA256,
		in->path.certs[in->path.n - 1], in->digest, &n, err) < 0)
		return -1;
	(void)snprintf(in->detail, sizeof(in->detail),
	    "certificate %u of the CA, key %u, signed by another CA; root ",
	    index, key);
	str_hex(in->detail + strlen(in->detail), bytes_of(in->digest, 32));
	s->events[s->event_n++] =
	    (struct ca_audit_event){ .event = CA_EVENT_INSTALL,
		    .detail = in->detail };
	(void)snprintf(s->sentence, sizeof(s->sentence),
	    "The CA has certificate %u, V%u.%u. Compare the SHA-256 of the "
	    "root above it: ",
	    index, index, key);
	str_hex(s->sentence + strlen(s->sentence), bytes_of(in->digest, 32));
	return 0;
}

static int
install(struct install *in, struct bytes certs, struct err *err)
{
	uint32_t key = 0;

	if (in->now && ca_generation_is_root(in->now))
		return REFUSE(err, "This CA is a root, which signs its own "
				   "certificate (opencertsrv ca renew).");
	if (rpc_sign_status(in->w->ca->signer, &in->msg, &in->status, err) <
		0 ||
	    fill_bag(in, certs, err) < 0 || find_own(in, &key, err) < 0 ||
	    check_key(in, key, err) < 0 || check_name(in, err) < 0 ||
	    check_form(in, err) < 0 || check_dates(in, key, err) < 0 ||
	    check_chain(in, err) < 0 || prepare(in, key, err) < 0 ||
	    tell_signer(in, key, err) < 0)
		return -1;
	return ca_successor_commit(in->w, in->set, &in->next, err);
}

void
ca_install_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_ca_install *ask = call->ask;
	struct install *in = calloc(1, sizeof(*in));
	struct err err = { 0 };

	if (!in) {
		(void)err_set(&err, ERR_NO_MEMORY, "a certificate");
		ca_call_fail(call, &err);
		return;
	}
	in->w = w;
	in->set = ca_generations_take(w->ca);
	in->now = in->set ? ca_generations_current(in->set) : NULL;
	in->next.who = &call->who;
	if (install(in, ask->certs, &err) < 0) {
		ca_call_fail(call, &err);
	} else {
		ca_successor_publish(w, &in->next);
		ca_call_reply(call, &in->next.reply);
	}
	rpc_sign_msg_free(in->msg);
	ca_generations_release(w->ca, in->set);
	free(in);
}
