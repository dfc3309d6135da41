#include "fixture.h"

#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *
fixture_path(const struct fixture *f)
{
	return f->url + strlen("sqlite:");
}

static void
open_all(struct fixture *f)
{
	assert_ok(store_open(f->url, &f->store, err));
	assert_ok(store_writer_open(f->store, &f->w, err));
	assert_ok(store_reader_open(f->store, &f->r, err));
}

static void
close_all(struct fixture *f)
{
	store_reader_close(f->r);
	store_writer_close(f->w);
	store_close(f->store);
}

int
fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_true(
	    str_copy(f->folder, sizeof(f->folder), "/tmp/store-XXXXXX"));
	assert_non_null(mkdtemp(f->folder));
	(void)snprintf(f->url, sizeof(f->url), "sqlite:%s/ca.db", f->folder);
	open_all(f);
	*state = f;
	return 0;
}

int
fixture_teardown(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct fixture *f = *state;
	char path[192];
	size_t i;

	close_all(f);
	for (i = 0; i < ARRAY_LEN(ends); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s%s", fixture_path(f), ends[i]);
		(void)unlink(path);
	}
	(void)rmdir(f->folder);
	free(f);
	return 0;
}

void
fixture_reopen(struct fixture *f)
{
	close_all(f);
	open_all(f);
}

void
fixture_begin(struct fixture *f)
{
	assert_ok(store_begin(f->w, err));
}

void
fixture_commit(struct fixture *f)
{
	assert_ok(store_commit(f->w, err));
}

struct bytes
fixture_serial(uint8_t dst[19], unsigned n)
{
	memset(dst, 0x5a, 19);
	dst[0] = 0x41;
	dst[1] = (uint8_t)(n >> 8);
	dst[2] = (uint8_t)n;
	return bytes_of(dst, 19);
}

struct store_request
fixture_request(enum disposition d, const char *owner)
{
	return (struct store_request){ .disposition = d,
		.hresult = 0x80094012,
		.flags = STORE_REQUEST_RENEWAL,
		.kind = "pkcs10",
		.raw_request = BYTES_LIT("raw\0request"),
		.attributes = "CertificateTemplate:User\n",
		.message = "taken under submission",
		.sentence = "It waits.",
		.submitted = 1700000000,
		.resolved = 1700000001,
		.owner = owner,
		.requester = "Requester",
		.caller_owner = "local\\caller",
		.caller = "Caller",
		.peer = "web uid 998",
		.address = "192.0.2.7",
		.officer = "officer",
		.request_subject = "CN=asked",
		.subject = "CN=issued",
		.common_name = "issued",
		.template_name = "tls-server",
		.key_kind = "P-256",
		.key_bits = 256,
		.key_hash = BYTES_LIT("0123456789abcdef0123456789abcdef"),
		.ski = BYTES_LIT("ski-ski-ski-ski-ski-"),
		.cert_hash = BYTES_LIT("fedcba9876543210fedcba9876543210"),
		.cert = BYTES_LIT("\x30\x82\0certificate"),
		.ca_index = 2,
		.key_index = 1,
		.not_before = 1700000002,
		.not_after = 1800000000,
		.approvals = 3 };
}

uint64_t
fixture_insert(struct fixture *f, const struct store_request *q)
{
	uint64_t id = 0;

	fixture_begin(f);
	assert_ok(store_insert_request(f->w, q, &id, err));
	fixture_commit(f);
	return id;
}
