/* A renewed certificate takes the place of the old one, and whoever uses it
 * is told.
 *
 * Everything new lies beside what it replaces until all of it is there and
 * checked. The certificate is written last and renamed last: while its file
 * with the ending ".new" is there, an installation was interrupted, and doing
 * it again from the first step is right whatever step was the last one. */
#include "cli/enroll.h"

#include "base/str.h"
#include "pki/cert.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>

struct pair {
	char new[PATH_MAX + 16], previous[PATH_MAX + 16];
};

static struct pair
beside(const char *path)
{
	struct pair p;

	(void)snprintf(p.new, sizeof(p.new), "%s" ENROLL_NEW, path);
	(void)snprintf(
	    p.previous, sizeof(p.previous), "%s" ENROLL_PREVIOUS, path);
	return p;
}

/* The old one keeps its name until the moment of the rename. */
static int
put_in_place(const char *path, struct err *err)
{
	struct pair p = beside(path);

	if (!path[0] || !cli_file_exists(p.new))
		return 0;
	if (unlink(p.previous) < 0 && errno != ENOENT)
		return err_errno(err, "Removing %s failed", p.previous);
	if (link(path, p.previous) < 0 && errno != ENOENT)
		return err_errno(err, "Keeping the old %s failed", path);
	return cli_file_rename(p.new, path, err);
}

int
enroll_install_rest(struct enroll_state *s, bool *ret_done, struct err *err)
{
	struct pair cert = beside(s->certificate);

	*ret_done = false;
	if (!cli_file_exists(cert.new))
		return 0;
	if (s->renewal_id)
		s->id = s->renewal_id;
	s->renewal_id = 0;
	s->renewal_refused = 0;
	s->renewal_new_key = false;
	(void)snprintf(s->disposition, sizeof(s->disposition), "issued");
	if (put_in_place(s->key, err) < 0 ||
	    put_in_place(s->request, err) < 0 ||
	    put_in_place(s->pkcs12, err) < 0 || enroll_state_save(s, err) < 0 ||
	    put_in_place(s->certificate, err) < 0)
		return err_wrap(err,
		    "The renewed certificate is there but not in place; "
		    "run this again");
	*ret_done = true;
	return 0;
}

int
enroll_install(
    struct enroll_state *s, const struct enroll_certs *certs, struct err *err)
{
	struct pair cert = beside(s->certificate);
	AUTO_BUF pem = BUF_WITH_LIMIT(CLI_FILE_MAX);
	bool done;

	if (enroll_certs_pem(certs, &pem, err) < 0 ||
	    cli_file_replace(cert.new, buf_bytes(&pem), 0644, err) < 0)
		return -1;
	return enroll_install_rest(s, &done, err);
}

/* --- telling ------------------------------------------------------------- */

#define FACTS 6

struct facts {
	char text[FACTS][PATH_MAX + 64];
};

static int
collect_facts(const struct enroll_state *s, struct facts *f, struct err *err)
{
	AUTO_BUF der = BUF_WITH_LIMIT(CLI_FILE_MAX);
	struct pki_cert cert;
	char serial[2 * 64 + 1] = "", when[STR_TIME_MAX];

	if (enroll_certs_read_leaf(s->certificate, &der, err) < 0 ||
	    pki_cert_parse(buf_bytes(&der), &cert, err) < 0)
		return -1;
	if (cert.serial.n <= 64)
		str_hex(serial, cert.serial);
	str_time_iso(when, cert.not_after);
	(void)snprintf(f->text[0], sizeof(f->text[0]),
	    "OPENCERTSRV_CERTIFICATE=%s", s->certificate);
	(void)snprintf(f->text[1], sizeof(f->text[1]), "OPENCERTSRV_KEY=%s",
	    s->key[0] ? s->key : s->pkcs11);
	(void)snprintf(
	    f->text[2], sizeof(f->text[2]), "OPENCERTSRV_STATE=%s", s->path);
	(void)snprintf(
	    f->text[3], sizeof(f->text[3]), "OPENCERTSRV_SERIAL=%s", serial);
	(void)snprintf(
	    f->text[4], sizeof(f->text[4]), "OPENCERTSRV_NOT_AFTER=%s", when);
	(void)snprintf(f->text[5], sizeof(f->text[5]), "OPENCERTSRV_ID=%ju",
	    (uintmax_t)s->id);
	return 0;
}

/* Our environment without the password, and the facts. */
static char **
make_environment(struct facts *f)
{
	size_t n = 0, i, kept = 0;
	char **env;

	while (environ[n])
		n++;
	env = calloc(n + FACTS + 1, sizeof(*env));
	for (i = 0; env && i < n; i++)
		if (!str_has_prefix(environ[i], "OPENCERTSRV_"))
			env[kept++] = environ[i];
	for (i = 0; env && i < FACTS; i++)
		env[kept++] = f->text[i];
	return env;
}

static int
run(const char *command, char **env, struct err *err)
{
	char shell[] = "/bin/sh", option[] = "-c";
	AUTO_MEM char *copy = strdup(command);
	char *const argv[] = { shell, option, copy, NULL };
	pid_t pid;
	int status, rc;

	if (!copy)
		return err_set(err, ERR_NO_MEMORY, "There is no memory.");
	rc = posix_spawn(&pid, shell, NULL, NULL, argv, env);
	if (rc != 0) {
		errno = rc;
		return err_errno(err, "Starting the command failed");
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(err, "Waiting for the command failed");
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

int
enroll_exec(struct enroll_state *s, const char *command, struct err *err)
{
	AUTO_MEM struct facts *f = calloc(1, sizeof(*f));
	AUTO_MEM char **env = NULL;
	int rc;

	if (!f)
		return err_set(err, ERR_NO_MEMORY, "There is no memory.");
	if (collect_facts(s, f, err) < 0)
		return -1;
	env = make_environment(f);
	if (!env)
		return err_set(err, ERR_NO_MEMORY, "There is no memory.");
	rc = run(command, env, err);
	if (rc < 0)
		return -1;
	s->exec_due = rc != 0;
	if (enroll_state_save(s, err) < 0)
		return -1;
	return rc == 0 ? ENROLL_DONE : ENROLL_EXEC;
}
