/* renew.asp: renewal with a key that this browser keeps. The request is made
 * and signed by web/static/page-renew.js; what is sent arrives at certfnsh.asp
 * as a PKCS #7 message like any program's. */
#include "web/view.h"

#include "base/msg.h"

void
web_page_renew(struct web_ask *ask)
{
	struct page_renew p = { .number = view_number(ask),
		.enterprise = view_is_enterprise(ask) };
	struct err err;

	if (!view_req_id(web_field(ask, "ReqID"), &p.id))
		p.id = 0;
	if (view_templates(ask, "", &p.templates, &err) < 0) {
		web_error(ask, WEB_MODE_SHOW, &err);
		return;
	}
	web_frame(ask, MSG("Renew a certificate"), &p.f);
	p.f.at_mine = true;
	WEB_SEND(ask, 200, renew, &p);
}
