/* config.h - what the command line needs to know of a configuration.
 *
 * Filled and range-checked by bin/cli/config.c (defaults stand there).
 *
 * Ownership: a plain value.
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define CLI_TEXT_MAX  256
#define CLI_NAMES_MAX 16

struct cli_config {
	bool demo, enterprise, subordinate;
	bool offline;          /* nothing runs between commands */
	char folder[PATH_MAX]; /* of the configuration file, absolute */
	char file[PATH_MAX];   /* the configuration file, absolute */
	char admin_socket[PATH_MAX];
	char ca_name[CLI_TEXT_MAX];
	char ca_host[CLI_TEXT_MAX];
	/* DNS names and addresses of the site, for its TLS certificate. */
	char site_names[CLI_NAMES_MAX][CLI_TEXT_MAX];
	size_t site_name_count;

	/* From section web: origins people may use, public_url first. */
	char urls[CLI_NAMES_MAX][CLI_TEXT_MAX];
	size_t url_count;
	char http_url[CLI_TEXT_MAX];
	unsigned web_threads;

	/* From section host: the private nginx. */
	char listen[CLI_TEXT_MAX];
	unsigned https, http;
	unsigned rate, burst, connections;
	unsigned nginx_workers;
	bool hsts;
	/* From section ca: how long caches may keep the lists. */
	char crl_url[CLI_TEXT_MAX];      /* what certificates name */
	char publish_hook[CLI_TEXT_MAX]; /* an absolute path, or "" */
	unsigned crl_hours, delta_hours; /* delta_hours 0: none is made */
};
