#include "pki/pair.h"
#include "pki/name.h"
#include "pki/oid.h"

/* One pair or a list of pairs: make it a run of pairs. */
static int
pair_list(struct bytes value, struct der *ret)
{
	struct der in;

	if (der_sole(value, DER_SEQUENCE, &in) < 0)
		return -1;
	*ret = der_peek(&in, DER_BMP) ? der_of(value) : in;
	return 0;
}

static int
pair_next(struct der *list, struct bytes *ret_name, struct bytes *ret_value)
{
	struct der in, name, value;

	if (der_next(list, DER_SEQUENCE, NULL, &in) < 0 ||
	    der_next(&in, DER_BMP, NULL, &name) < 0 ||
	    der_next(&in, DER_BMP, NULL, &value) < 0 || !der_done(&in))
		return -1;
	*ret_name = der_bytes(name);
	*ret_value = der_bytes(value);
	return 0;
}

static bool
bmp_is_text(struct bytes s)
{
	size_t i;

	if (s.n % 2 != 0 || s.n > PKI_PAIR_MAX / 2)
		return false;
	for (i = 0; i < s.n; i += 2)
		if ((s.p[i] == 0 &&
			(s.p[i + 1] < 0x20 ||
			    (s.p[i + 1] >= 0x7f && s.p[i + 1] < 0xa0))) ||
		    (s.p[i] >= 0xd8 && s.p[i] <= 0xdf))
			return false;
	return true;
}

int
pki_pair_check(struct bytes value, unsigned *count, struct err *err)
{
	struct bytes name, text;
	struct der list;

	if (pair_list(value, &list) < 0)
		return err_set(
		    err, ERR_BAD_DATA, "a name-value pair is malformed");
	while (!der_done(&list)) {
		if (pair_next(&list, &name, &text) < 0 || name.n == 0 ||
		    !bmp_is_text(name) || !bmp_is_text(text))
			return err_set(err, ERR_BAD_DATA,
			    "a name-value pair is malformed");
		if (++*count > PKI_PAIRS_MAX)
			return err_set(err, ERR_TOO_LARGE,
			    "there are more than %d name-value pairs",
			    PKI_PAIRS_MAX);
	}
	return 0;
}

/* The next value; moves on to the next attribute that holds pairs when there
 * is none. All was checked. */
static bool
pair_value(struct pki_pairs *w, struct bytes *ret)
{
	struct der attr, all;
	struct bytes oid;
	uint8_t tag;

	while (der_done(&w->values)) {
		if (der_done(&w->attrs) ||
		    der_next(&w->attrs, DER_SEQUENCE, NULL, &attr) < 0 ||
		    der_oid(&attr, &oid) < 0)
			return false;
		if (pki_oid_is(oid, PKI_OID_MS_NAME_VALUE) &&
		    der_next(&attr, DER_SET, NULL, &w->values) < 0)
			return false;
	}
	if (der_any(&w->values, &tag, &all, NULL) < 0)
		return false;
	*ret = der_bytes(all);
	return true;
}

bool
pki_pair_next(struct bytes attributes, struct pki_pairs *w, struct buf *name,
    struct buf *value)
{
	struct bytes a, b, set;

	if (!w->started)
		*w = (struct pki_pairs){ .attrs = der_of(attributes),
			.started = true };
	while (der_done(&w->list))
		if (!pair_value(w, &set) || pair_list(set, &w->list) < 0)
			return false;
	if (pair_next(&w->list, &a, &b) < 0)
		return false;
	buf_reset(name);
	buf_reset(value);
	return pki_name_string(DER_BMP, a, name) &&
	       pki_name_string(DER_BMP, b, value);
}
