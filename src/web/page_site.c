/* The site's own picture and style sheet, when it has them (web/site.h). */
#include "web/ask.h"

#include "base/msg.h"

static void
asset(struct web_ask *ask, const char *type, struct bytes content)
{
	if (content.n)
		web_send_asset(ask, type, content);
	else
		web_notice(ask,
		    &(struct web_notice){ 404, MSG("There is no such page"),
			MSG("This site has no such file."),
			MSG("Nothing was sent."),
			MSG("Go on from the home page."), "/certsrv/",
			MSG("Home") });
}

void
web_page_logo(struct web_ask *ask)
{
	const struct web_site *site = ask->web->site;

	asset(ask, site->logo_type, site->logo);
}

void
web_page_style(struct web_ask *ask)
{
	asset(ask, "text/css; charset=utf-8", ask->web->site->style);
}
