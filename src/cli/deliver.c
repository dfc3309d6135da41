#include "cli/deliver.h"

#include "base/str.h"
#include "cli/hook.h"

#include <curl/curl.h>
#include <openssl/evp.h>

#define URL_MAX  2048
#define FETCH_MS 60000L
#define CRL_MAX  (512L << 20)

/* --- over HTTP --------------------------------------------------------------
 */

static size_t
hash_part(char *part, size_t one, size_t n, void *ctx)
{
	return EVP_DigestUpdate(ctx, part, one * n) ? one * n : 0;
}

static int
url_of(CURL *curl, const struct cli_config *config, const char *file,
    char dst[URL_MAX], struct err *err)
{
	char *name = curl_easy_escape(curl, file, 0);
	int n =
	    name ? snprintf(dst, URL_MAX, "%s/%s", config->crl_url, name) : -1;

	curl_free(name);
	if (n > 0 && n < URL_MAX)
		return 0;
	return err_set(err, ERR_CONFIG, "The address of %s is too long.", file);
}

/* The answer's hash; redirects and proxies are not what certificates name. */
static int
fetch(CURL *curl, const char *url, EVP_MD_CTX *hash, struct err *err)
{
	long status = 0;
	CURLcode rc;

	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, FETCH_MS);
	(void)curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, CRL_MAX);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, hash_part);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, hash);
	rc = curl_easy_perform(curl);
	if (rc != CURLE_OK)
		return err_set(err, ERR_UNAVAILABLE, "reading back %s: %s", url,
		    curl_easy_strerror(rc));
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return err_set(err, ERR_UNAVAILABLE,
		    "reading back %s: HTTP status %ld", url, status);
	return 0;
}

static int
compare(CURL *curl, const char *url, EVP_MD_CTX *ctx, struct bytes expected,
    struct err *err)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		return err_set(err, ERR_INTERNAL, "hashing failed");
	if (fetch(curl, url, ctx, err) < 0)
		return -1;
	if (EVP_DigestFinal_ex(ctx, hash, &n) != 1)
		return err_set(err, ERR_INTERNAL, "hashing failed");
	if (bytes_eq(bytes_of(hash, n), expected))
		return 0;
	return err_set(err, ERR_UNAVAILABLE,
	    "reading back %s: it is another file than the one that was "
	    "published",
	    url);
}

static int
read_back(const struct cli_config *config, const struct rpc_crl_row *row,
    struct err *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	CURL *curl = curl_easy_init();
	char url[URL_MAX];
	int rc = -1;

	if (!ctx || !curl)
		(void)err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	else if (url_of(curl, config, row->file, url, err) == 0)
		rc = compare(curl, url, ctx, row->hash, err);
	curl_easy_cleanup(curl);
	EVP_MD_CTX_free(ctx);
	return rc;
}

/* --- one list after the other -----------------------------------------------
 */

static int
tell(struct rpc_client *client, const struct rpc_crl_row *row,
    const struct err *failed, struct err *err)
{
	const struct rpc_crl_delivery ask = { .id = row->id,
		.done = failed->code == ERR_OK,
		.text = failed->code == ERR_OK ? "" : failed->text,
		.file = row->file,
		.hash = row->hash };
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_crl_list *left;

	return rpc_do_CRL_DELIVER(client, &ask, &msg, &left, err);
}

static int
deliver_one(struct cli *c, struct rpc_client *client,
    const struct rpc_crl_row *row, struct err *ret_failed, struct err *err)
{
	*ret_failed = (struct err){ 0 };
	if (cli_hook_run(&c->config, row->file, ret_failed) == 0)
		(void)read_back(&c->config, row, ret_failed);
	if (ret_failed->code == ERR_OK)
		(void)fprintf(c->out, "%s: read back over HTTP\n", row->file);
	else
		(void)fprintf(c->out, "%s: %s\n", row->file, ret_failed->text);
	return tell(client, row, ret_failed, err);
}

int
cli_deliver(struct cli *c, struct err *err)
{
	const struct rpc_crl_delivery ask = { .text = "", .file = "" };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_crl_list *list;
	int status = CLI_EXIT_OK;
	size_t i;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_CRL_DELIVER(client, &ask, &msg, &list, err) < 0)
		return -1;
	for (i = 0; i < list->row_count; i++) {
		struct err failed;

		if (deliver_one(c, client, &list->rows[i], &failed, err) < 0)
			return -1;
		if (failed.code != ERR_OK)
			status = CLI_EXIT_FAILED;
	}
	return status;
}
