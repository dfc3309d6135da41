/* nginx.h - the configuration of the private nginx, as text.
 *
 * Pure: a struct cli_config goes in, text comes out. All paths are relative to
 * the folder (nginx runs with -p and with that working folder), so that it
 * may lie anywhere, also where its path is longer than a socket address.
 * What is configured and why: reference/http-hosting.md section 7.
 *
 * Trust: names and addresses come from the configuration and are refused when
 * they hold anything that nginx could take for syntax.
 */
#pragma once
#include "base/buf.h"
#include "cli/config.h"

#define CLI_NGINX_MAX 65536

/* Connections to the application that one nginx worker keeps open: fewer in
 * all than the application has threads, a quarter of them left free. 0: none
 * may be kept. */
unsigned cli_nginx_keepalive(unsigned threads, unsigned workers);

/* user: account and group of the workers ("name group"), or NULL when nginx
 * is not started by root. Appends. */
MUST_CHECK int cli_nginx_config(const struct cli_config *c, const char *user,
    struct buf *out, struct err *err);
/* A static page (web/pages) with its marks filled in: @NAMES@ the served
 * addresses as list items, @URL@ the address of the pages, @STATIC@ the path
 * of the static files. Appends. */
MUST_CHECK int cli_nginx_page(const struct cli_config *c, struct bytes page,
    struct buf *out, struct err *err);
