/* enroll.h - opencertsrv enroll ...: a requester's side of /certsrv.
 *
 * Makes keys and requests, sends them over HTTPS as scripts always did,
 * collects what was issued and renews it. Talks to any server with that
 * interface; needs neither an account on this machine nor a folder of it.
 *
 * What a command has to know the next time is in a small JSON file beside the
 * key, the state (struct enroll_state); no password is ever in it.
 *
 * Exit statuses: 0 done (issued, renewed, or nothing was due), 1 failed, 2 not
 * understood, 3 waits for an officer, 4 refused, 5 the server cannot be
 * reached or is busy: try again, 6 the server does not take name and password,
 * 7 another run works on the same state, 8 renewed, but --exec failed.
 */
#pragma once
#include "cli/cli.h"
#include "cli/csr.h"
#include "cli/file.h"
#include "cli/key.h"

enum enroll_exit {
	ENROLL_DONE = 0,
	ENROLL_FAILED = 1,
	ENROLL_PENDING = 3,
	ENROLL_DENIED = 4,
	ENROLL_AGAIN = 5,
	ENROLL_SIGN_IN = 6,
	ENROLL_LOCKED = 7,
	ENROLL_EXEC = 8
};

#define ENROLL_STATE_ENDING ".enroll.json"
#define ENROLL_URL_MAX      1024
#define ENROLL_TEXT_MAX     256
#define ENROLL_CERTS_MAX    16

/* --- the state (enroll_state.c) ------------------------------------------ */

struct enroll_state {
	char path[PATH_MAX]; /* of the state itself; not stored */
	char url[ENROLL_URL_MAX];
	char user[ENROLL_TEXT_MAX];
	char password_file[PATH_MAX];
	char ca_file[PATH_MAX];
	char key[PATH_MAX]; /* "" when the key is on a token */
	char pkcs11[CLI_CSR_TEXT_MAX * 2];
	char module[PATH_MAX];
	char secret_file[PATH_MAX]; /* passphrase or PIN */
	char request[PATH_MAX];
	char certificate[PATH_MAX];
	char pkcs12[PATH_MAX]; /* all in one file, or "" */
	char pkcs12_password_file[PATH_MAX];
	char template[ENROLL_TEXT_MAX];
	char attributes[PKI_ATTRS_MAX];
	char friendly_name[ENROLL_TEXT_MAX];
	char disposition[32]; /* a word of base/disposition.def, or "" */
	uint64_t id;
	uint64_t renewal_id;      /* a renewal that waits, 0: none */
	uint64_t renewal_refused; /* when, seconds since 1970, 0: never */
	uint64_t renewal_before;  /* seconds before the end, 0: last third */
	bool pkcs12_legacy;
	bool renewal_new_key; /* with a key of its own */
	bool exec_due;        /* renewed, but the command did not work */
};

MUST_CHECK int enroll_state_load(
    const char *path, struct enroll_state *ret, struct err *err);
/* Atomic, mode 0600. */
MUST_CHECK int enroll_state_save(const struct enroll_state *s, struct err *err);
/* The state that belongs to a request: --state, else beside it. */
MUST_CHECK int enroll_state_path(
    const struct cli *c, const char *request, char *dst, struct err *err);
struct cli_key_place enroll_key_place(const struct enroll_state *s);
/* Take the options --user, --url, ... that were given into the state. */
MUST_CHECK int enroll_state_options(
    const struct cli *c, struct enroll_state *s, struct err *err);

/* --- the server (enroll_http.c, enroll_page.c) -----------------------------
 */

enum enroll_kind {
	ENROLL_PAGE_UNKNOWN,
	ENROLL_PAGE_ISSUED,
	ENROLL_PAGE_PENDING,
	ENROLL_PAGE_DENIED,
	ENROLL_PAGE_ERROR
};

/* What a page of certfnsh.asp says. */
struct enroll_page {
	enum enroll_kind kind;
	uint64_t id;       /* 0: none in the page */
	char message[512]; /* the disposition message, or what went wrong */
	bool no_renewals;  /* it does not take messages of that kind */
};

void enroll_page_read(struct bytes page, struct enroll_page *ret);

struct enroll_http;

/* Asks for the password when no file and no variable has it. */
MUST_CHECK int enroll_http_open(
    const struct enroll_state *s, struct enroll_http **ret, struct err *err);
void enroll_http_close(struct enroll_http *h);
#define enroll_http_free enroll_http_close
AUTO_DEFINE(enroll_http);
/* Send a request (DER) in; label: of its PEM. */
MUST_CHECK int enroll_http_submit(struct enroll_http *h,
    const struct enroll_state *s, const char *label, struct bytes der,
    struct enroll_page *ret, struct err *err);
MUST_CHECK int enroll_http_check(struct enroll_http *h, uint64_t id,
    struct enroll_page *ret, struct err *err);
/* GET of a file, for example "certnew.p7b?ReqID=7&Enc=b64". */
MUST_CHECK int enroll_http_get(
    struct enroll_http *h, const char *what, struct buf *out, struct err *err);
/* "https://HOST/certsrv/" from what a person writes. */
MUST_CHECK int enroll_url(
    char *dst, size_t size, const char *text, struct err *err);
/* Check again and again, with growing pauses, until it is decided or the time
 * is over. */
MUST_CHECK int enroll_wait(struct enroll_http *h, uint64_t id, uint64_t seconds,
    struct enroll_page *page, struct err *err);

/* --- certificates (enroll_certs.c) -----------------------------------------
 */

/* A certificate and what was sent with it, leaf first. */
struct enroll_certs {
	struct buf der[ENROLL_CERTS_MAX];
	size_t n;
};

void enroll_certs_clear(struct enroll_certs *c);
/* Fetch a certificate with its chain; checked: it belongs to the key, leads to
 * a certificate of ca_file ("": the system's) and is valid now. */
MUST_CHECK int enroll_certs_fetch(struct enroll_http *h, uint64_t id,
    struct bytes spki, const char *ca_file, struct enroll_certs *ret,
    struct err *err);
/* Leaf and chain without the root, as servers want them. */
MUST_CHECK int enroll_certs_pem(
    const struct enroll_certs *c, struct buf *out, struct err *err);
/* The first certificate of a PEM file. */
MUST_CHECK int enroll_certs_read_leaf(
    const char *path, struct buf *ret_der, struct err *err);
/* Write the PKCS#12 file that the state names to path; asks for the password
 * when no file has it. */
MUST_CHECK int enroll_certs_pkcs12(const struct enroll_certs *c,
    const struct enroll_state *s, struct cli_key *key, const char *path,
    struct err *err);

/* The key a request file is for. */
MUST_CHECK int enroll_request_spki(
    const char *path, struct buf *ret_spki, struct err *err);

/* --- the commands ------------------------------------------------------------
 */

/* What a page says: into the state, and told to the person. Returns the exit
 * status. */
MUST_CHECK int enroll_tell(struct cli *c, struct enroll_state *s,
    const struct enroll_page *page, struct err *err);
/* seconds of --wait, 0 without it. */
MUST_CHECK int enroll_wait_seconds(
    const struct cli *c, uint64_t *ret, struct err *err);

/* The exit status of an error. */
int enroll_status_of(const struct err *err);

int enroll_new(struct cli *c, struct err *err);
int enroll_submit(struct cli *c, struct err *err);
int enroll_retrieve(struct cli *c, struct err *err);
int enroll_renew(struct cli *c, struct err *err);

/* --- renewal (enroll_renew.c, enroll_install.c)
 * ------------------------------- */

/* What is new lies beside what it replaces, with this ending, until all of it
 * is there and checked; what was replaced is kept with the other one. */
#define ENROLL_NEW      ".new"
#define ENROLL_PREVIOUS ".previous"

/* Renew what one state describes; an exit status, or -1. */
MUST_CHECK int enroll_renew_one(
    struct cli *c, const char *state, struct err *err);
/* Write the checked certificates and put key, request and certificate in the
 * place of the old ones. */
MUST_CHECK int enroll_install(
    struct enroll_state *s, const struct enroll_certs *certs, struct err *err);
/* Finish an installation that was interrupted; *ret_done: there was one. */
MUST_CHECK int enroll_install_rest(
    struct enroll_state *s, bool *ret_done, struct err *err);
/* Run --exec with the facts in its environment; the exit status. */
MUST_CHECK int enroll_exec(
    struct enroll_state *s, const char *command, struct err *err);
