/* text.c - text of foreign origin that goes into a field of bounded size. */
#include "ca/text.h"

#include "base/str.h"
#include "pki/pem.h"

#include <assert.h>
#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"

void
ca_text_mend(char *s)
{
	size_t n = strlen(s), i = n;
	unsigned char lead;
	size_t want;

	while (i > 0 && ((unsigned char)s[i - 1] & 0xc0) == 0x80)
		i--;
	if (i == 0)
		return;
	lead = (unsigned char)s[i - 1];
	want = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (n - (i - 1) < want)
		s[i - 1] = '\0';
}

void
ca_text_cut(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src), room;

	assert(size > sizeof(ELLIPSIS));
	if (n < size) {
		memcpy(dst, src, n + 1);
		return;
	}
	room = size - sizeof(ELLIPSIS);
	memcpy(dst, src, room);
	dst[room] = '\0';
	ca_text_mend(dst);
	memcpy(dst + strlen(dst), ELLIPSIS, sizeof(ELLIPSIS));
}

int
ca_text_check(const char *s, const char *what, struct err *err)
{
	if (pki_pem_is_private(bytes_str(s)))
		return err_set(err, ERR_PRIVATE_KEY,
		    "The %s contains a private key. It was not kept, and "
		    "nothing was changed. Never send a private key to anybody.",
		    what);
	if (!str_is_printable(bytes_str(s)))
		return err_set(err, ERR_INVALID,
		    "The %s contains line ends or other characters that "
		    "cannot be shown. Nothing was changed.",
		    what);
	return 0;
}
