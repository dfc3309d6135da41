/* opencertsrv enroll renew: a new certificate before the old one ends.
 *
 * Made to be run every hour by a timer: it does nothing while nothing is due,
 * never runs twice on one state, picks up a renewal that waits for an officer
 * instead of asking again, and leaves the old key and certificate alone until
 * the new ones are written and checked. */
#include "cli/enroll.h"

#include "base/clock.h"
#include "base/str.h"
#include "cli/signed.h"
#include "pki/cert.h"
#include "pki/pem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>

#define STATES_MAX    1000
#define NOT_YET       1     /* load(): there is no certificate to renew */
#define REFUSED_PAUSE 86400 /* seconds before asking again */

struct renewal {
	struct cli *c;
	struct enroll_state s;
	struct buf old_der;
	struct pki_cert old;
	struct enroll_certs certs;
	bool due_only;
	const char *command;
};

/* --- when ---------------------------------------------------------------- */

/* In the last third of its life, or so long before the end as was said. */
static int64_t
due_at(const struct renewal *r)
{
	int64_t life = r->old.not_after - r->old.not_before;
	int64_t before =
	    r->s.renewal_before ? (int64_t)r->s.renewal_before : life / 3;

	return r->old.not_after - before;
}

/* Is there nothing to do now? Then *ret_status says how that ends. */
static bool
may_rest(const struct renewal *r, int *ret_status)
{
	int64_t now = clock_now();
	char when[STR_TIME_MAX];

	*ret_status = ENROLL_DONE;
	if (!r->due_only || r->s.renewal_id)
		return false;
	if (now < due_at(r)) {
		str_time_human(when, due_at(r));
		cli_output_field(r->c, "Not due until", when);
		return true;
	}
	if (r->s.renewal_refused &&
	    now < (int64_t)r->s.renewal_refused + REFUSED_PAUSE) {
		str_time_human(
		    when, (int64_t)r->s.renewal_refused + REFUSED_PAUSE);
		cli_output_field(r->c, "Refused, rests until", when);
		*ret_status = ENROLL_DENIED;
		return true;
	}
	return false;
}

/* --- asking -------------------------------------------------------------- */

static int
make_new_key(struct renewal *r, struct cli_key *old, struct cli_key **ret,
    struct err *err)
{
	const struct cli_key_sort *sort = cli_key_sort_of(old);
	char path[PATH_MAX + 16];
	AUTO(secret) passphrase = NULL;
	bool encrypted;

	if (r->s.pkcs11[0])
		return err_set(err, ERR_INVALID,
		    "A new key on a token is made with `enroll new`; renewal "
		    "keeps the key that is there.");
	(void)snprintf(path, sizeof(path), "%s" ENROLL_NEW, r->s.key);
	/* One left by an attempt that never got an answer. */
	if (unlink(path) < 0 && errno != ENOENT)
		return err_errno(err, "Removing %s failed", path);
	if (!sort)
		return err_set(err, ERR_INVALID,
		    "A key like the old one is not made here any more.");
	if (cli_key_is_encrypted(r->s.key, &encrypted, err) < 0 ||
	    (encrypted && cli_key_new_passphrase(
			      r->s.secret_file[0] ? r->s.secret_file : NULL,
			      &passphrase, err) < 0) ||
	    cli_key_make(sort, ret, err) < 0)
		return -1;
	return cli_key_write(*ret, path, passphrase, err);
}

/* The request alone, kept until the certificate is there. */
static int
make_request(struct renewal *r, struct cli_key *key, struct bytes renewal,
    struct buf *out, struct err *err)
{
	AUTO_BUF pem = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);
	char path[PATH_MAX + 16];
	struct cli_csr csr;
	int rc = 0;

	cli_csr_init(&csr);
	csr.renewal = renewal;
	if ((r->s.template[0] &&
		cli_csr_template(&csr, r->s.template, err) < 0) ||
	    cli_csr_from_cert(&csr, buf_bytes(&r->old_der), err) < 0 ||
	    cli_csr_build(&csr, key, out, err) < 0)
		rc = -1;
	cli_csr_clear(&csr);
	if (rc < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s" ENROLL_NEW, r->s.request);
	pki_pem_write(&pem, "CERTIFICATE REQUEST", buf_bytes(out), PKI_PEM_LF);
	if (buf_check(&pem, "the request", err) < 0)
		return -1;
	return cli_file_replace(path, buf_bytes(&pem), 0644, err);
}

/* A renewal is the request in a message signed by the old key (MS-WCCE
 * 3.1.1.4.3.2). A certificate that has ended proves nothing any more. */
static int
send_renewal(struct renewal *r, struct enroll_http *http, struct cli_key *old,
    struct cli_key *key, struct enroll_page *page, struct err *err)
{
	AUTO_BUF request = BUF_WITH_LIMIT(CLI_CSR_MAX);
	AUTO_BUF message = BUF_WITH_LIMIT(CLI_FILE_MAX);
	struct cli_signed s = { .type = PKI_OID_PKCS7_DATA,
		.signer = old,
		.cert = buf_bytes(&r->old_der) };

	if (make_request(r, key, s.cert, &request, err) < 0)
		return -1;
	s.content = buf_bytes(&request);
	if (cli_signed_build(&s, &message, err) < 0)
		return -1;
	return enroll_http_submit(
	    http, &r->s, "PKCS7", buf_bytes(&message), page, err);
}

static int
send_plain(struct renewal *r, struct enroll_http *http, struct cli_key *key,
    struct enroll_page *page, struct err *err)
{
	AUTO_BUF request = BUF_WITH_LIMIT(CLI_CSR_MAX);

	if (make_request(r, key, BYTES_NONE, &request, err) < 0)
		return -1;
	return enroll_http_submit(
	    http, &r->s, "CERTIFICATE REQUEST", buf_bytes(&request), page, err);
}

static int
send_new(struct renewal *r, struct enroll_http *http, struct enroll_page *page,
    struct err *err)
{
	struct cli_key_place place = enroll_key_place(&r->s);
	AUTO(cli_key) old = NULL;
	AUTO(cli_key) fresh = NULL;
	bool ended = clock_now() > r->old.not_after;

	r->s.renewal_new_key = cli_args_flag(&r->c->args, "new-key");
	if (cli_key_open(&place, &old, err) < 0)
		return -1;
	if (!bytes_eq(cli_key_spki(old), r->old.spki))
		return err_set(err, ERR_BAD_DATA,
		    "The key does not belong to the certificate %s. Nothing "
		    "was sent.",
		    r->s.certificate);
	if (r->s.renewal_new_key && make_new_key(r, old, &fresh, err) < 0)
		return -1;
	page->no_renewals = ended;
	if (!ended &&
	    send_renewal(r, http, old, fresh ? fresh : old, page, err) < 0)
		return -1;
	if (page->no_renewals) {
		(void)fprintf(stderr,
		    "opencertsrv: %s; an ordinary request "
		    "is sent instead.\n",
		    ended ? "The certificate has ended"
			  : "This CA takes no messages signed by the old key");
		if (send_plain(r, http, fresh ? fresh : old, page, err) < 0)
			return -1;
	}
	r->s.renewal_id = page->id;
	return 0;
}

/* --- what became of it
 * --------------------------------------------------------------------- */

static int
make_pkcs12(struct renewal *r, struct err *err)
{
	struct cli_key_place place = enroll_key_place(&r->s);
	char path[PATH_MAX + 16], key_path[PATH_MAX + 16];
	AUTO(cli_key) key = NULL;

	if (!r->s.pkcs12_password_file[0])
		return err_set(err, ERR_INVALID, "its password is in no file");
	(void)snprintf(path, sizeof(path), "%s" ENROLL_NEW, r->s.pkcs12);
	(void)snprintf(key_path, sizeof(key_path), "%s" ENROLL_NEW, r->s.key);
	if (r->s.renewal_new_key)
		place.file = key_path;
	if (cli_key_open(&place, &key, err) < 0)
		return -1;
	return enroll_certs_pkcs12(&r->certs, &r->s, key, path, err);
}

/* The file that `enroll retrieve --pkcs12` wrote, with the new certificate, and
 * beside the old one until the certificate is installed. One that is gone was
 * taken away by somebody. The certificate does not wait for one that fails. */
static void
renew_pkcs12(struct renewal *r)
{
	char clean[2 * ERR_TEXT_MAX];
	struct err err = { 0 };

	if (!r->s.pkcs12[0] || !cli_file_exists(r->s.pkcs12) ||
	    make_pkcs12(r, &err) == 0)
		return;
	(void)cli_column_clean(clean, sizeof(clean), err.text);
	(void)fprintf(stderr,
	    "opencertsrv: %s is not renewed: %s. `enroll retrieve --pkcs12` "
	    "makes it anew.\n",
	    r->s.pkcs12, clean);
}

static int
issued(struct renewal *r, struct enroll_http *http, struct err *err)
{
	AUTO_BUF spki = BUF_WITH_LIMIT(CLI_FILE_MAX);
	char path[PATH_MAX + 16];

	(void)snprintf(path, sizeof(path), "%s" ENROLL_NEW, r->s.request);
	if (enroll_request_spki(path, &spki, err) < 0 ||
	    enroll_certs_fetch(http, r->s.renewal_id, buf_bytes(&spki),
		r->s.ca_file, &r->certs, err) < 0)
		return -1;
	r->s.exec_due = r->command != NULL;
	renew_pkcs12(r);
	return enroll_install(&r->s, &r->certs, err);
}

static int
ask(struct renewal *r, struct err *err)
{
	AUTO(enroll_http) http = NULL;
	struct enroll_page page = { .kind = ENROLL_PAGE_UNKNOWN };
	uint64_t wait;
	int status;

	if (enroll_wait_seconds(r->c, &wait, err) < 0 ||
	    enroll_http_open(&r->s, &http, err) < 0 ||
	    (r->s.renewal_id
		    ? enroll_http_check(http, r->s.renewal_id, &page, err)
		    : send_new(r, http, &page, err)) < 0)
		return -1;
	/* Whatever happens now, the next run asks about this number. */
	if ((page.kind == ENROLL_PAGE_PENDING ||
		page.kind == ENROLL_PAGE_ISSUED) &&
	    (enroll_state_save(&r->s, err) < 0 ||
		enroll_wait(http, r->s.renewal_id, wait, &page, err) < 0))
		return -1;
	page.id = r->s.renewal_id;
	status = enroll_tell(r->c, &r->s, &page, err);
	if (status < 0)
		return -1;
	if (page.kind == ENROLL_PAGE_ISSUED)
		return issued(r, http, err) < 0 ? -1 : status;
	/* The certificate that is there stays what it is. */
	(void)snprintf(r->s.disposition, sizeof(r->s.disposition), "issued");
	if (page.kind != ENROLL_PAGE_PENDING) {
		r->s.renewal_id = 0;
		r->s.renewal_refused = (uint64_t)clock_now();
	}
	return enroll_state_save(&r->s, err) < 0 ? -1 : status;
}

/* --- one state ----------------------------------------------------------- */

static int
lock(const char *state, int *ret_fd, struct err *err)
{
	char path[PATH_MAX + 16];

	(void)snprintf(path, sizeof(path), "%s.lock", state);
	*ret_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*ret_fd < 0)
		return err_errno(err, "Opening the lock %s failed", path);
	if (flock(*ret_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return err_errno(err, "Locking %s failed", path);
	return ENROLL_LOCKED;
}

static int
load(struct renewal *r, const char *state, struct err *err)
{
	uint64_t days;
	bool rest;

	if (enroll_state_load(state, &r->s, err) < 0 ||
	    enroll_state_options(r->c, &r->s, err) < 0 ||
	    cli_args_number(&r->c->args, "before", 1, 3650, 0, &days, err) < 0)
		return -1;
	if (days)
		r->s.renewal_before = days * 86400;
	if (enroll_install_rest(&r->s, &rest, err) < 0)
		return -1;
	if (!cli_file_exists(r->s.certificate))
		return NOT_YET;
	if (enroll_certs_read_leaf(r->s.certificate, &r->old_der, err) < 0)
		return -1;
	return pki_cert_parse(buf_bytes(&r->old_der), &r->old, err);
}

/* Among others it is only not their turn; alone it is a mistake. */
static int
no_certificate(const struct renewal *r, const char *state, struct err *err)
{
	if (cli_args_text(&r->c->args, "all")) {
		cli_output_field(r->c, "No certificate yet", state);
		return ENROLL_DONE;
	}
	return err_set(err, ERR_BAD_STATE,
	    "There is no certificate %s to renew yet; collect it with "
	    "`enroll retrieve %s`.",
	    r->s.certificate, state);
}

static int
renew_locked(struct renewal *r, const char *state, struct err *err)
{
	int status;

	status = load(r, state, err);
	if (status == NOT_YET)
		return no_certificate(r, state, err);
	if (status < 0)
		return -1;
	if (r->s.exec_due && r->command) {
		status = enroll_exec(&r->s, r->command, err);
		if (status != ENROLL_DONE)
			return status;
	}
	if (may_rest(r, &status))
		return enroll_state_save(&r->s, err) < 0 ? -1 : status;
	status = ask(r, err);
	if (status == ENROLL_DONE && r->command)
		status = enroll_exec(&r->s, r->command, err);
	return status;
}

int
enroll_renew_one(struct cli *c, const char *state, struct err *err)
{
	AUTO_MEM struct renewal *r = calloc(1, sizeof(*r));
	AUTO_FD fd = -1;
	int status;

	if (!r)
		return err_set(err, ERR_NO_MEMORY, "There is no memory.");
	status = lock(state, &fd, err);
	if (status == ENROLL_LOCKED)
		cli_output_field(c, "Another run is at", state);
	if (status != 0)
		return status;
	r->c = c;
	r->due_only = cli_args_flag(&c->args, "due");
	r->command = cli_args_text(&c->args, "exec");
	buf_init(&r->old_der, CLI_FILE_MAX);
	status = renew_locked(r, state, err);
	buf_clear(&r->old_der);
	enroll_certs_clear(&r->certs);
	return status;
}

/* --- all of a folder ----------------------------------------------------- */

static int
is_state(const struct dirent *d)
{
	return str_has_suffix_ci(d->d_name, ENROLL_STATE_ENDING);
}

/* One that fails does not stop the others; the status is the worst. */
static int
renew_listed(struct cli *c, const char *dir, struct dirent **list, int n)
{
	char path[PATH_MAX];
	int i, worst = ENROLL_DONE;

	for (i = 0; i < n; i++) {
		struct err err = { 0 };
		int status;

		(void)snprintf(
		    path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		status = enroll_renew_one(c, path, &err);
		if (status < 0) {
			char clean[2 * ERR_TEXT_MAX];

			(void)cli_column_clean(clean, sizeof(clean), err.text);
			(void)fprintf(
			    stderr, "opencertsrv: %s: %s\n", path, clean);
			status = enroll_status_of(&err);
		}
		if (status > worst)
			worst = status;
	}
	return worst;
}

static int
renew_all(struct cli *c, const char *dir, struct err *err)
{
	struct dirent **list = NULL;
	int n = scandir(dir, &list, is_state, alphasort), i, status;

	if (n < 0)
		return err_errno(err, "Listing the folder %s failed", dir);
	status = n > STATES_MAX ? err_set(err, ERR_TOO_LARGE,
				      "There are more than %d states in %s.",
				      STATES_MAX, dir)
				: renew_listed(c, dir, list, n);
	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return status;
}

/* Many machines with the same timer must not all come at once. */
static int
rest_a_while(const struct cli *c, struct err *err)
{
	uint64_t most, random = 0;

	if (cli_args_number(&c->args, "random-sleep", 1, 86400, 0, &most, err) <
	    0)
		return -1;
	if (most == 0)
		return 0;
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return err_errno(err, "The kernel gave no random bytes");
	clock_sleep_us(random % (most * 1000000));
	return 0;
}

int
enroll_renew(struct cli *c, struct err *err)
{
	const char *dir = cli_args_text(&c->args, "all");

	if ((dir != NULL) == (c->args.word_count == 1))
		return err_set(err, ERR_INVALID,
		    "Name one state, or a folder of them with --all DIR.");
	if (rest_a_while(c, err) < 0)
		return -1;
	return dir ? renew_all(c, dir, err)
		   : enroll_renew_one(c, c->args.words[0], err);
}
