/* Which template a request is for, by all combinations of the four places where
 * it can say so. Requests are made by OpenSSL. */
#include "../unit.h"
#include "world_make.h"

/* In the order of their names; Off is not enabled. */
static const char *const templates[] = {
#define KEYS                                             \
	"subject:\n  from: account\nkeys: [p256]\neku: " \
	"[client-authentication]\n"
	WORLD_TEMPLATE("Asked", "1", KEYS),
	WORLD_TEMPLATE("Off", "4", KEYS),
	WORLD_TEMPLATE("Person", "5", KEYS),
};
#define OFF 1

/* 1.2.3.N and the version. */
static struct bytes
id_of(struct buf *out, int number, int major, int minor)
{
	uint8_t oid[] = { 0x2a, 3, (uint8_t)number };
	uint8_t digit;
	AUTO_BUF in = BUF_WITH_LIMIT(64);

	make_tlv(&in, DER_OID, BYTES_OF(oid));
	for (int i = 0; i < 2; i++) {
		digit = (uint8_t)(i ? minor : major);
		if (major >= 0 && (i == 0 || minor >= 0))
			make_tlv(&in, DER_INTEGER, bytes_of(&digit, 1));
	}
	buf_reset(out);
	make_tlv(out, DER_SEQUENCE, buf_bytes(&in));
	return buf_bytes(out);
}

/* What a place may say. */
static const struct {
	const char *name;
	int number;
	bool usable;
} says[] = {
	{ NULL, 0, false },
	{ "Person", 5, true },
	{ "aSKED", 1, true },
	{ "Off", 4, false },
	{ "Nonsense", 9, false },
};
#define SAYS 5U
_Static_assert(ARRAY_LEN(says) == SAYS, "the base of the numbers below");

static uint32_t
code_of_places(const unsigned place[4])
{
	unsigned first = 0;

	for (size_t i = 0; i < 4; i++) {
		if (place[i] == 0)
			continue;
		if (!says[place[i]].usable)
			return 0x80094800;
		if (first && first != place[i])
			return 0x80094802;
		first = place[i];
	}
	return first ? 0 : 0x80094800;
}

static void
every_place(void **unused)
{
	static struct world w;
	AUTO_BUF id = BUF_WITH_LIMIT(64);

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	w.rows[OFF].enabled = false;
	for (unsigned n = 0; n < SAYS * SAYS * SAYS * SAYS; n++) {
		const unsigned place[4] = { n % SAYS, n / SAYS % SAYS,
			n / SAYS / SAYS % SAYS, n / SAYS / SAYS / SAYS };
		struct world_parts p = { .cn = "www.example.com",
			.pair = says[place[1]].name,
			.by_name = says[place[2]].name };
		uint32_t code = code_of_places(place);

		if (place[3])
			p.by_id = id_of(&id, says[place[3]].number, -1, -1);
		if (n % SAYS == 0)
			world_make(&w, &p, NULL);
		world_ask(&w, says[place[0]].name);
		world_decide(&w);
		if (err_hresult(w.result.code) != code)
			fail_msg("%u %u %u %u: %s instead of 0x%08X", place[0],
			    place[1], place[2], place[3], w.result.message,
			    code);
	}
	world_end(&w);
}

static void
every_version(void **unused)
{
	static struct world w;
	AUTO_BUF id = BUF_WITH_LIMIT(64);

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	for (int major = -1; major < 5; major++)
		for (int minor = -1; minor < 6; minor++) {
			bool newer = major > 2 || (major == 2 && minor > 3);

			world_make(&w,
			    &(struct world_parts){ .cn = "x",
				.by_id = id_of(&id, 5, major, minor) },
			    NULL);
			world_decide(&w);
			assert_int_equal(
			    err_hresult(w.result.code), newer ? 0x80094807 : 0);
		}
	world_end(&w);
}

static void
broken_places(void **unused)
{
	/* clang-format off */
	static const struct { const char *id; size_t n; } rows[] = {
		{ "\x30\x00", 2 },
		{ "\x30\x03\x02\x01\x05", 5 },
		{ "\x06\x03\x2a\x03\x05", 5 },
		{ "\x30\x08\x06\x03\x2a\x03\x05\x02\x01\xff", 10 },
		{ "\x30\x0b\x06\x03\x2a\x03\x05\x02\x04\x80\x00\x00\x00",
		    13 },
		{ "\x30\x0c\x06\x03\x2a\x03\x05\x02\x05\x01\x00\x00\x00\x00",
		    14 },
		{ "\x30\x0e\x06\x03\x2a\x03\x05\x02\x01\x01\x02\x01\x01"
			"\x02\x01\x01", 16 },
	};
	/* clang-format on */
	static struct world w;

	(void)unused;
	world_begin(&w, templates, ARRAY_LEN(templates));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		world_make(&w,
		    &(struct world_parts){
			.cn = "x", .by_id = bytes_of(rows[i].id, rows[i].n) },
		    NULL);
		world_decide(&w);
		if (err_hresult(w.result.code) != 0x8007000D ||
		    !strstr(w.result.sentence,
			"that identifies the certificate template"))
			fail_msg("row %zu: %s", i, w.result.message);
	}
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_place),
		cmocka_unit_test(every_version),
		cmocka_unit_test(broken_places),
	};

	return cmocka_run_group_tests_name(
	    "enterprise find", tests, NULL, NULL);
}
