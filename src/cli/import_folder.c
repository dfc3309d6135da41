/* import_folder.c - certificates in the files of a folder. */
#include "cli/import.h"

#include "pki/pem.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

static int
take_file(struct cli_import *im, int folder, const char *name, struct err *err)
{
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);
	AUTO_MEM uint8_t *file = NULL;
	struct err why = { 0 };
	struct bytes left;
	size_t n = 0;
	int more = 0;

	if (cli_import_read_file(
		folder, name, CLI_IMPORT_FILE_MAX, &file, &n, &why) == 0) {
		left = bytes_of(file, n);
		while ((more = cli_import_next_cert(&left, &der, &why)) > 0) {
			const struct rpc_import_row row = {
				.disposition = DISPOSITION_ISSUED,
				.cert = buf_bytes(&der),
				.requester = "",
				.template_name = "",
				.attributes = "",
				.message = ""
			};

			if (cli_import_row(im, &row, name, err) < 0)
				return -1;
		}
	}
	if (why.code == ERR_NO_MEMORY) {
		*err = why;
		return -1;
	}
	if (why.code != ERR_OK) {
		im->counts.unreadable++;
		cli_import_note(im->problems, "%s: %s", name, why.text);
	}
	return 0;
}

int
cli_import_folder(struct cli_import *im, const char *path, struct err *err)
{
	DIR *d = opendir(path);
	const struct dirent *e;
	int rc = 0;

	if (!d)
		return err_errno(err, "%s", path);
	while (rc == 0 && (e = readdir(d)))
		if (e->d_name[0] != '.')
			rc = take_file(im, dirfd(d), e->d_name, err);
	(void)closedir(d);
	return rc;
}
