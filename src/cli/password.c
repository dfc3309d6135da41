#include "cli/password.h"

#include <fcntl.h>
#include <sys/random.h>
#include <termios.h>

/* Read up to the end of the first line. */
static int
read_line(int fd, const char *what, struct secret **ret, struct err *err)
{
	char line[CLI_PASSWORD_MAX + 1];
	size_t n = 0;
	ssize_t got = 1;
	int rc = -1;

	while (n < sizeof(line) && (got = read(fd, line + n, 1)) == 1)
		if (line[n++] == '\n')
			break;
	if (got < 0)
		rc = err_errno(err, "Reading %s failed", what);
	else if (n == sizeof(line))
		rc = err_set(err, ERR_INVALID,
		    "The password in %s is longer than %d bytes.", what,
		    CLI_PASSWORD_MAX);
	else {
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			n--;
		rc = n == 0 ? err_set(err, ERR_INVALID,
				  "There is no password in %s.", what)
			    : secret_copy(bytes_of(line, n), ret, err);
	}
	secret_wipe(line, sizeof(line));
	return rc;
}

int
cli_password_from_file(const char *file, struct secret **ret, struct err *err)
{
	AUTO_FD fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(
		    err, "Opening the password file %s failed", file);
	return read_line(fd, file, ret, err);
}

int
cli_password_ask(const char *prompt, struct secret **ret, struct err *err)
{
	AUTO_FD fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios loud, quiet;
	int rc;

	if (fd < 0 || tcgetattr(fd, &loud) < 0)
		return err_set(err, ERR_INVALID,
		    "A password is needed and there is no terminal to ask on; "
		    "use --password-file.");
	quiet = loud;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(fd, TCSAFLUSH, &quiet) < 0)
		return err_errno(err, "Turning the echo off failed");
	(void)dprintf(fd, "%s: ", prompt);
	rc = read_line(fd, "the terminal", ret, err);
	(void)tcsetattr(fd, TCSAFLUSH, &loud);
	(void)dprintf(fd, "\n");
	return rc;
}

int
cli_password_make(char dst[CLI_PASSWORD_MADE + 1], struct err *err)
{
	/* 64 characters, so that six bits of each random byte choose one
	 * without a bias; none that a shell or an HTML form treats specially.
	 */
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t random[CLI_PASSWORD_MADE];
	size_t i;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return err_errno(err, "The kernel gave no random bytes");
	for (i = 0; i < sizeof(random); i++)
		dst[i] = alphabet[random[i] & 63];
	dst[i] = 0;
	secret_wipe(random, sizeof(random));
	return 0;
}
