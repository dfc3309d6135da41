#include "html/tplc_state.h"

#include "base/str.h"

/* clang-format off */
static const struct {
	const char *name;
	unsigned flags;
} elements[] = {
	/* void elements: HTML Living Standard 13.1.2 */
	{ "area",     EL_VOID },
	{ "base",     EL_VOID | EL_NO_VALUES },
	{ "br",       EL_VOID },
	{ "col",      EL_VOID },
	{ "hr",       EL_VOID },
	{ "img",      EL_VOID },
	{ "input",    EL_VOID },
	{ "link",     EL_VOID | EL_NO_VALUES },
	{ "meta",     EL_VOID },
	{ "source",   EL_VOID },
	{ "track",    EL_VOID },
	{ "wbr",      EL_VOID },
	/* text of another kind */
	{ "title",    EL_RCDATA | EL_IN_SVG },
	{ "textarea", EL_RCDATA | EL_EATS_LF },
	{ "pre",      EL_EATS_LF },
	{ "script",   EL_SCRIPT | EL_NO_VALUES },
	/* a browser reads what is inside by rules this compiler lacks, or
	 * runs something */
	{ "applet",     EL_REFUSED },
	{ "embed",      EL_REFUSED },
	{ "frame",      EL_REFUSED },
	{ "frameset",   EL_REFUSED },
	{ "iframe",     EL_REFUSED },
	{ "image",      EL_REFUSED },
	{ "listing",    EL_REFUSED },
	{ "math",       EL_REFUSED },
	{ "noembed",    EL_REFUSED },
	{ "noframes",   EL_REFUSED },
	{ "object",     EL_REFUSED },
	{ "plaintext",  EL_REFUSED },
	{ "style",      EL_REFUSED },
	{ "xmp",        EL_REFUSED },
	/* plain drawing */
	{ "svg",            EL_SVG },
	{ "a",              EL_IN_SVG },
	{ "circle",         EL_IN_SVG | EL_ONLY_SVG },
	{ "clippath",       EL_IN_SVG | EL_ONLY_SVG },
	{ "defs",           EL_IN_SVG | EL_ONLY_SVG },
	{ "desc",           EL_IN_SVG | EL_ONLY_SVG },
	{ "ellipse",        EL_IN_SVG | EL_ONLY_SVG },
	{ "g",              EL_IN_SVG | EL_ONLY_SVG },
	{ "line",           EL_IN_SVG | EL_ONLY_SVG },
	{ "lineargradient", EL_IN_SVG | EL_ONLY_SVG },
	{ "marker",         EL_IN_SVG | EL_ONLY_SVG },
	{ "path",           EL_IN_SVG | EL_ONLY_SVG },
	{ "pattern",        EL_IN_SVG | EL_ONLY_SVG },
	{ "polygon",        EL_IN_SVG | EL_ONLY_SVG },
	{ "polyline",       EL_IN_SVG | EL_ONLY_SVG },
	{ "radialgradient", EL_IN_SVG | EL_ONLY_SVG },
	{ "rect",           EL_IN_SVG | EL_ONLY_SVG },
	{ "stop",           EL_IN_SVG | EL_ONLY_SVG },
	{ "symbol",         EL_IN_SVG | EL_ONLY_SVG },
	{ "text",           EL_IN_SVG | EL_ONLY_SVG },
	{ "tspan",          EL_IN_SVG | EL_ONLY_SVG },
	{ "use",            EL_IN_SVG | EL_ONLY_SVG | EL_NO_VALUES },
};

static const struct {
	const char *name;
	enum tplc_attr_kind kind;
} attributes[] = {
	{ "action",      ATTR_URL },
	{ "background",  ATTR_URL },
	{ "cite",        ATTR_URL },
	{ "data",        ATTR_URL },
	{ "formaction",  ATTR_URL },
	{ "href",        ATTR_URL },
	{ "icon",        ATTR_URL },
	{ "longdesc",    ATTR_URL },
	{ "manifest",    ATTR_URL },
	{ "poster",      ATTR_URL },
	{ "src",         ATTR_URL },
	{ "xlink:href",  ATTR_URL },
	{ "http-equiv",  ATTR_NO_VALUES },
	{ "imagesrcset", ATTR_NO_VALUES },
	{ "ping",        ATTR_NO_VALUES },
	{ "srcdoc",      ATTR_NO_VALUES },
	{ "srcset",      ATTR_NO_VALUES },
	{ "xml:base",    ATTR_REFUSED },
	{ "style",       ATTR_REFUSED },
};
/* clang-format on */

unsigned
tplc_element_flags(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(elements); i++)
		if (str_eq(elements[i].name, name))
			return elements[i].flags;
	return 0;
}

enum tplc_attr_kind
tplc_attr_kind(const char *name)
{
	size_t i;

	if (str_has_prefix(name, "on"))
		return ATTR_REFUSED;
	for (i = 0; i < ARRAY_LEN(attributes); i++)
		if (str_eq(attributes[i].name, name))
			return attributes[i].kind;
	return ATTR_PLAIN;
}
