/* Pages that make keys in the browser: basic (certrqbi.asp), advanced
 * (certrqma.asp), the keys that are kept there (keys.asp). The work is done by
 * web/static/page-*.js; what they send arrives at certfnsh.asp like any other
 * request. */
#include "web/view.h"

#include "base/str.h"

/* The kinds of a stand-alone CA (certsrv-http 3: type 0 and 1). */
/* clang-format off */
static const struct {
	const char *type;
	const char *title;
	const char *purposes;
	bool mail;
} kinds[] = {
	{ "0", "Web browser certificate", "1.3.6.1.5.5.7.3.2", false },
	{ "1", "E-mail protection certificate", "1.3.6.1.5.5.7.3.4", true },
};
/* clang-format on */

void
web_page_basic(struct web_ask *ask)
{
	const char *type = web_field(ask, "type");
	struct page_basic p = { .number = view_number(ask),
		.kind = "rsa-3072",
		.template = "",
		.oid = "",
		.exportable = "yes" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds) - 1; i++)
		if (str_eq(type, kinds[i].type))
			break;
	if (!*type)
		i = 0;
	p.title = kinds[i].title;
	p.purposes = kinds[i].purposes;
	p.mail_needed = kinds[i].mail ? "yes" : NULL;
	web_frame(ask, p.title, &p.f);
	p.f.at_request = true;
	WEB_SEND(ask, 200, basic, &p);
}

void
web_page_advanced_choice(struct web_ask *ask)
{
	struct page_advanced_choice p = { 0 };

	web_frame(ask, "Advanced certificate request", &p.f);
	p.f.at_request = true;
	WEB_SEND(ask, 200, advanced_choice, &p);
}

void
web_page_advanced(struct web_ask *ask)
{
	struct page_advanced p = { .number = view_number(ask),
		.at_once = ask->ca && ask->ca->info.issue_at_once };

	web_frame(ask, "Advanced certificate request", &p.f);
	p.f.at_request = true;
	WEB_SEND(ask, 200, advanced, &p);
}

void
web_page_keys(struct web_ask *ask)
{
	struct page_keys p = { 0 };

	web_frame(ask, "Keys in this browser", &p.f);
	WEB_SEND(ask, 200, keys, &p);
}
