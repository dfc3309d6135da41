/* template.h - certificate templates of an enterprise CA, as plain values.
 *
 * A template says what a certificate contains, who may have one, and what it
 * takes to get it. It is a YAML file (templates/ has those that are shipped,
 * which explain themselves), read once and immutable. This header says what a
 * template is; whether a request is granted is decided elsewhere, from these
 * values.
 *
 *   template_read.c   YAML -> struct ca_template, every fault with its line
 *   template_may.c    who may use it
 *   template_check.c  the known holes (ESC1..ESC17), one row each
 *   template_set.c    the folder: all templates of this CA, swapped as a whole
 *   template_block.c  the extensions that need no request, encoded at load
 *   template_handle.c the rpc methods
 *
 * A template that is faulty, or opens a hole without an override, is refused:
 * it is not in the set. Which of the others are enabled is the
 * administrators' decision, kept in the database.
 *
 * Trust:     files are hostile until checked: `template check` takes any
 *            bytes. ca_template_read() is pure: no I/O, no clock.
 * Ownership: a struct ca_template_set owns all that it points to; who uses it
 *            holds it (take, release) and is not disturbed by a reload.
 */
#pragma once
#include "ca/ca.h"
#include "ca/generation.h"
#include "ca/access.h"
#include "pki/ext.h"

#define CA_TEMPLATES_MAX         256
#define CA_TEMPLATE_FILE_MAX     65536
#define CA_TEMPLATE_NAME_MAX     64   /* bytes, without NUL */
#define CA_TEMPLATE_TEXT_MAX     1024 /* of any value */
#define CA_TEMPLATE_LIST_MAX     64   /* items of any list */
#define CA_TEMPLATE_WORD_MAX     256  /* bytes of one item */
#define CA_TEMPLATE_APPROVALS    9
#define CA_TEMPLATE_FINDINGS_MAX 64

/* --- what is in a template ------------------------------------------------ */

/* Where a name comes from. Never from an attribute of the request, unless
 * san.attributes says so (hole ESC6). */
enum ca_template_source {
	CA_TEMPLATE_NOTHING, /* empty subject, or no names */
	CA_TEMPLATE_ACCOUNT, /* of whoever the certificate is for */
	CA_TEMPLATE_REQUEST
};

/* subject.common_name: what of the account becomes the CN. */
enum ca_template_cn {
	CA_TEMPLATE_CN_NAME, /* of the account */
	CA_TEMPLATE_CN_DISPLAY_NAME,
	CA_TEMPLATE_CN_MAIL,
	CA_TEMPLATE_CN_UPN,
	CA_TEMPLATE_CN_DNS /* of a machine */
};

/* Kinds of names in a subject alternative name, as a mask. */
enum {
	CA_TEMPLATE_SAN_DNS = 1 << 0,
	CA_TEMPLATE_SAN_MAIL = 1 << 1,
	CA_TEMPLATE_SAN_IP = 1 << 2,
	CA_TEMPLATE_SAN_URI = 1 << 3,
	CA_TEMPLATE_SAN_UPN = 1 << 4
};

/* What becomes of a request with names outside the lists. */
enum ca_template_outside {
	CA_TEMPLATE_OUTSIDE_PEND, /* an officer looks at it */
	CA_TEMPLATE_OUTSIDE_DENY
};

/* May a key be certified that is in another certificate already? */
enum ca_template_reuse {
	CA_TEMPLATE_REUSE_REFUSE, /* but see renewal.same_key */
	CA_TEMPLATE_REUSE_OWNER   /* in another one of the same account */
};

struct ca_template_texts {
	const char *const *list;
	size_t n;
};

struct ca_template_policy {
	struct ca_oid oid;
	const char *cps; /* address of the statement, or "" */
};

struct ca_template_subject {
	enum ca_template_source from;
	enum ca_template_cn common_name; /* ACCOUNT */
	bool mail;     /* ACCOUNT: with an e-mail address attribute, too */
	uint64_t take; /* REQUEST: mask, 1 << enum pki_oid of the attribute;
			* all others are dropped */
	/* REQUEST: "organization=Example Ltd", what each may say; see lists
	 * of struct ca_template_san. */
	struct ca_template_texts values;
};

struct ca_template_san {
	uint32_t account; /* mask of kinds: must be known of the account */
	uint32_t request; /* mask of kinds taken from the request; the others
			   * are dropped */
	/* With any of these lists or subject.values, a name from the request
	 * (each alternative name, and each part of the subject) that is not in
	 * the list of its kind is outside: name_list.h. Without lists nothing
	 * is. */
	struct ca_template_texts dns_suffixes; /* "example.com": it, or below */
	struct ca_template_texts mail_domains, upn_domains;
	struct ca_template_texts ip_networks;  /* "192.0.2.0/24" */
	struct ca_template_texts uri_prefixes; /* "https://example.com/" */
	enum ca_template_outside outside;
	bool attributes; /* ESC6: SAN attributes are honoured */
};

struct ca_template_override {
	const char *hole; /* "ESC1" */
	const char *by, *reason;
};

struct ca_template {
	const char *name, *display_name, *description;
	const char *file; /* name of it, without folder */
	struct bytes text;
	struct ca_oid oid;
	uint32_t major, minor;
	bool machine;                      /* for: machine, else a person */
	int64_t validity, renewal_overlap; /* seconds */

	struct ca_template_subject subject;
	struct ca_template_san san;
	/* The security identifier's extension is only ever written from the
	 * identity, and always when it has one. true: never (ESC9). */
	bool no_sid;

	bool keys[PKI_KEY_COUNT]; /* kinds that are taken */
	unsigned rsa_min;         /* bits */
	uint16_t key_usage;       /* PKI_KU_*; each key gets what it can do */
	struct ca_oid_list eku;
	struct ca_oid_list application_policies;
	bool app_policies_from_request; /* ESC15 */
	const struct ca_template_policy *policies;
	size_t policy_n;
	bool ca;
	int path_length; /* -1: no limit */

	/* Hints for whoever makes the key. */
	bool exportable, strong_protection;

	unsigned approvals; /* how many officers must agree */
	unsigned agent_signatures;
	struct ca_oid agent_policy; /* purpose they need; n 0: none */
	/* An agent may ask for others: which, and for whom, say the
	 * restrictions (restriction.h). */
	bool on_behalf_of;

	struct ca_template_texts supersedes; /* names */
	bool renew_same_key;
	bool renew_approved; /* the approval of the old one suffices */
	enum ca_template_reuse key_reuse;
	const char *retrieve_group; /* key of who may fetch them too; "" only
				     * their owner */
	bool sign_in; /* its certificates may sign in to the pages */
	/* The request itself may be signed with SHA-1, for old devices; what
	 * is around it, and the certificate, never. */
	bool sha1_proof;

	const struct ca_permission_entry *permissions;
	size_t permission_n;
	const struct ca_template_override *overrides;
	size_t override_n;
};

/* --- reading and checking ------------------------------------------------- */

/* One thing that is wrong, or worth knowing. */
struct ca_template_finding {
	bool bad; /* false: a remark */
	unsigned line;
	const char *hole; /* "ESC1" or "" */
	char text[ERR_TEXT_MAX];
};

struct ca_template_findings {
	struct ca_template_finding list[CA_TEMPLATE_FINDINGS_MAX];
	size_t n; /* what came after the last is lost; bad ones count */
	unsigned bad;
};

/* Everything that is wrong with a file. *ret is NULL when it cannot be used
 * (then a finding is bad). file: its name, for messages. -1 only for lack of
 * memory. */
MUST_CHECK int ca_template_read(struct bytes text, const char *file,
    struct ca_template **ret, struct ca_template_findings *findings,
    struct err *err);
void ca_template_free(struct ca_template *t); /* of ca_template_read() */
AUTO_DEFINE(ca_template);

/* Does it take names from the request? Does a certificate sign in as whoever
 * it names? Are the names of a request bounded by lists? */
bool ca_template_takes_names(const struct ca_template *t);
bool ca_template_signs_in(const struct ca_template *t);
/* Among its purposes or application policies. */
bool ca_template_has_purpose(const struct ca_template *t, enum pki_oid purpose);
bool ca_template_has_lists(const struct ca_template *t);

/* --- who may ------------------------------------------------------------- */

/* The entries of the file and those that administrators made (`opencertsrv
 * permission`, in the picture; NULL: none), a deny in either first. Whether
 * the template is enabled, or he may enrol at this CA at all, is not asked.
 * His rights at the CA (enum ca_right) count as the local groups of the roles
 * that give them: enrollees, officers, admins, auditors, operators. ret_why
 * (NULL is fine): a sentence when not. */
bool ca_template_may(const struct ca_template *t,
    const struct ca_picture *picture, const struct ca_principal *p,
    uint32_t rights, enum ca_template_right right, char ret_why[ERR_TEXT_MAX]);

/* --- all templates of this CA -------------------------------------------- */

struct ca_template_row {
	const struct ca_template *t;
	bool enabled;
	/* Those of supersedes that are in the set. */
	const struct ca_template *const *supersedes;
	size_t supersede_n;
};

/* What there is to say of a file: for the log. */
struct ca_template_note {
	bool refused; /* it was left out; else a remark, an override */
	const char *file;
	const char *text; /* "FILE:LINE: sentence" */
};

struct ca_template_set {
	const struct ca_template_row *rows; /* in the order of the names */
	size_t n;
	const struct ca_template_note *notes;
	size_t note_n;
	struct ca_template_owner *owner; /* template_set.c's */
};

/* NULL for a stand-alone CA. Release what was taken. */
const struct ca_template_set *ca_templates_take(struct ca *ca);
void ca_templates_release(struct ca *ca, const struct ca_template_set *s);
/* Does an enabled one take proofs of possession with SHA-1? NULL: no. */
bool ca_templates_take_sha1(const struct ca_template_set *s);
/* By name, whatever its capitals; NULL: none. Enabled or not. */
const struct ca_template_row *ca_templates_find(
    const struct ca_template_set *s, const char *name);
const struct ca_template_row *ca_templates_find_oid(
    const struct ca_template_set *s, struct bytes oid);

/* The extensions of a certificate by this template that need no request: key
 * usage (of what a key of this kind can do), purposes, application policies,
 * certificate policies, basic constraints, template information, AKI, CDP,
 * AIA. Encoded and proven when the set was made. NULL: the template does not
 * take such keys, or the set was made for another generation (take both
 * again). */
const struct pki_cert_block *ca_template_block(const struct ca_template_set *s,
    const struct ca_template_row *row, const struct ca_generation *g,
    enum pki_key_kind kind);

/* The names of enabled templates that open a hole, and who answers for it; for
 * the audit. */
void ca_templates_overrides(const struct ca_template_set *s, struct buf *out);

/* Open: read the folder; a faulty file is left out, with a note. A folder or
 * file that others can write, or that belongs to neither root nor the CA's
 * account, is not used (ESC4, ESC5). Does nothing on a stand-alone CA.
 * Prepare: with the CA's certificate, before serving and whenever a
 * generation is added. */
MUST_CHECK int ca_templates_open(struct ca *ca, struct err *err);
MUST_CHECK int ca_templates_prepare(
    struct ca *ca, struct store_reader *r, struct err *err);
/* A renewal: begin makes the templates for a set of generations that nobody
 * sees yet, and keeps others from changing them; after it (returned 0) comes
 * end, which puts both sets in their place and takes fresh over, or with NULL
 * leaves all as it was. A set knows the newest generation and the one before
 * it. */
MUST_CHECK int ca_templates_begin(struct ca *ca, struct store_reader *r,
    const struct ca_generations *fresh, struct err *err);
void ca_templates_end(struct ca *ca, const struct ca_generations *fresh);
void ca_templates_close(struct ca *ca);
/* Read the folder again, all or nothing: with a fault the old set stays and
 * the error says why. Audited; who: NULL for a signal. Waits for a commit. */
MUST_CHECK int ca_templates_reload(struct ca *ca, struct store_reader *r,
    const struct ca_who *who, struct err *err);
/* Enable or disable; durable and audited (with the template's overrides).
 * Waits for a commit. */
MUST_CHECK int ca_templates_enable(struct ca *ca, struct store_reader *r,
    const struct ca_who *who, const char *name, bool enable, struct err *err);
