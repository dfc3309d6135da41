/* certcarc.asp and what can be downloaded: certnew.cer, certnew.p7b,
 * certcrl.crl. */
#include "web/language.h"
#include "web/view.h"

#include "base/clock.h"
#include "base/str.h"
#include "pki/der.h"
#include "pki/pem.h"
#include "pki/pkcs7.h"

#include <openssl/sha.h>

/* Compared for equality by programs: no parameters (certsrv-http 4.3). */
#define TYPE_CERT      "application/pkix-cert"
#define TYPE_CHAIN     "application/x-pkcs7-certificates"
#define TYPE_CRL       "application/pkix-crl"
#define TYPE_INST_CA   "application/x-x509-ca-cert"
#define TYPE_INST_USER "application/x-x509-user-cert"

#define CHAIN_MAX (2 * RPC_CERT_MAX + RPC_CHAIN_MAX + 1024)
#define CHAIN_N   16
#define TEXT_MAX  (2 * RPC_CRL_MAX)

/* --- the page ------------------------------------------------------------ */

static const char *
sha1_text(struct web_ask *ask, struct bytes der)
{
	uint8_t hash[SHA_DIGEST_LENGTH];
	char hex[2 * sizeof(hash) + 1];

	(void)SHA1(der.p, der.n, hash);
	str_hex(hex, BYTES_OF(hash));
	return web_text(ask, "%s", hex);
}

/* "Current [Name]", "Previous [Name(1)]": in English a program's word. */
static const char *
label(struct web_ask *ask, const struct rpc_generation *g, bool current)
{
	const char *name = ask->ca->info.name;
	const char *which =
	    web_tr(ask, current ? MSG("Current") : MSG("Previous"));

	return g == ask->ca->info.generations
		   ? web_text(ask, "%s [%s]", which, name)
		   : web_text(ask, "%s [%s(%u)]", which, name, g->index);
}

static struct view_list
list(struct web_ask *ask, uint64_t number, int64_t from, int64_t until)
{
	if (!number)
		return (struct view_list){ .number = NULL };
	return (struct view_list){ .number = web_num(ask, number),
		.from = view_time(ask, from),
		.until = view_time(ask, until),
		.late = until < clock_now() };
}

static struct view_list
old_list(
    struct web_ask *ask, const struct rpc_generation *g, enum rpc_crl_type type)
{
	AUTO(web_crl) crl = NULL;
	struct err none;

	if (web_copy_crl(ask->web->copy, g->index, type, &crl, &none) < 0)
		return (struct view_list){ .number = NULL };
	return list(
	    ask, crl->crl.number, crl->crl.this_update, crl->crl.next_update);
}

/* Lists of keys that were used before: each with its newest certificate. */
static void
add_old_lists(struct web_ask *ask, size_t i, struct view_generation *v)
{
	const struct rpc_ca_info *info = &ask->ca->info;
	const struct rpc_generation *g = &info->generations[i];

	if (i + 1 == info->generation_count ||
	    g->key_index == info->generations[i + 1].key_index)
		return;
	v->base = old_list(ask, g, RPC_CRL_BASE);
	v->delta = old_list(ask, g, RPC_CRL_DELTA);
}

static const struct view_cross *
crosses(struct web_ask *ask)
{
	const struct rpc_ca_info *info = &ask->ca->info;
	struct view_cross *first = NULL, *v;

	for (size_t i = info->cross_count; i-- > 0;) {
		if ((v = web_alloc(ask, sizeof(*v))) == NULL)
			return NULL;
		*v = (struct view_cross){ first, info->crosses[i].from,
			info->crosses[i].to };
		first = v;
	}
	return first;
}

static const struct view_generation *
generations(struct web_ask *ask)
{
	const struct rpc_ca_info *info = &ask->ca->info;
	struct view_generation *first = NULL, *v;
	const struct rpc_generation *g;
	size_t i, n = info->generation_count;

	for (i = 0; i < n; i++) {
		g = &info->generations[i];
		if ((v = web_alloc(ask, sizeof(*v))) == NULL)
			return NULL;
		v->index = g->index;
		v->backwards = (uint32_t)(n - 1 - i);
		v->current = i == n - 1;
		v->label = label(ask, g, v->current);
		v->subject = g->subject;
		v->from = view_date(ask, g->not_before);
		v->until = view_date(ask, g->not_after);
		v->sha256 = view_sha256(ask, g->cert);
		v->sha1 = sha1_text(ask, g->cert);
		v->bar = view_bar(ask, web_text(ask, "life-%u", g->index),
		    g->not_before, g->not_after, clock_now());
		add_old_lists(ask, i, v);
		/* The newest comes first. */
		v->next = first;
		first = v;
	}
	return first;
}

void
web_page_ca(struct web_ask *ask)
{
	struct page_ca p = { .http_url = ask->web->http_url };
	const struct rpc_ca_info *info;
	struct err err;

	if (!ask->ca) {
		(void)err_set(&err, ERR_UNAVAILABLE,
		    MSG("The certification authority is not answering, and "
			"there "
			"is no copy of its certificate here yet."));
		web_error(ask, WEB_MODE_SHOW, &err);
		return;
	}
	info = &ask->ca->info;
	p.generations = generations(ask);
	p.renewals = (uint32_t)info->generation_count - 1;
	p.base = list(ask, info->crl_number, info->crl_this_update,
	    info->crl_next_update);
	p.delta = list(ask, info->delta_number, info->delta_this_update,
	    info->delta_next_update);
	p.crosses = crosses(ask);
	web_frame(ask,
	    MSG("Download a CA certificate, certificate chain, or CRL"), &p.f);
	p.f.at_ca = true;
	WEB_SEND(ask, 200, ca, &p);
}

/* --- downloads ----------------------------------------------------------- */

struct download {
	const char *type;
	const char *name;
	const char *label; /* of PEM */
	bool der;
};

static void
send(struct web_ask *ask, const struct download *d, struct bytes content)
{
	AUTO_BUF text = BUF_WITH_LIMIT(TEXT_MAX);

	if (!d->der) {
		pki_pem_write(&text, d->label, content, PKI_PEM_CRLF);
		content = buf_bytes(&text);
	}
	web_send_file(ask, d->type, d->name, content);
}

static void
no_copy(struct web_ask *ask)
{
	struct err err;

	(void)err_set(&err, ERR_UNAVAILABLE,
	    MSG("The certification authority is not answering, and there is no "
		"copy of what you asked for here."));
	web_error(ask, WEB_MODE_FETCH, &err);
}

/* CrossFrom, CrossTo: indices of two certificates of the CA. */
static const struct rpc_cross *
cross(struct web_ask *ask)
{
	const struct rpc_ca_info *info = ask->ca ? &ask->ca->info : NULL;
	uint64_t from, to;

	if (info && str_u64(web_field(ask, "CrossFrom"), UINT32_MAX, &from) &&
	    str_u64(web_field(ask, "CrossTo"), UINT32_MAX, &to))
		for (size_t i = 0; i < info->cross_count; i++)
			if (info->crosses[i].from == from &&
			    info->crosses[i].to == to)
				return &info->crosses[i];
	return NULL;
}

/* The CA's own certificate; NULL when the refusal is written. */
static const struct rpc_generation *
ca_certificate(struct web_ask *ask)
{
	const struct rpc_generation *g =
	    ask->ca ? web_ca_generation(ask->ca, view_renewal(ask)) : NULL;

	if (!g)
		no_copy(ask);
	else
		web_mark_copy(ask);
	return g;
}

/* An issued certificate; false when the refusal is written. */
static bool
certificate(struct web_ask *ask, const struct rpc_result **ret)
{
	struct rpc_retrieve what = {
		.identity = ask->auth.identity,
		.reason = "",
	};
	AUTO(rpc_msg) msg = NULL;
	struct err err;

	if (!view_req_id(web_field(ask, "ReqID"), &what.id)) {
		web_error_unknown(ask, WEB_MODE_FETCH);
		return false;
	}
	if (rpc_do_RETRIEVE(ask->web->ca, &what, &msg, ret, &err) < 0) {
		web_error(ask, WEB_MODE_FETCH, &err);
		return false;
	}
	web_keep(ask, TAKE(msg));
	if ((*ret)->cert.n)
		return true;
	web_error_result(ask, WEB_MODE_FETCH, *ret);
	return false;
}

void
web_page_cer(struct web_ask *ask)
{
	bool install = str_eq_ci(web_field(ask, "Mode"), "inst");
	bool of_ca = view_is_cacert(web_field(ask, "ReqID"));
	const struct rpc_generation *g;
	const struct rpc_cross *x;
	const struct rpc_result *r;
	struct download d = {
		.type = TYPE_CERT,
		.name = "certnew.cer",
		.label = "CERTIFICATE",
		.der = view_wants_der(ask, false),
	};

	if (install)
		d.type = of_ca ? TYPE_INST_CA : TYPE_INST_USER;
	if (of_ca && (x = cross(ask)) != NULL) {
		web_mark_copy(ask);
		send(ask, &d, x->cert);
	} else if (of_ca) {
		if ((g = ca_certificate(ask)) != NULL)
			send(ask, &d, g->cert);
	} else if (certificate(ask, &r)) {
		send(ask, &d, r->cert);
	}
}

static void
send_chain(struct web_ask *ask, const struct bytes *certs, size_t n)
{
	/* Programs read it as PEM only under this label (certsrv-http 4.3). */
	const struct download d = {
		.type = TYPE_CHAIN,
		.name = "certnew.p7b",
		.label = "CERTIFICATE",
		.der = view_wants_der(ask, false),
	};
	AUTO_BUF der = BUF_WITH_LIMIT(CHAIN_MAX);
	struct err err;

	if (pki_pkcs7_build(certs, n, NULL, 0, &der, &err) < 0)
		web_error(ask, WEB_MODE_FETCH, &err);
	else
		send(ask, &d, buf_bytes(&der));
}

/* A certificate of the CA and those above it, to the root. */
static size_t
add_chain(const struct rpc_generation *g, struct bytes *certs, size_t n)
{
	struct der list = der_of(g->issuers), all;

	certs[n++] = g->cert;
	while (n < CHAIN_N && !der_done(&list) &&
	       der_next(&list, DER_SEQUENCE, &all, NULL) == 0)
		certs[n++] = der_bytes(all);
	return n;
}

/* Response=full: what the CA says of the request, signed (RFC 5272). */
static void
full_response(struct web_ask *ask)
{
	const struct download d = {
		.type = "application/pkcs7-mime; smime-type=CMC-response",
		.name = "certnew.p7m",
		.label = "CMS",
		.der = view_wants_der(ask, false),
	};
	struct rpc_retrieve what = { .identity = ask->auth.identity,
		.reason = "" };
	const struct rpc_response *response;
	AUTO(rpc_msg) msg = NULL;
	struct err err;

	if (!view_req_id(web_field(ask, "ReqID"), &what.id))
		web_error_unknown(ask, WEB_MODE_FETCH);
	else if (rpc_do_RESPONSE(ask->web->ca, &what, &msg, &response, &err) <
		 0)
		web_error(ask, WEB_MODE_FETCH, &err);
	else
		send(ask, &d, response->der);
}

void
web_page_p7b(struct web_ask *ask)
{
	const struct rpc_generation *g;
	const struct rpc_result *r;
	struct bytes certs[CHAIN_N];

	if (view_is_cacert(web_field(ask, "ReqID"))) {
		if ((g = ca_certificate(ask)) != NULL)
			send_chain(ask, certs, add_chain(g, certs, 0));
		return;
	}
	if (str_eq_ci(web_field(ask, "Response"), "full")) {
		full_response(ask);
		return;
	}
	if (!certificate(ask, &r))
		return;
	g = ask->ca ? web_ca_generation(ask->ca, r->generation) : NULL;
	if (!g) {
		no_copy(ask);
		return;
	}
	/* Leaf first: some readers expect it there. */
	certs[0] = r->cert;
	send_chain(ask, certs, add_chain(g, certs, 1));
}

void
web_page_crl(struct web_ask *ask)
{
	const struct download d = {
		.type = TYPE_CRL,
		.name = "certcrl.crl",
		.label = "X509 CRL",
		.der = view_wants_der(ask, true),
	};
	enum rpc_crl_type type = str_eq_ci(web_field(ask, "Type"), "delta")
				     ? RPC_CRL_DELTA
				     : RPC_CRL_BASE;
	const struct rpc_generation *g;
	AUTO(web_crl) crl = NULL;
	struct err err;

	g = ask->ca ? web_ca_generation(ask->ca, view_renewal(ask)) : NULL;
	if (!g) {
		no_copy(ask);
		return;
	}
	if (web_copy_crl(ask->web->copy, g->index, type, &crl, &err) < 0) {
		web_error(ask, WEB_MODE_FETCH, &err);
		return;
	}
	web_mark_copy(ask);
	send(ask, &d, crl->crl.der);
}
