#include "cli/nginx.h"

#include "base/str.h"
#include "html/static_hash.h"

/* Headers of everything that nginx answers by itself. An add_header in an
 * inner block hides those outside, so every block names them all. */
static const char headers[] =
    "add_header X-Content-Type-Options nosniff always;\n"
    "add_header Referrer-Policy no-referrer always;\n"
    "add_header Cross-Origin-Opener-Policy same-origin always;\n"
    "add_header Cross-Origin-Resource-Policy same-origin always;\n"
    "add_header Content-Security-Policy \"default-src 'none'; "
    "style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'\" always;\n";
static const char header_hsts[] =
    "add_header Strict-Transport-Security \"max-age=31536000\" always;\n";

/* What the application reads; nothing else reaches it. All parameters go in
 * one FastCGI record of at most 65,535 bytes. */
static const char params[] =
    "fastcgi_pass ocs_web;\n"
    "fastcgi_next_upstream off;\n"
    "fastcgi_connect_timeout 5s;\n"
    "fastcgi_read_timeout 60s;\n"
    "fastcgi_buffer_size 32k;\n"
    "fastcgi_buffers 8 32k;\n"
    "fastcgi_max_temp_file_size 0;\n"
    "fastcgi_pass_request_headers off;\n"
    "fastcgi_param REQUEST_METHOD $request_method;\n"
    "fastcgi_param REQUEST_URI $request_uri;\n"
    "fastcgi_param DOCUMENT_URI $document_uri;\n"
    "fastcgi_param QUERY_STRING $query_string;\n"
    "fastcgi_param CONTENT_TYPE $content_type;\n"
    "fastcgi_param CONTENT_LENGTH $content_length;\n"
    "fastcgi_param SERVER_PROTOCOL $server_protocol;\n"
    "fastcgi_param SERVER_NAME $server_name;\n"
    "fastcgi_param SERVER_PORT $server_port;\n"
    "fastcgi_param REMOTE_ADDR $remote_addr;\n"
    "fastcgi_param REMOTE_PORT $remote_port;\n"
    "fastcgi_param HTTPS $https if_not_empty;\n"
    "fastcgi_param HTTP_HOST $host;\n"
    "fastcgi_param OCS_TLS_NAME $ssl_server_name;\n"
    "fastcgi_param OCS_CONN $connection;\n"
    "fastcgi_param HTTP_AUTHORIZATION $http_authorization;\n"
    "fastcgi_param HTTP_COOKIE $http_cookie;\n"
    "fastcgi_param HTTP_USER_AGENT $http_user_agent;\n"
    "fastcgi_param HTTP_ORIGIN $http_origin;\n"
    "fastcgi_param HTTP_SEC_FETCH_SITE $http_sec_fetch_site;\n"
    "fastcgi_param HTTP_SEC_FETCH_MODE $http_sec_fetch_mode;\n"
    "fastcgi_param HTTP_ACCEPT $http_accept;\n"
    "fastcgi_param HTTP_ACCEPT_LANGUAGE $http_accept_language;\n"
    "fastcgi_param HTTP_IF_NONE_MATCH $http_if_none_match;\n";

static const char main_block[] =
    "daemon off;\n"
    "pid run/nginx.pid;\n"
    "error_log log/nginx-error.log notice;\n"
    "worker_shutdown_timeout 10s;\n"
    "events { worker_connections 2048; }\n"
    "http {\n"
    "client_body_temp_path tmp/body;\n"
    "proxy_temp_path tmp/proxy;\n"
    "fastcgi_temp_path tmp/fastcgi;\n"
    "uwsgi_temp_path tmp/uwsgi;\n"
    "scgi_temp_path tmp/scgi;\n"
    "access_log log/nginx-access.log;\n"
    "server_tokens off;\n"
    "absolute_redirect off;\n"
    "default_type application/octet-stream;\n"
    "charset utf-8;\n"
    "types {\n"
    "\ttext/html html;\n"
    "\ttext/css css;\n"
    "\ttext/javascript js mjs;\n"
    "\ttext/plain txt;\n"
    "\tapplication/json json;\n"
    "\timage/svg+xml svg;\n"
    "\timage/png png;\n"
    "\timage/x-icon ico;\n"
    "\tfont/woff2 woff2;\n"
    "}\n"
    "client_header_timeout 10s;\n"
    "client_body_timeout 10s;\n"
    "send_timeout 10s;\n"
    "keepalive_timeout 60s;\n"
    /* The same size twice: bodies never become temporary files. */
    "client_max_body_size 256k;\n"
    "client_body_buffer_size 256k;\n"
    /* A Kerberos ticket has up to 64,025 characters. */
    "large_client_header_buffers 4 64k;\n"
    /* Whatever nginx answers by itself can only be read. */
    "map $status $ocs_allow { 405 \"GET, HEAD\"; default \"\"; }\n"
    "limit_req_status 429;\n"
    "limit_conn_status 429;\n"
    "ssl_protocols TLSv1.2 TLSv1.3;\n"
    "ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;\n"
    "ssl_session_cache shared:ocs_tls:2m;\n"
    "ssl_session_timeout 1h;\n";

/* Our own pages instead of nginx's. */
static const char errors[] =
    "error_page 400 414 /.error/400.html;\n"
    "error_page 403 404 /.error/404.html;\n"
    "error_page 405 /.error/405.html;\n"
    "error_page 408 /.error/408.html;\n"
    "error_page 413 /.error/413.html;\n"
    "error_page 421 /.error/unknown-host.html;\n"
    "error_page 429 /.error/429.html;\n"
    "error_page 494 =431 /.error/431.html;\n"
    "error_page 497 =400 /.error/https-required.html;\n"
    "error_page 500 503 /.error/503.html;\n"
    /* The web role is away: for a moment, so a client may try again. */
    "error_page 502 504 =503 /.error/503.html;\n";

/* nginx could take one of these for the end of a word. */
static int
check_word(const char *what, const char *word, struct err *err)
{
	static const char fine[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789.-_:[]/";

	if (*word && strspn(word, fine) == strlen(word))
		return 0;
	return err_set(err, ERR_CONFIG,
	    "The %s \"%.80s\" of the configuration is empty or has a "
	    "character that it may not have.",
	    what, word);
}

unsigned
cli_nginx_keepalive(unsigned threads, unsigned workers)
{
	unsigned usable = threads - (threads + 3) / 4;

	return workers == 0 ? 0 : usable / workers;
}

/* The host of "https://host:port/path": a run of bytes inside url. */
static struct bytes
url_host(const char *url)
{
	const char *p = strstr(url, "://"), *end;

	p = p ? p + 3 : url;
	end = *p == '[' ? strchr(p, ']') : NULL;
	end = end ? end + 1 : p + strcspn(p, ":/");
	return bytes_of(p, (size_t)(end - p));
}

static void
add_server_names(const struct cli_config *c, struct buf *out)
{
	size_t i, k;

	buf_add_str(out, "server_name");
	for (i = 0; i < c->url_count; i++) {
		struct bytes host = url_host(c->urls[i]);

		for (k = 0; k < i; k++)
			if (bytes_eq(host, url_host(c->urls[k])))
				break;
		if (k == i) {
			buf_add_char(out, ' ');
			buf_add_bytes(out, host);
		}
	}
	buf_add_str(out, ";\n");
}

static void
add_headers(const struct cli_config *c, bool tls, struct buf *out)
{
	buf_add_str(out, headers);
	if (tls && c->hsts)
		buf_add_str(out, header_hsts);
}

/* Never to be asked for. */
static void
add_error_pages(const struct cli_config *c, bool tls, struct buf *out)
{
	buf_add_str(out, errors);
	buf_add_str(out,
	    "location ^~ /.error/ {\ninternal;\nalias www/pages/;\n"
	    /* The request that failed may have a body, which is not read. */
	    "client_max_body_size 0;\n"
	    "add_header Allow $ocs_allow always;\n"
	    "add_header Cache-Control no-store always;\n");
	add_headers(c, tls, out);
	buf_add_str(out, "}\n");
}

/* Static files of the pages. With the hash of their content in the path they
 * never change; with another one, or none, they are asked for again. */
static void
add_static(const struct cli_config *c, bool tls, struct buf *out)
{
	static const struct {
		const char *hash, *cache;
	} kinds[] = {
		{ HTML_STATIC_HASH "/", "public, max-age=31536000, immutable" },
		{ "([0-9a-f]{16}/)?", "no-cache" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		buf_addf(out,
		    "location ~* \"^/certsrv/static/%s(?<ocs_static>"
		    "[a-z0-9_-][a-z0-9._-]*(/[a-z0-9_-][a-z0-9._-]*)*)$\" {\n"
		    "if ($request_method !~ ^(GET|HEAD)$) { return 405; }\n"
		    "alias www/static/$ocs_static;\n"
		    "add_header Cache-Control \"%s\";\n",
		    kinds[i].hash, kinds[i].cache);
		add_headers(c, tls, out);
		buf_add_str(out, "}\n");
	}
	/* Asked for by browsers that were shown no page. */
	buf_add_str(out, "location = /favicon.ico {\n"
			 "alias www/static/favicon.ico;\n"
			 "add_header Cache-Control no-cache;\n");
	add_headers(c, tls, out);
	buf_add_str(out, "}\n");
}

/* What every server has. */
static void
add_common(const struct cli_config *c, bool tls, struct buf *out)
{
	add_error_pages(c, tls, out);
	add_static(c, tls, out);
}

/* CRLs and CA certificates; a name that begins with a dot is one that is
 * being written. A list may be kept until the next one is made: so long after
 * its own time, then it has to be asked for again. */
static void
add_certenroll(const struct cli_config *c, bool tls, struct buf *out)
{
	const struct {
		const char *name; /* pattern */
		unsigned hours;   /* 0: ask each time */
	} kinds[] = {
		{ "[^/.][^/]*\\+\\.crl", c->delta_hours },
		{ "[^/.][^/]*\\.crl", c->crl_hours },
		{ "[^/.][^/]*", 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		buf_addf(out,
		    "location ~* \"^/certenroll/(?<ocs_file>%s)$\" {\n"
		    "if ($request_method !~ ^(GET|HEAD)$) { return 405; }\n"
		    "alias public/certenroll/$ocs_file;\n"
		    "charset off;\n"
		    "types { application/pkix-crl crl; "
		    "application/pkix-cert crt cer; }\n",
		    kinds[i].name);
		if (kinds[i].hours)
			buf_addf(
			    out, "expires modified +%uh;\n", kinds[i].hours);
		else
			buf_add_str(
			    out, "add_header Cache-Control no-cache always;\n");
		add_headers(c, tls, out);
		buf_add_str(out, "}\n");
	}
}

static void
add_listen(const struct cli_config *c, unsigned port, const char *more,
    struct buf *out)
{
	bool bare_v6 = strchr(c->listen, ':') && c->listen[0] != '[';

	buf_addf(out, "listen %s%s%s:%u%s;\n", bare_v6 ? "[" : "", c->listen,
	    bare_v6 ? "]" : "", port, more);
}

static void
add_tls(struct buf *out)
{
	buf_add_str(out, "ssl_certificate tls/web.pem;\n"
			 "ssl_certificate_key tls/web.key;\n");
}

/* A name that is not served here: the page says which are. */
static void
add_unknown(const struct cli_config *c, bool tls, struct buf *out)
{
	buf_add_str(out, "server {\n");
	add_listen(c, tls ? c->https : c->http,
	    tls ? " ssl http2 default_server" : " default_server", out);
	if (tls)
		add_tls(out);
	add_common(c, tls, out);
	buf_add_str(out, "location / { return 421; }\n}\n");
}

static void
add_https(const struct cli_config *c, bool keep, struct buf *out)
{
	buf_add_str(out, "server {\n");
	add_listen(c, c->https, " ssl http2", out);
	add_server_names(c, out);
	add_tls(out);
	add_common(c, true, out);
	add_certenroll(c, true, out);
	buf_add_str(out, "location ~* ^/certsrv(/|$) {\n");
	buf_addf(out, "fastcgi_keep_conn %s;\n", keep ? "on" : "off");
	buf_add_str(out, params);
	if (c->hsts)
		buf_add_str(out, header_hsts);
	buf_add_str(out, "}\n"
			 "location = / { return 302 /certsrv/; }\n"
			 "location / { return 404; }\n}\n");
}

/* Plain HTTP: files for relying parties and a sentence for people. What is
 * not GET or HEAD is answered in the rewrite phase, before a body is read. */
static void
add_http(const struct cli_config *c, struct buf *out)
{
	buf_add_str(out, "server {\n");
	add_listen(c, c->http, "", out);
	add_server_names(c, out);
	buf_add_str(out,
	    "client_max_body_size 1;\n"
	    "if ($request_method !~ ^(GET|HEAD)$) { return 405; }\n");
	add_common(c, false, out);
	add_certenroll(c, false, out);
	buf_add_str(out, "location ~* ^/certsrv(/|$) {\n"
			 "root www/pages;\n"
			 "try_files /https-required.html =404;\n"
			 "add_header Cache-Control no-store always;\n");
	add_headers(c, false, out);
	buf_add_str(out, "}\nlocation / { return 404; }\n}\n");
}

static int
check(const struct cli_config *c, struct err *err)
{
	size_t i;

	if (check_word("listen address", c->listen, err) < 0)
		return -1;
	if (c->url_count == 0)
		return err_set(
		    err, ERR_CONFIG, "The configuration names no public_url.");
	for (i = 0; i < c->url_count; i++)
		if (check_word("address", c->urls[i], err) < 0)
			return -1;
	return 0;
}

int
cli_nginx_config(const struct cli_config *c, const char *user, struct buf *out,
    struct err *err)
{
	unsigned keep = cli_nginx_keepalive(c->web_threads, c->nginx_workers);

	if (check(c, err) < 0)
		return -1;
	buf_add_str(out, "# Written by opencertsrv at every start from "
			 "opencertsrv.yaml; changes here are lost.\n");
	if (user)
		buf_addf(out, "user %s;\n", user);
	buf_addf(out, "worker_processes %u;\n", c->nginx_workers);
	buf_add_str(out, main_block);
	buf_addf(out,
	    "limit_req_zone $binary_remote_addr zone=ocs_req:10m rate=%ur/s;\n"
	    "limit_conn_zone $binary_remote_addr zone=ocs_conn:10m;\n"
	    "limit_req zone=ocs_req burst=%u nodelay;\n"
	    "limit_conn ocs_conn %u;\n",
	    c->rate, c->burst, c->connections);
	buf_add_str(out, "upstream ocs_web {\n"
			 "server unix:run/fcgi/fcgi.sock max_fails=0;\n");
	if (keep > 0)
		buf_addf(out, "keepalive %u;\nkeepalive_timeout 30s;\n", keep);
	buf_add_str(out, "}\n");
	add_unknown(c, true, out);
	add_https(c, keep > 0, out);
	add_unknown(c, false, out);
	add_http(c, out);
	buf_add_str(out, "}\n");
	return buf_check(out, "nginx.conf", err);
}

static void
add_names(const struct cli_config *c, struct buf *out)
{
	size_t i;

	for (i = 0; i < c->url_count; i++)
		buf_addf(out,
		    "<li><a href=\"%s/certsrv/\">%s/certsrv/</a></li>",
		    c->urls[i], c->urls[i]);
}

static void
add_url(const struct cli_config *c, struct buf *out)
{
	buf_addf(out, "%s/certsrv/", c->urls[0]);
}

static void
add_static_path(const struct cli_config *c, struct buf *out)
{
	(void)c;
	buf_add_str(out, "/certsrv/static/" HTML_STATIC_HASH);
}

/* The addresses hold no character that HTML treats specially. */
static const struct {
	struct bytes mark;
	void (*add)(const struct cli_config *c, struct buf *out);
} marks[] = {
	{ { (const uint8_t *)"@NAMES@", 7 }, add_names },
	{ { (const uint8_t *)"@URL@", 5 }, add_url },
	{ { (const uint8_t *)"@STATIC@", 8 }, add_static_path },
};

int
cli_nginx_page(const struct cli_config *c, struct bytes page, struct buf *out,
    struct err *err)
{
	size_t i, used;

	if (check(c, err) < 0)
		return -1;
	for (; page.n > 0; page = bytes_of(page.p + used, page.n - used)) {
		for (i = 0; i < ARRAY_LEN(marks); i++)
			if (bytes_has_prefix(page, marks[i].mark))
				break;
		used = i < ARRAY_LEN(marks) ? marks[i].mark.n : 1;
		if (i < ARRAY_LEN(marks))
			marks[i].add(c, out);
		else
			buf_add_char(out, (char)*page.p);
	}
	return buf_check(out, "a static page", err);
}
