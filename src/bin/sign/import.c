#include "bin/sign/import.h"

#include "bin/sign/sandbox.h"
#include "common/sandbox.h"
#include "sign/import.h"

#include <errno.h>
#include <openssl/provider.h>
#include <stdio.h>

/* A PKCS#12 file says itself how long its password is to be worked on. */
#define SECONDS 120

AUTO_FOREIGN(OSSL_PROVIDER, OSSL_PROVIDER_unload);

static int
read_bundle(struct secret *s, size_t *ret_n, struct err *err)
{
	size_t n = 0;
	ssize_t k;

	do {
		k = read(STDIN_FILENO, secret_mem(s) + n, SIGN_IMPORT_MAX - n);
		if (k > 0)
			n += (size_t)k;
		if (k < 0 && errno != EINTR)
			return err_errno(err, "reading what to import");
	} while (k != 0 && n < SIGN_IMPORT_MAX);
	if (n == SIGN_IMPORT_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the files with keys and certificates have more than %d "
		    "bytes together. Nothing was taken",
		    SIGN_IMPORT_MAX - 1);
	*ret_n = n;
	return 0;
}

static int
import(const struct sign_config *c, bool dry_run, struct err *err)
{
	AUTO(secret) bundle = NULL;
	AUTO(sign_import) im = NULL;
	AUTO_BUF out = BUF_WITH_LIMIT(SIGN_IMPORT_REPORT);
	size_t n = 0;

	if (secret_new(SIGN_IMPORT_MAX, &bundle, err) < 0 ||
	    read_bundle(bundle, &n, err) < 0 ||
	    sign_import_read(bytes_of(secret_mem(bundle), n), &im, err) < 0 ||
	    (!dry_run && sign_import_keep(im, c->keys, c->log, err) < 0) ||
	    sign_import_report(im, &out, err) < 0)
		return -1;
	if (fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout) == EOF)
		return err_errno(err, "saying what was imported");
	return 0;
}

int
sign_main_import(const struct sign_config *c, bool dry_run, struct err *err)
{
	/* Old PKCS#12 files are encrypted with what only this one still has.
	 * Before the sandbox: the module is a file. */
	UNUSED AUTO_OF(OSSL_PROVIDER) base =
	    OSSL_PROVIDER_load(NULL, "default");
	UNUSED AUTO_OF(OSSL_PROVIDER) old = OSSL_PROVIDER_load(NULL, "legacy");
	static const struct common_sandbox nothing = { .path_count = 0 };
	const char *sandbox;
	unsigned fences;
	int rc;

	(void)alarm(SECONDS);
	rc = dry_run ? common_sandbox_enter(&nothing, &fences, err)
		     : sign_sandbox_enter(c, true, &sandbox, err);
	if (rc < 0)
		return -1;
	return import(c, dry_run, err);
}
