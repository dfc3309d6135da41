/* preferences.asp: theme, rows of a list, language; kept in the browser. */
#include "web/language.h"
#include "web/preference.h"
#include "web/view.h"

#define PATH "/certsrv/preferences.asp"

static const struct view_choice *
rows_to_choose(struct web_ask *ask, uint32_t chosen)
{
	struct view_choice *first = NULL, *v;

	for (size_t i = web_look_rows_n; i-- > 0;) {
		if ((v = web_alloc(ask, sizeof(*v))) == NULL)
			return NULL;
		*v = (struct view_choice){ .next = first,
			.number = web_look_rows[i],
			.chosen = web_look_rows[i] == chosen };
		first = v;
	}
	return first;
}

void
web_page_preferences(struct web_ask *ask)
{
	struct web_look look = web_look(ask);
	struct page_preferences p = {
		.token = view_token(ask, PATH),
		.rows = rows_to_choose(ask, look.rows),
	};

	web_frame(ask, MSG("Preferences"), &p.f);
	WEB_SEND(ask, 200, preferences, &p);
}

void
web_page_prefer(struct web_ask *ask)
{
	if (!web_look_set(
		ask, web_field(ask, "Theme"), web_field(ask, "Rows")) ||
	    !web_language_set(ask, web_field(ask, "Language"))) {
		web_notice(ask,
		    &(struct web_notice){ 400,
			MSG("These are no preferences of these pages"),
			MSG("What was sent is none of the choices of the "
			    "form."),
			MSG("Nothing was changed."), MSG("Open the form anew."),
			PATH, MSG("Preferences") });
		return;
	}
	fcgi_reply_header(ask->reply, "Location", PATH);
	web_send_nothing(ask);
	ask->reply->status = 303;
}
