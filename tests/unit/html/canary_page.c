/* canary_page VALUE - writes the canary page with VALUE in every position. */
#include "pages/canary.h"

#include <stdio.h>

int
main(int argc, char **argv)
{
	const char *v = argc > 1 ? argv[1] : NULL;
	const struct canary_cell cell2 = { NULL, v, 2 };
	const struct canary_cell cell1 = { &cell2, v, 1 };
	const struct canary_row row2 = { NULL, v, v, false, NULL };
	const struct canary_row row1 = { &row2, v, v, true, &cell1 };
	const struct page_canary p = {
		.frame = { v, v },
		.v = v,
		.url = "https://ca.example/a?b=c&d",
		.id = 18446744073709551615u,
		.yes = true,
		.fixed = "<fixed>",
		.rows = &row1,
	};
	struct err err = { 0 };
	AUTO_HTML o;

	html_init(&o, 0);
	page_canary(&o, &p);
	if (html_check(&o, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	return fwrite(buf_str(&o.out), 1, o.out.n, stdout) == o.out.n ? 0 : 1;
}
