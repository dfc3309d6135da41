/* enroll.c - opencertsrv enroll ...: the table of the verbs. */
#include "cli/enroll.h"

int
enroll_status_of(const struct err *err)
{
	switch ((int)err->code) {
	case ERR_UNAUTHENTICATED:
		return ENROLL_SIGN_IN;
	case ERR_TIMEOUT:
	case ERR_BUSY:
	case ERR_UNAVAILABLE:
		return ENROLL_AGAIN;
	case ERR_INVALID:
		return CLI_EXIT_USAGE;
	default:
		return ENROLL_FAILED;
	}
}

/* Options of an installation, which a requester does not have. */
static int
no_installation(const struct cli *c, struct err *err)
{
	static const char *const names[] = { "dir", "config", "as" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (cli_args_flag(&c->args, names[i]))
			return err_set(err, ERR_INVALID,
			    "`enroll` asks a server over HTTPS and takes no "
			    "--%s; say --url and --user.",
			    names[i]);
	return 0;
}

static int
with_status(struct cli *c, cli_function *verb, struct err *err)
{
	int status = no_installation(c, err) < 0 ? -1 : verb(c, err);

	if (status < 0)
		c->failed = enroll_status_of(err);
	return status;
}

static int
run_new(struct cli *c, struct err *err)
{
	return with_status(c, enroll_new, err);
}

static int
run_submit(struct cli *c, struct err *err)
{
	return with_status(c, enroll_submit, err);
}

static int
run_retrieve(struct cli *c, struct err *err)
{
	return with_status(c, enroll_retrieve, err);
}

static int
run_renew(struct cli *c, struct err *err)
{
	return with_status(c, enroll_renew, err);
}

/* clang-format off */
#define KEY_OPTIONS \
	{ "pkcs11", "ADDRESS", NULL, "the key on a token, pkcs11:token=NAME;object=LABEL" }, \
	{ "module", "FILE", NULL, "PKCS#11 module of the token" }, \
	{ "passphrase-file", "FILE", NULL, "file with the passphrase of the key, or the PIN" }, \
	{ "state", "FILE", NULL, "what is remembered (beside the request)" }

#define SERVER_OPTIONS \
	{ "url", "URL", NULL, "the enrolment pages, https://HOST/certsrv/" }, \
	{ "user", "NAME", NULL, "account there" }, \
	{ "ca-file", "PEM", NULL, "CA to trust, instead of the system's" }, \
	{ "wait", "SECONDS", NULL, "wait so long for a decision" }

static const struct cli_option new_options[] = {
	{ "subject", "NAME", NULL, "for example \"CN=www.example.com, O=Example\"" },
	{ "dns", "NAME...", NULL, "host name" },
	{ "email", "ADDRESS...", NULL, "mail address" },
	{ "ip", "ADDRESS...", NULL, "IP address" },
	{ "upn", "NAME...", NULL, "user principal name" },
	{ "uri", "URI...", NULL, "URI" },
	{ "eku", "PURPOSE...", NULL, "server, client, email, code, time, smartcard or an OID" },
	{ "key-usage", "USAGE...", NULL, "digitalSignature, keyEncipherment, ..." },
	{ "template", "NAME", NULL, "certificate template" },
	{ "template-extension", NULL, NULL, "name the template in an extension, too" },
	{ "attrib", "NAME:VALUE...", NULL, "request attribute" },
	{ "inf", "FILE", NULL, "read all that from an INF file" },
	{ "key", "KIND", CLI_KEY_WORDS, "kind of key" },
	{ "out-key", "FILE", NULL, "the new key" },
	{ "out-request", "FILE", NULL, "the request (beside the key)" },
	{ "no-passphrase", NULL, NULL, "do not encrypt the key" },
	{ "use-existing-key", NULL, NULL, "take the key that is there" },
	KEY_OPTIONS,
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option submit_options[] = {
	SERVER_OPTIONS,
	{ "template", "NAME", NULL, "certificate template" },
	{ "attrib", "NAME:VALUE...", NULL, "request attribute" },
	{ "key-file", "FILE", NULL, "key of a request made elsewhere" },
	{ "again", NULL, NULL, "send it although it was sent already" },
	{ "on-behalf-of", "NAME", NULL, "DOMAIN\\account it is for" },
	{ "agent-cert", "PEM", NULL, "certificate of the agent who signs for that" },
	{ "agent-key", "FILE", NULL, "the agent's key" },
	{ "agent-pkcs11", "ADDRESS", NULL, "or on the agent's card" },
	{ "agent-module", "FILE", NULL, "PKCS#11 module of that card" },
	{ "agent-passphrase-file", "FILE", NULL, "file with its passphrase, or the PIN" },
	KEY_OPTIONS,
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option retrieve_options[] = {
	SERVER_OPTIONS,
	{ "out", "FILE", NULL, "the certificate and its chain, PEM" },
	{ "pkcs12", "FILE", NULL, "key, certificate and chain in one file" },
	{ "legacy-pkcs12", NULL, NULL, "weaker, for systems before 2019" },
	{ "pkcs12-password-file", "FILE", NULL, "file with its password" },
	{ "key-file", "FILE", NULL, "the key it must belong to" },
	KEY_OPTIONS,
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option renew_options[] = {
	{ "due", NULL, NULL, "only in the last third of its life" },
	{ "before", "DAYS", NULL, "only so many days before its end, instead" },
	{ "all", "DIR", NULL, "every state in this folder" },
	{ "new-key", NULL, NULL, "with a new key" },
	{ "exec", "COMMAND", NULL, "run this after success" },
	{ "random-sleep", "SECONDS", NULL, "first sleep at most so long" },
	SERVER_OPTIONS,
	{ "passphrase-file", "FILE", NULL, "file with the passphrase of the key, or the PIN" },
	{ NULL, NULL, NULL, NULL },
};

const struct cli_command cli_enroll_commands[] = {
	{ "enroll", "new", "", 0, 0, 0, new_options, run_new,
	  "make a key and a request for it" },
	{ "enroll", "submit", "REQUEST", 1, 1, 0, submit_options, run_submit,
	  "send a request to a CA's enrolment pages" },
	{ "enroll", "retrieve", "NUMBER|STATE", 1, 1, 0, retrieve_options,
	  run_retrieve, "collect what was issued" },
	{ "enroll", "renew", "[STATE]", 0, 1, 0, renew_options, run_renew,
	  "renew a certificate, now or when it is due" },
	{ NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
