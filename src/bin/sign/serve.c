#include "bin/sign/serve.h"

#include "base/log.h"
#include "sign/service.h"

#include <assert.h>

_Static_assert((int)RPC_SIGN_CERTIFICATE == (int)SIGN_CERTIFICATE &&
		   (int)RPC_SIGN_CRL == (int)SIGN_CRL &&
		   (int)RPC_SIGN_CMC_RESPONSE == (int)SIGN_CMC_RESPONSE &&
		   (int)RPC_SIGN_CA_REQUEST == (int)SIGN_CA_REQUEST &&
		   (int)RPC_SIGN_CA_CERTIFICATE == (int)SIGN_CA_CERTIFICATE,
    "the same numbers on both sides");
_Static_assert(RPC_SIGN_BATCH_MAX <= SIGN_BATCH_MAX &&
		   RPC_SIGN_TBS_MAX <= SIGN_TBS_MAX &&
		   RPC_SIGN_CRL_MAX <= SIGN_CRL_MAX &&
		   RPC_SIGN_PART_MAX <= SIGN_CRL_PART_MAX &&
		   RPC_SIGN_KEYS_MAX >= SIGN_KEYS_MAX,
    "what can be sent can be signed");

/* --- Sign -------------------------------------------------------------- */

/* One block, so that one free() releases an answer. */
struct sign_answer {
	struct rpc_sign_signature items[RPC_SIGN_BATCH_MAX];
	struct sign_result results[RPC_SIGN_BATCH_MAX];
};

static void
take_item(const struct rpc_sign_item *from, struct sign_item *to)
{
	*to = (struct sign_item){
		.key_index = from->key_index,
		.what = from->kind,
		.tbs = from->tbs,
		.digest = from->digest,
		.crl_number = from->crl_number,
		.issuer = from->issuer,
	};
}

static void
give_result(const struct sign_result *from, uint32_t key_index,
    struct rpc_sign_signature *to)
{
	*to = (struct rpc_sign_signature){
		.err_code = (uint32_t)from->err.code,
		.err_text = from->err.code == ERR_OK ? "" : from->err.text,
		.signature = bytes_of(from->signature, from->signature_n),
		.log_sequence = from->log_sequence,
	};
	if (from->err.code != ERR_OK)
		log_warn("key %u: %s (record %ju of the signer's log)",
		    key_index, from->err.text, (uintmax_t)from->log_sequence);
}

static int
serve_sign(void *ctx, const struct rpc_sign_ask *ask,
    struct rpc_sign_reply *out, struct err *err)
{
	struct sign_item items[RPC_SIGN_BATCH_MAX];
	struct sign_ask to = { ask->audit_sequence, ask->audit_hash, items,
		ask->item_count };
	struct sign_answer *answer;
	size_t i;

	if (ask->item_count > RPC_SIGN_BATCH_MAX)
		return err_set(err, ERR_INVALID, "the batch is too large");
	/* Only what is used of it is ever touched. */
	out->memory = answer = malloc(sizeof(*answer));
	if (!answer)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	for (i = 0; i < ask->item_count; i++)
		take_item(&ask->items[i], &items[i]);
	if (sign_service_sign(ctx, &to, answer->results, err) < 0) {
		log_error("%s", err->text);
		return -1;
	}
	for (i = 0; i < ask->item_count; i++)
		give_result(&answer->results[i], ask->items[i].key_index,
		    &answer->items[i]);
	out->items = answer->items;
	out->item_count = ask->item_count;
	return 0;
}

/* --- Status, MakeKey --------------------------------------------------- */

struct status_answer {
	struct rpc_sign_key keys[SIGN_KEYS_MAX];
	uint8_t hash[SIGN_HASH_SIZE];
};

static void
give_key(const struct sign_key *from, struct rpc_sign_key *to)
{
	*to = (struct rpc_sign_key){ .index = from->index };
	to->kind = from->kind->word;
	to->spki = from->spki;
}

static int
serve_status(void *ctx, struct rpc_sign_status *out, struct err *err)
{
	const struct sign_key *keys[SIGN_KEYS_MAX];
	struct status_answer *answer = malloc(sizeof(*answer));
	size_t i;

	out->memory = answer;
	if (!answer)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	out->key_count = sign_service_keys(ctx, keys);
	for (i = 0; i < out->key_count; i++) {
		give_key(keys[i], &answer->keys[i]);
		answer->keys[i].crl_number =
		    sign_log_crl_number(sign_service_log(ctx), keys[i]->index);
	}
	out->keys = answer->keys;
	out->log_sequence = sign_log_head(sign_service_log(ctx), answer->hash);
	out->log_hash = BYTES_OF(answer->hash);
	out->init = sign_service_init(ctx);
	return 0;
}

static int
serve_make_key(void *ctx, const struct rpc_sign_make_key *ask,
    struct rpc_sign_key *out, struct err *err)
{
	const struct sign_key *key = NULL;

	if (sign_service_make_key(ctx, ask->index, ask->kind, &key, err) < 0) {
		log_warn("key %u was not made: %s", ask->index, err->text);
		return -1;
	}
	give_key(key, out);
	log_info("key %u was made (%s)", key->index, key->kind->word);
	return 0;
}

/* --- Log --------------------------------------------------------------- */

static void
give_row(const struct sign_record *from, struct rpc_sign_log_row *to)
{
	const struct sign_facts *f = &from->facts;

	*to = (struct rpc_sign_log_row){
		.sequence = from->sequence,
		.time = from->time,
		.kind = from->what <= SIGN_CA_CERTIFICATE ? from->what : 0,
		.refused = from->outcome == SIGN_REFUSED,
		.key_index = from->key_index,
		.serial = bytes_of(f->serial, f->serial_n),
		.crl_number = from->what == SIGN_CRL ? f->number : 0,
		.digest = bytes_of(f->digest, f->digest_n),
		.audit_sequence = from->audit_sequence,
		.audit_hash = bytes_of(
		    from->audit_hash, from->has_audit ? SIGN_HASH_SIZE : 0),
		.prev = BYTES_OF(from->prev),
		.hash = BYTES_OF(from->hash),
	};
}

static int
serve_log(void *ctx, const struct rpc_sign_log_ask *ask,
    struct rpc_sign_log *out, struct err *err)
{
	struct log_answer {
		struct rpc_sign_log_row rows[RPC_SIGN_LOG_MAX];
		struct sign_record records[RPC_SIGN_LOG_MAX];
	} * answer;
	size_t n, i;

	if (ask->limit == 0 || ask->limit > RPC_SIGN_LOG_MAX)
		return err_set(err, ERR_INVALID,
		    "1 to %d rows of the log can be read at once",
		    RPC_SIGN_LOG_MAX);
	out->memory = answer = malloc(sizeof(*answer));
	if (!answer)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	if (sign_log_read(sign_service_log(ctx), ask->after, answer->records,
		ask->limit, &n, err) < 0) {
		log_error("%s", err->text);
		return -1;
	}
	for (i = 0; i < n; i++)
		give_row(&answer->records[i], &answer->rows[i]);
	out->rows = answer->rows;
	out->row_count = n;
	return 0;
}

/* --- CrlPart ----------------------------------------------------------- */

static int
serve_crl_part(void *ctx, const struct rpc_sign_crl_part *ask,
    struct rpc_sign_signature *out, void **ret_memory, struct err *err)
{
	const struct sign_crl_part part = { .key_index = ask->key_index,
		.offset = ask->offset,
		.bytes = ask->part,
		.last = ask->last,
		.audit_sequence = ask->audit_sequence,
		.audit_hash = ask->audit_hash };
	struct sign_result *result = malloc(sizeof(*result));

	*ret_memory = result;
	if (!result)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	if (sign_service_crl_part(ctx, &part, result, err) < 0) {
		log_error("a CRL was not signed: %s", err->text);
		return -1;
	}
	give_result(result, ask->key_index, out);
	return 0;
}

/* --- Install ----------------------------------------------------------- */

static int
serve_install(void *ctx, const struct rpc_sign_install *ask,
    struct rpc_sign_signature *out, void **ret_memory, struct err *err)
{
	const struct sign_install install = { .key_index = ask->key_index,
		.tbs = ask->tbs,
		.audit_sequence = ask->audit_sequence,
		.audit_hash = ask->audit_hash };
	struct sign_result *result = malloc(sizeof(*result));

	*ret_memory = result;
	if (!result)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	if (sign_service_install(ctx, &install, result, err) < 0) {
		log_error("a certificate was not installed: %s", err->text);
		return -1;
	}
	give_result(result, ask->key_index, out);
	if (result->err.code == ERR_OK)
		log_info("key %u has a new certificate", ask->key_index);
	return 0;
}

const struct rpc_sign_ops sign_serve_ops = {
	.sign = serve_sign,
	.status = serve_status,
	.make_key = serve_make_key,
	.log = serve_log,
	.crl_part = serve_crl_part,
	.install = serve_install,
};
