#include "ca/name_list.h"

#include "base/str.h"
#include "ca/template_word.h"
#include "pki/name.h"

#include <arpa/inet.h>

/* --- what a list says ---------------------------------------------------- */

bool
ca_network_read(const char *text, struct ca_network *ret)
{
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN];
	uint64_t bits;

	*ret = (struct ca_network){ 0 };
	if (!slash || (size_t)(slash - text) >= sizeof(address) ||
	    !str_u64(slash + 1, 128, &bits))
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	if (inet_pton(AF_INET, address, ret->address) == 1)
		ret->n = 4;
	else if (inet_pton(AF_INET6, address, ret->address) == 1)
		ret->n = 16;
	ret->bits = (unsigned)bits;
	if (bits > ret->n * 8)
		return false;
	for (size_t i = bits; i < ret->n * 8; i++)
		if (ret->address[i / 8] >> (7 - i % 8) & 1)
			return false;
	return ret->n > 0;
}

static bool
network_has(const struct ca_network *net, struct bytes address)
{
	if (address.n != net->n)
		return false;
	for (size_t i = 0; i < net->bits; i++)
		if ((address.p[i / 8] ^ net->address[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

bool
ca_uri_prefix_ok(const char *text)
{
	const char *colon = strchr(text, ':');
	const char *host = colon ? strstr(text, "://") : NULL;
	const char *last = text + strlen(text) - 1;

	if (!colon || colon == text || last == colon)
		return false;
	if (host != colon)
		return *last == ':' || *last == '/'; /* "urn:example:" */
	host += 3;
	return *host && *host != '/' && strchr(host, '/') &&
	       !memchr(host, '@', strcspn(host, "/"));
}

const char *
ca_subject_value(const char *text, enum pki_oid *ret)
{
	const char *equal = strchr(text, '=');
	char word[32];
	uint32_t oid;

	if (!equal || (size_t)(equal - text) >= sizeof(word) || !equal[1])
		return NULL;
	memcpy(word, text, (size_t)(equal - text));
	word[equal - text] = '\0';
	if (!ca_word_value(ca_words_take, word, &oid))
		return NULL;
	*ret = (enum pki_oid)oid;
	return equal + 1;
}

/* --- names --------------------------------------------------------------- */

static bool
dns(const struct ca_template *t, const char *name)
{
	/* A wildcard stands for names nobody listed; what is no DNS name
	 * could end like one (a mail address). */
	if (*name == '*' || !pki_gname_is_dns(bytes_str(name)))
		return false;
	for (size_t i = 0; i < t->san.dns_suffixes.n; i++) {
		const char *suffix = t->san.dns_suffixes.list[i];
		size_t n = strlen(name), s = strlen(suffix);

		if (s > 0 && str_has_suffix_ci(name, suffix) &&
		    (n == s || name[n - s - 1] == '.'))
			return true;
	}
	return false;
}

/* Exactly the domain: a mailbox or account below it is somebody else's. The
 * last @ begins it. */
static bool
at_domain(const struct ca_template_texts *domains, const char *name)
{
	const char *at = strrchr(name, '@');

	if (!at || at == name)
		return false;
	for (size_t i = 0; i < domains->n; i++)
		if (str_eq_ci(at + 1, domains->list[i]))
			return true;
	return false;
}

static bool
mail(const struct ca_template *t, const char *name)
{
	return pki_gname_is_email(bytes_str(name)) &&
	       at_domain(&t->san.mail_domains, name);
}

static bool
address(const struct ca_template *t, struct bytes a)
{
	struct ca_network net;

	for (size_t i = 0; i < t->san.ip_networks.n; i++)
		if (ca_network_read(t->san.ip_networks.list[i], &net) &&
		    network_has(&net, a))
			return true;
	return false;
}

static bool
address_text(const struct ca_template *t, const char *text)
{
	uint8_t a[16];

	if (inet_pton(AF_INET, text, a) == 1)
		return address(t, bytes_of(a, 4));
	return inet_pton(AF_INET6, text, a) == 1 && address(t, bytes_of(a, 16));
}

static bool
uri(const struct ca_template *t, const char *text)
{
	for (size_t i = 0; i < t->san.uri_prefixes.n; i++)
		if (str_has_prefix(text, t->san.uri_prefixes.list[i]))
			return true;
	return false;
}

/* The string inside the otherName; false when it is none. */
static bool
upn(const struct ca_template *t, const struct pki_gname *g)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_NAME_MAX);
	struct der all = der_of(g->value), in;
	uint8_t tag;

	if (!pki_gname_is_upn(g) || der_any(&all, &tag, NULL, &in) < 0 ||
	    !pki_name_string(tag, der_bytes(in), &text))
		return false;
	return at_domain(&t->san.upn_domains, buf_str(&text));
}

bool
ca_name_list_has(const struct ca_template *t, const struct pki_gname *g)
{
	AUTO_BUF text = BUF_WITH_LIMIT(65536);

	if (g->kind == PKI_GNAME_IP)
		return address(t, g->value);
	if (g->kind == PKI_GNAME_OTHER)
		return upn(t, g);
	buf_add_bytes(&text, g->value);
	return (g->kind == PKI_GNAME_DNS && dns(t, buf_str(&text))) ||
	       (g->kind == PKI_GNAME_EMAIL && mail(t, buf_str(&text))) ||
	       (g->kind == PKI_GNAME_URI && uri(t, buf_str(&text)));
}

bool
ca_name_list_has_part(
    const struct ca_template *t, enum pki_oid attribute, const char *text)
{
	enum pki_oid oid = PKI_OID_NONE;

	for (size_t i = 0; i < t->subject.values.n; i++) {
		const char *value =
		    ca_subject_value(t->subject.values.list[i], &oid);

		if (value && oid == attribute && str_eq(value, text))
			return true;
	}
	if (attribute == PKI_OID_EMAIL)
		return mail(t, text);
	if (attribute == PKI_OID_CN && address_text(t, text))
		return true;
	return dns(t, text) || (attribute != PKI_OID_DC && mail(t, text));
}
