#include "cli/shipped.h"

#include "base/str.h"
#include "cli/folder.h"
#include "cli/program.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#define A_FILE "User.yaml"

static bool
try_place(char *dst, size_t size, const char *base, const char *place)
{
	char path[PATH_MAX];

	return cli_folder_path(dst, size, base, place, NULL) == 0 &&
	       cli_folder_path(path, sizeof(path), dst, A_FILE, NULL) == 0 &&
	       access(path, R_OK) == 0;
}

/* Beside the build folder lie the sources; installed, they are beside the
 * files of the pages. */
static int
find_shipped(char *dst, size_t size, struct err *err)
{
	static const char *const places[] = { "../templates", "../../templates",
		"../share/opencertsrv/templates" };
	char folder[PATH_MAX];

	if (cli_program_data(folder, sizeof(folder), NULL) == 0 &&
	    (try_place(dst, size, folder, "templates") ||
		try_place(dst, size, folder, "../templates")))
		return 0;
	if (cli_program_folder(folder, sizeof(folder), err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (try_place(dst, size, folder, places[i]))
			return 0;
	return err_set(err, ERR_NOT_FOUND,
	    "The shipped templates are not where the program expects them "
	    "(beside %s).",
	    folder);
}

/* Write the file, with the host's name among the domains it lists. */
static int
copy_one(const char *from, const char *dir, const char *file, const char *host,
    struct err *err)
{
	static const char list[] = "dns_suffixes: [";
	AUTO_BUF content = BUF_WITH_LIMIT(RPC_TEMPLATE_FILE_MAX);
	AUTO_BUF out = BUF_WITH_LIMIT(RPC_TEMPLATE_FILE_MAX);
	const char *text, *at;
	char name[PATH_MAX];

	if (cli_folder_read(from, file, &content, err) < 0 ||
	    cli_folder_path(name, sizeof(name), "templates", file, err) < 0)
		return -1;
	text = buf_str(&content);
	at = *host ? strstr(text, list) : NULL;
	if (at) {
		at += sizeof(list) - 1;
		buf_add(&out, text, (size_t)(at - text));
		buf_addf(&out, "%s, ", host);
		buf_add_str(&out, at);
	} else {
		buf_add_str(&out, text);
	}
	if (buf_check(&out, file, err) < 0)
		return -1;
	return cli_folder_write(dir, name, buf_bytes(&out), 0644, NULL, err);
}

int
cli_shipped_copy(const char *dir, const char *host, struct err *err)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct dirent *e;
	int rc = 0;
	DIR *d;

	if (find_shipped(from, sizeof(from), err) < 0 ||
	    cli_folder_path(to, sizeof(to), dir, "templates", err) < 0)
		return -1;
	if ((mkdir(to, 0755) < 0 && errno != EEXIST) || chmod(to, 0755) < 0)
		return err_errno(err, "Making the folder %s failed", to);
	d = opendir(from);
	if (!d)
		return err_errno(err, "Reading the folder %s failed", from);
	while (rc == 0 && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' &&
		    str_has_suffix_ci(e->d_name, ".yaml"))
			rc = copy_one(from, dir, e->d_name, host, err);
	(void)closedir(d);
	return rc;
}

int
cli_shipped_enable(
    const struct cli_config *config, const char *admin, struct err *err)
{
	static const char *const names[] = { "User", "ClientAuth",
		"EmailProtection", "WebServer" };
	AUTO(rpc_client) client = NULL;

	if (cli_session_to(config, admin, 0, &client, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct rpc_template_ask ask = { .name = names[i],
			.for_account = "" };
		AUTO(rpc_msg) msg = NULL;
		const struct rpc_template_row *row;

		if (rpc_do_TEMPLATE_ENABLE(client, &ask, &msg, &row, err) < 0)
			return err_wrap(
			    err, "Enabling the template %s", names[i]);
	}
	return 0;
}
