/* request_judge - what pki says about a request, and a CMC reply, for tests
 * in other languages (tests/integration/test_request_formats.py).
 *
 *   request_judge read FILE
 *     prints KIND PURPOSE PROOF SIGNERS REQUESTER, or the name of the error
 *   request_judge why FILE...
 *     prints for each: NAME of the error, a blank, its text
 *   request_judge reply success|pending|failed KEY.pem CERT.der REQUEST.der
 *     writes a signed reply to the CMC request to standard output; the
 *     certificate issued is, for want of another, CERT.der
 */
#include "base/buf.h"
#include "pki/request.h"
#include "pki/sigmake.h"

#include <openssl/pem.h>
#include <stdio.h>

static int
read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	int c;

	if (!f)
		return -1;
	while ((c = fgetc(f)) != EOF)
		buf_add_char(out, (char)c);
	(void)fclose(f);
	return buf_failed(out) ? -1 : 0;
}

static int
judge(struct pki_tools *t, const char *path, struct err *err)
{
	static const char *const kinds[] = { "PKCS10", "PKCS7", "CMC" };
	static const char *const purposes[] = { "NEW", "RENEWAL", "ON_BEHALF" };
	static const char *const proofs[] = { "NONE", "SIGNATURE", "SIGNER" };
	AUTO_BUF der = BUF_WITH_LIMIT(1 << 20);
	struct pki_request r;

	if (read_file(path, &der) < 0)
		return err_errno(err, "%s", path);
	if (pki_request_parse(buf_bytes(&der), &r, err) < 0 ||
	    pki_request_verify(t, &r, err) < 0)
		return -1;
	(void)printf("%s %s %s %u %s\n", kinds[r.kind], purposes[r.purpose],
	    proofs[r.proof], r.n_signers, *r.requester ? r.requester : "-");
	return 0;
}

static int
why(struct pki_tools *t, char **files)
{
	for (; *files; files++) {
		AUTO_BUF der = BUF_WITH_LIMIT(1 << 20);
		struct pki_request r;
		struct err err = { 0 };

		if (read_file(*files, &der) == 0 &&
		    pki_request_parse(buf_bytes(&der), &r, &err) == 0)
			(void)(pki_request_verify(t, &r, &err) < 0);
		(void)printf("%s %s\n", err_name(err.code), err.text);
	}
	return 0;
}

static enum pki_cmc_status
status_of(const char *word)
{
	if (strcmp(word, "success") == 0)
		return PKI_CMC_SUCCESS;
	return strcmp(word, "pending") == 0 ? PKI_CMC_PENDING : PKI_CMC_FAILED;
}

static int
sign_reply(struct pki_tools *t, EVP_PKEY *key, struct bytes cert_der,
    struct bytes content, struct err *err)
{
	AUTO_BUF attrs = BUF_WITH_LIMIT(4096);
	AUTO_BUF out = BUF_WITH_LIMIT(1 << 20);
	AUTO(pki_sigmake) maker = NULL;
	uint8_t sig[PKI_SIGNATURE_MAX];
	const struct pki_sig_alg *alg;
	enum pki_key_kind kind;
	struct pki_cert cert;
	unsigned bits;
	size_t n;

	if (pki_sigmake_kind(key, &kind, &bits, err) < 0 ||
	    pki_cert_parse(cert_der, &cert, err) < 0)
		return -1;
	alg = pki_sig_default(kind, bits);
	if (pki_sigmake_new(key, alg, &maker, err) < 0 ||
	    pki_cms_attrs_build(
		t, alg, PKI_OID_CMC_PKI_RESPONSE, content, &attrs, err) < 0 ||
	    pki_sigmake_sign(maker, buf_bytes(&attrs), sig, &n, err) < 0 ||
	    pki_cms_build(
		&(struct pki_cms_make){ .type = PKI_OID_CMC_PKI_RESPONSE,
		    .content = content,
		    .signer = &cert,
		    .alg = alg,
		    .attrs = buf_bytes(&attrs),
		    .signature = bytes_of(sig, n),
		    .certs = &cert_der,
		    .n_certs = 1 },
		&out, err) < 0)
		return -1;
	return fwrite(out.p, 1, out.n, stdout) == out.n
		   ? 0
		   : err_errno(err, "writing");
}

static int
reply(struct pki_tools *t, char **args, struct err *err)
{
	AUTO_BUF cert = BUF_WITH_LIMIT(1 << 20);
	AUTO_BUF der = BUF_WITH_LIMIT(1 << 20);
	AUTO_BUF content = BUF_WITH_LIMIT(PKI_CMC_RESPONSE_MAX);
	AUTO_OF(EVP_PKEY) key = NULL;
	struct pki_request r;
	FILE *f = fopen(args[1], "rb");

	if (f) {
		key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
		(void)fclose(f);
	}
	if (!key || read_file(args[2], &cert) < 0 ||
	    read_file(args[3], &der) < 0)
		return err_errno(err, "reading");
	if (pki_request_parse(buf_bytes(&der), &r, err) < 0 ||
	    pki_cmc_reply_build(t,
		&(struct pki_cmc_reply){ .status = status_of(args[0]),
		    .text = "Taken as it is: \xc3\xa5",
		    .fail = pki_cmc_fail_of(ERR_BAD_SIGNATURE),
		    .pend_token = BYTES_LIT("\x12\x34"),
		    .pend_time = INT64_C(1800000000),
		    .certificate = buf_bytes(&cert),
		    .asked = &r.cmc },
		&content, err) < 0)
		return -1;
	return sign_reply(t, key, buf_bytes(&cert), buf_bytes(&content), err);
}

int
main(int argc, char **argv)
{
	AUTO(pki_tools) t = NULL;
	struct err err = { 0 };
	int r;

	if (pki_tools_new(&t, &err) < 0)
		r = -1;
	else if (argc == 3 && strcmp(argv[1], "read") == 0)
		r = judge(t, argv[2], &err);
	else if (argc > 2 && strcmp(argv[1], "why") == 0)
		r = why(t, argv + 2);
	else if (argc == 6 && strcmp(argv[1], "reply") == 0)
		r = reply(t, argv + 2, &err);
	else
		r = err_set(&err, ERR_INVALID, "usage: see the source");
	if (r < 0) {
		(void)printf("%s\n", err_name(err.code));
		(void)fprintf(stderr, "%s\n", err.text);
	}
	return r < 0 ? 1 : 0;
}
