/* print_nginx_conf - the generated nginx.conf, or a page filled in, for ports
 * of a test.
 *
 *   print_nginx_conf HTTPS HTTP [USER GROUP]     the configuration
 *   print_nginx_conf --page HTTPS HTTP < PAGE    a page
 */
#include "base/str.h"
#include "cli/nginx.h"
#include "nginx_config.h"

#include <stdio.h>

static unsigned
port(const char *s)
{
	uint64_t n = 0;

	return str_u64(s, 65535, &n) ? (unsigned)n : 0;
}

int
main(int argc, char *argv[])
{
	struct cli_config c = nginx_config_sample();
	AUTO_BUF out = BUF_WITH_LIMIT(CLI_NGINX_MAX);
	char page[16384], user[256];
	bool is_page = argc > 1 && str_eq(argv[1], "--page");
	struct err err = { 0 };
	int rc;

	argv += is_page;
	argc -= is_page;
	if (argc < 3)
		return 2;
	c.https = port(argv[1]);
	c.http = port(argv[2]);
	c.rate = 1;
	c.burst = 100;
	(void)snprintf(
	    c.urls[0], sizeof(c.urls[0]), "https://localhost:%u", c.https);
	c.url_count = 3;
	(void)snprintf(user, sizeof(user), "%s %s", argc > 4 ? argv[3] : "",
	    argc > 4 ? argv[4] : "");
	if (is_page)
		rc = cli_nginx_page(&c,
		    bytes_of(page, fread(page, 1, sizeof(page), stdin)), &out,
		    &err);
	else
		rc = cli_nginx_config(&c, argc > 4 ? user : NULL, &out, &err);
	if (rc < 0)
		return fprintf(stderr, "%s\n", err.text) < 0 ? 2 : 1;
	return fputs(buf_str(&out), stdout) == EOF;
}
