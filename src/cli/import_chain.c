/* import_chain.c - what came beside the certificates of the CA: of the CAs
 * above it, and of keys that did not come.
 */
#include "cli/import.h"

#include "base/str.h"
#include "pki/path.h"

static bool
is_self_issued(const struct pki_cert *c)
{
	return bytes_eq(c->issuer, c->subject);
}

/* Whoever signed this certificate, or NULL. */
static const struct cli_import_ca *
issuer_of(const struct cli_import *im, const struct pki_cert *cert)
{
	for (size_t i = 0; i < im->other_n; i++) {
		const struct cli_import_ca *o = &im->others[i];

		if (bytes_eq(o->cert.subject, cert->issuer) &&
		    pki_cert_verify(im->tools, cert, &o->key, NULL) == 0)
			return o;
	}
	return NULL;
}

bool
cli_import_chain(
    const struct cli_import *im, const struct cli_import_ca *g, struct buf *out)
{
	const struct pki_cert *at = &g->cert;

	for (size_t n = 1; n < PKI_PATH_MAX; n++) {
		const struct cli_import_ca *o;

		if (is_self_issued(at))
			return true;
		o = issuer_of(im, at);
		if (!o || out->n + o->cert.der.n > RPC_CHAIN_MAX)
			return false;
		buf_add_bytes(out, o->cert.der);
		at = &o->cert;
	}
	return is_self_issued(at);
}

static void
judge_other(struct cli_import *im, const struct cli_import_ca *o)
{
	char serial[2 * RPC_SERIAL_MAX + 3] = "";
	bool ours = bytes_eq(o->cert.subject, im->list[0].cert.subject);

	if (!ours)
		return;
	for (size_t i = 0; i < im->n; i++)
		if (bytes_eq(im->list[i].cert.spki, o->cert.spki)) {
			cli_import_note(im->missing,
			    "A cross certificate between two keys of the CA "
			    "is not taken.");
			return;
		}
	if (o->cert.serial.n <= RPC_SERIAL_MAX + 1)
		str_hex(serial, o->cert.serial);
	cli_import_note(im->missing,
	    "The key of the CA certificate with serial %s is not there: what "
	    "it signed cannot be taken, nor its lists be continued.",
	    serial);
}

void
cli_import_judge_others(struct cli_import *im)
{
	for (size_t i = 0; i < im->other_n; i++)
		judge_other(im, &im->others[i]);
	for (size_t i = 0; i < im->n; i++) {
		AUTO_BUF chain = BUF_WITH_LIMIT(RPC_CHAIN_MAX);

		if (!cli_import_chain(im, &im->list[i], &chain))
			cli_import_note(im->missing,
			    "The certificates above CA certificate %u are not "
			    "there to the root: name them with --ca too, or "
			    "the chain that is handed out ends early.",
			    im->list[i].index);
	}
}
