/* The address of a key on a token (RFC 7512 2.3). */
#include "cli/token.h"

#include "base/str.h"

static int
bad(const char *text, const char *why, struct err *err)
{
	return err_set(err, ERR_INVALID,
	    "\"%.200s\" is no address of a key on a token: %s. It looks like "
	    "pkcs11:token=NAME;object=LABEL.",
	    text, why);
}

static int
hex_value(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, str_lower_char(c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Percent-decode; false when malformed or too long. */
static bool
decode(struct bytes in, uint8_t *dst, size_t size, size_t *ret_n)
{
	size_t i, n = 0;

	for (i = 0; i < in.n; i++) {
		uint8_t c = in.p[i];

		if (c == '%') {
			int high =
			    i + 2 < in.n ? hex_value((char)in.p[i + 1]) : -1;
			int low = high >= 0 ? hex_value((char)in.p[i + 2]) : -1;

			if (low < 0)
				return false;
			c = (uint8_t)(high << 4 | low);
			i += 2;
		}
		if (n == size)
			return false;
		dst[n++] = c;
	}
	*ret_n = n;
	return true;
}

static bool
decode_text(struct bytes in, char *dst)
{
	uint8_t raw[CLI_TOKEN_TEXT_MAX];
	size_t n;

	return decode(in, raw, sizeof(raw), &n) &&
	       str_from_bytes(dst, CLI_TOKEN_TEXT_MAX, bytes_of(raw, n));
}

/* "name=value" */
static int
take_part(const char *text, struct bytes part, struct cli_token_address *a,
    struct err *err)
{
	const uint8_t *eq = bytes_find(part, BYTES_LIT("="));
	struct bytes name, value;
	size_t i;
	/* clang-format off */
	const struct { const char *name; char *to; } texts[] = {
		{ "token", a->token }, { "serial", a->serial },
		{ "object", a->object },
	};
	static const char *const told[] = {
		"manufacturer", "model", "type", "library-manufacturer",
		"library-description", "library-version", "slot-id",
		"slot-description", "slot-manufacturer",
	};
	/* clang-format on */

	if (!eq)
		return bad(text, "a part has no \"=\"", err);
	name = bytes_of(part.p, (size_t)(eq - part.p));
	value = bytes_of(eq + 1, part.n - name.n - 1);
	for (i = 0; i < ARRAY_LEN(texts); i++)
		if (bytes_eq(name, bytes_str(texts[i].name)))
			return decode_text(value, texts[i].to)
				   ? 0
				   : bad(text, "a value is malformed", err);
	if (bytes_eq(name, BYTES_LIT("id")))
		return decode(value, a->id, sizeof(a->id), &a->id_n)
			   ? 0
			   : bad(text, "the id is malformed", err);
	for (i = 0; i < ARRAY_LEN(told); i++)
		if (bytes_eq(name, bytes_str(told[i])))
			return 0; /* true of the key, not needed to find it */
	return bad(text, "it has a part that is not known here", err);
}

int
cli_token_address_parse(
    const char *text, struct cli_token_address *ret, struct err *err)
{
	struct bytes rest;

	*ret = (struct cli_token_address){ 0 };
	if (!str_has_prefix(text, "pkcs11:"))
		return bad(text, "it does not begin with \"pkcs11:\"", err);
	if (strlen(text) >= CLI_TOKEN_ADDRESS_MAX)
		return bad(text, "it is too long", err);
	if (strchr(text, '?'))
		return bad(text,
		    "what follows \"?\" is not read; the PIN is asked for, or "
		    "read from a file",
		    err);
	rest = bytes_str(text + strlen("pkcs11:"));
	while (rest.n > 0) {
		const uint8_t *end = memchr(rest.p, ';', rest.n);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;

		if (take_part(text, bytes_of(rest.p, n), ret, err) < 0)
			return -1;
		n += end ? 1 : 0;
		rest = bytes_of(rest.p + n, rest.n - n);
	}
	if (!ret->object[0] && ret->id_n == 0)
		return bad(text, "it names no key (object= or id=)", err);
	return 0;
}
