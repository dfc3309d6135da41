/* fuzz_decide.h - a decision about what the fuzzer made up, and what holds of
 * every decision. */
#pragma once
#include "base/str.h"
#include "ca/policy.h"
#include "fuzz.h"

#define FUZZ_NOW 1767225600

/* All switches on that let attributes say something. */
#define FUZZ_CONFIG                                                       \
	.name = "Test CA", .host = "ca.example", .attribute_names = true, \
	.attribute_purposes = true, .attribute_validity = true

static inline void
fuzz_decide(const struct ca_policy_ask *ask, struct ca_policy_result *r)
{
	struct err err = { 0 };

	ca_policy_init(r);
	expect(ca_policy_decide(ask, r, &err) == 0);
	expect((r->code == ERR_OK) == (r->verdict != CA_VERDICT_DENY));
	expect(r->message[0] && r->sentence[0]);
	expect(str_is_printable(bytes_str(r->sentence)));
	expect(str_is_printable(bytes_str(r->ignored)));
	if (r->code == ERR_OK)
		expect(pki_ext_check(buf_bytes(&r->granted), &err) == 0);
}
