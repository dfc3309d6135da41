#include "../unit.h"

#include "cli/folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char top[64];

static int
make_top(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/ocs-folder-XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static enum cli_folder_state
state_of(const char *dir)
{
	enum cli_folder_state s;

	assert_int_equal(cli_folder_state(dir, &s, NULL), 0);
	return s;
}

static void
states_are_told_apart(void **state)
{
	char dir[96], path[128];
	struct cli_accounts a;
	struct stat st;

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/a/b", top);
	assert_int_equal(state_of(dir), CLI_FOLDER_EMPTY);
	assert_int_equal(cli_folder_begin(dir, NULL), 0);
	assert_int_equal(state_of(dir), CLI_FOLDER_HALF);
	assert_int_equal(cli_accounts_find(dir, "/usr/bin", &a, NULL), 0);
	assert_int_equal(cli_folder_layout(dir, &a, NULL), 0);
	assert_int_equal(cli_folder_write(dir, "opencertsrv.yaml",
			     BYTES_LIT("x"), 0644, NULL, NULL),
	    0);
	assert_int_equal(state_of(dir), CLI_FOLDER_HALF);
	assert_int_equal(cli_folder_finish(dir, NULL), 0);
	assert_int_equal(state_of(dir), CLI_FOLDER_READY);
	(void)snprintf(path, sizeof(path), "%s/sign/keys", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	(void)snprintf(path, sizeof(path), "%s/run/sign", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 02750);
	assert_int_equal(state_of("/usr"), CLI_FOLDER_FOREIGN);
	assert_int_equal(state_of("/proc/self/task"), CLI_FOLDER_FOREIGN);
}

static void
an_interrupted_one_is_cleared(void **state)
{
	char dir[96], path[128];

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/half", top);
	assert_int_equal(cli_folder_begin(dir, NULL), 0);
	(void)snprintf(path, sizeof(path), "%s/ca", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(cli_folder_write(dir, "ca/ca.db", BYTES_LIT("half"),
			     0600, NULL, NULL),
	    0);
	/* What is not ours stays, even here. */
	assert_int_equal(
	    cli_folder_write(dir, "mine", BYTES_LIT("x"), 0600, NULL, NULL), 0);
	assert_int_equal(cli_folder_clear(dir, NULL), 0);
	assert_int_equal(access(path, F_OK), -1);
	(void)snprintf(path, sizeof(path), "%s/mine", dir);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(state_of(dir), CLI_FOLDER_HALF);
}

static void
only_a_held_lock_means_running(void **state)
{
	char dir[96], path[128];
	pid_t pid = 1, child;
	int fd, status, ends[2];
	char word;

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/lock", top);
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(cli_folder_running(dir, &pid, NULL), 0);
	assert_int_equal(pid, 0);
	(void)snprintf(path, sizeof(path), "%s/run", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	/* A number left behind, of a process that lives. */
	assert_int_equal(cli_folder_write(dir, "run/supervise.pid",
			     BYTES_LIT("1\n"), 0644, NULL, NULL),
	    0);
	assert_int_equal(cli_folder_running(dir, &pid, NULL), 0);
	assert_int_equal(pid, 0);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		struct err err;

		/* The parent holds it. */
		(void)close(ends[1]);
		if (read(ends[0], &word, 1) != 1)
			_exit(2);
		_exit(cli_folder_lock(dir, &fd, &err) < 0 &&
			      err.code == ERR_EXISTS
			  ? 0
			  : 1);
	}
	assert_int_equal(cli_folder_lock(dir, &fd, NULL), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(cli_folder_running(dir, &pid, NULL), 0);
	assert_int_equal(pid, getpid());
	(void)close(fd);
	assert_int_equal(cli_folder_running(dir, &pid, NULL), 0);
	assert_int_equal(pid, 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static int
remove_top(void **state)
{
	char path[128];
	static const char *const dirs[] = { "a/b", "half", "lock" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(dirs); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", top, dirs[i]);
		if (cli_folder_clear(path, NULL) < 0)
			return -1;
		(void)snprintf(
		    path, sizeof(path), "%s/%s/.initialising", top, dirs[i]);
		(void)remove(path);
		(void)snprintf(path, sizeof(path), "%s/%s/mine", top, dirs[i]);
		(void)remove(path);
		(void)snprintf(path, sizeof(path), "%s/%s", top, dirs[i]);
		(void)remove(path);
	}
	(void)snprintf(path, sizeof(path), "%s/a", top);
	(void)remove(path);
	return remove(top);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_are_told_apart),
		cmocka_unit_test(an_interrupted_one_is_cleared),
		cmocka_unit_test(only_a_held_lock_means_running),
	};

	return cmocka_run_group_tests(tests, make_top, remove_top);
}
