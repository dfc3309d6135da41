/* text.c - text of foreign origin that goes into a field of bounded size. */
#include "ca/text.h"

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
