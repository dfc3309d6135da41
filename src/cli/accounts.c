#include "cli/accounts.h"

#include "base/str.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const service_names[CLI_PROGRAM_COUNT] = {
	[CLI_PROGRAM_SIGN] = "opencertsrv-sign",
	[CLI_PROGRAM_CA] = "opencertsrv-ca",
	[CLI_PROGRAM_WEB] = "opencertsrv-web",
	[CLI_PROGRAM_NGINX] = "opencertsrv-nginx",
};

#define LOOKUP_MAX 16384

static bool
fill(struct cli_account *a, const struct passwd *pw)
{
	char room[LOOKUP_MAX];
	struct group gr, *found = NULL;

	a->uid = pw->pw_uid;
	a->gid = pw->pw_gid;
	return str_copy(a->name, sizeof(a->name), pw->pw_name) &&
	       getgrgid_r(a->gid, &gr, room, sizeof(room), &found) == 0 &&
	       found && str_copy(a->group, sizeof(a->group), gr.gr_name);
}

static bool
find_service(const char *name, struct cli_account *ret)
{
	char room[LOOKUP_MAX];
	struct passwd pw, *found = NULL;

	return getpwnam_r(name, &pw, room, sizeof(room), &found) == 0 &&
	       found && fill(ret, &pw);
}

/* May anybody pass through every folder on the way to path, and into it? */
static bool
is_reachable(const char *path)
{
	char real[PATH_MAX], *slash;
	struct stat st;

	if (!realpath(path, real))
		return false;
	for (;;) {
		if (stat(*real ? real : "/", &st) < 0 ||
		    !(st.st_mode & S_IXOTH))
			return false;
		slash = strrchr(real, '/');
		if (!slash || !*real)
			return true;
		*slash = 0;
	}
}

static bool
find_services(struct cli_accounts *a)
{
	size_t i;

	for (i = 0; i < CLI_PROGRAM_COUNT; i++)
		if (!find_service(service_names[i], &a->of[i]))
			return false;
	return true;
}

int
cli_accounts_find(const char *folder, const char *programs,
    struct cli_accounts *ret, struct err *err)
{
	struct cli_accounts a = { .switch_user = geteuid() == 0 };
	char room[LOOKUP_MAX];
	struct passwd pw, *found = NULL;
	struct stat st;
	size_t i;

	if (stat(folder, &st) < 0)
		return err_errno(err, "%s", folder);
	if (!a.switch_user && st.st_uid != geteuid())
		return err_set(err, ERR_DENIED,
		    "The folder %s belongs to somebody else.", folder);
	a.owner.uid = st.st_uid;
	a.owner.gid = a.switch_user ? st.st_gid : getegid();
	/* Without a name in the account database nginx cannot be told it. */
	if (getpwuid_r(st.st_uid, &pw, room, sizeof(room), &found) == 0 &&
	    found && !fill(&a.owner, &pw))
		return err_set(err, ERR_SYSTEM,
		    "The account of the owner of %s has no group.", folder);
	if (a.switch_user && is_reachable(folder) && is_reachable(programs))
		a.separate = find_services(&a);
	for (i = 0; !a.separate && i < CLI_PROGRAM_COUNT; i++)
		a.of[i] = a.owner;
	*ret = a;
	return 0;
}
