/* What the CA says, in the words it uses: arrives as text, and is recorded as
 * such, so the same text is looked for here. tools/lang checks that each still
 * stands in the source of whoever says it. */
#include "web/language.h"

#include "base/str.h"

#define VALUES_MAX 4
#define VALUE_MAX  256

/* clang-format off */
static const char *const said[] = {
	/* labels of fields */
	MSG("Subject"),
	MSG("Subject key identifier"),
	MSG("Key usage"),
	MSG("Subject alternative name"),
	MSG("Basic constraints"),
	MSG("Name constraints"),
	MSG("CRL distribution points"),
	MSG("Certificate policies"),
	MSG("Authority key identifier"),
	MSG("Extended key usage"),
	MSG("Authority information access"),
	MSG("Subject information access"),
	MSG("TLS feature"),
	MSG("S/MIME capabilities"),
	MSG("Certificate template name"),
	MSG("Certificate template"),
	MSG("Left out"),
	MSG("More"),
	MSG("Checks before signing"),
	MSG("Policy constraints"),
	MSG("Policy mappings"),
	MSG("Freshest CRL"),
	MSG("Application policies"),
	/* events, states */
	MSG("Received"),
	MSG("Issued"),
	MSG("Refused"),
	MSG("Not readable"),
	MSG("Put back"),
	MSG("Revoked"),
	MSG("Released from hold"),
	MSG("Reported lost, on hold"),
	MSG("Approved"),
	MSG("Approvals lapsed"),
	MSG("Waiting for approval"),
	/* values */
	MSG("refused"),
	MSG("a private key, not kept"),
	MSG("a certificate, no request"),
	MSG("not readable"),
	MSG("names"),
	MSG("purposes"),
	MSG("key compromise"),
	MSG("an officer"),
	MSG("unspecified"),
	MSG("CA compromise"),
	MSG("affiliation changed"),
	MSG("superseded"),
	MSG("cessation of operation"),
	MSG("certificate hold"),
	MSG("released from hold"),
	MSG("privilege withdrawn"),
	MSG("attribute authority compromise"),
	MSG("several officers"),
	/* in extensions */
	MSG("digital signature"),
	MSG("non-repudiation"),
	MSG("key encipherment"),
	MSG("data encipherment"),
	MSG("key agreement"),
	MSG("certificate signing"),
	MSG("CRL signing"),
	MSG("encipher only"),
	MSG("decipher only"),
	MSG("certification authority"),
	MSG("end entity"),
	MSG("server authentication"),
	MSG("client authentication"),
	MSG("code signing"),
	MSG("e-mail protection"),
	MSG("time stamping"),
	MSG("OCSP signing"),
	MSG("any purpose"),
	MSG("smart card logon"),
	MSG("certificate request agent"),
	MSG("key recovery agent"),
	MSG("encrypting file system"),
	/* sentences */
	MSG("There is no such request, or it is not yours."),
	MSG("This is your own request, or that of an account that is linked to "
	      "yours; another person must decide on it."),
	MSG("Only its owner can report a key as lost."),
	MSG("This needs the role {0}, which the account {1} does not hold."),
	MSG("This needs one of the roles {0}, of which the account {1} holds none."),
	MSG("Request {0} is {1}; that cannot be done to it now. Nothing was "
	      "changed."),
	MSG("Somebody else has just decided on request {0}. Nothing was "
	      "changed."),
	MSG("An officer refused this request: {0}"),
	MSG("{0} put this refused request back; it waits for an officer again."),
	MSG("Say why the request is refused: its owner reads the reason. "
	      "Nothing was changed."),
	MSG("Requesters do not become CAs here; the CA says so itself."),
	MSG("The CA computes it from the key."),
	MSG("The CA writes its own."),
	MSG("This CA has no templates."),
	MSG("It would make the certificate stand for another account."),
	MSG("It belongs to CA certificates."),
	MSG("It is not on this CA's list."),
	MSG("The request was for a certificate template that is not supported "
	      "by the policy of this CA: {0}."),
	MSG("The attribute {0} was ignored: the template {1} takes no {2} from "
	    "attributes."),
	MSG("The attribute {0} was ignored: this CA takes no {1} from "
	    "attributes."),
	MSG("The subject name cannot be used: {0}"),
	MSG("The subject is the name of the CA itself."),
	MSG("The certificate you requested was issued to you."),
	MSG("The request waits for an officer of the CA, who will issue or "
	      "refuse it."),
	MSG("The request waits for {0} of the CA, who will issue or refuse it."),
	MSG("This CA has no templates, and takes no requests on behalf of "
	      "others."),
	MSG("The key usage in the request cannot be read."),
	MSG("Signing certificates or CRLs is for CAs."),
	MSG("A key of this kind cannot be used for all of it."),
	MSG("The extended key usage in the request cannot be read."),
	MSG("The purpose \"{0}\" is not allowed here."),
	MSG("The policy of this CA allows none of the purposes that the request "
	      "asks for."),
	MSG("Account names (UPN, SPN) are not allowed here."),
	MSG("Names of this kind are not allowed here."),
	MSG("The subject alternative name cannot be used: {0}"),
	MSG("The certificate policies in the request cannot be read."),
	MSG("It names purposes that the extended key usage does not grant."),
	MSG("The request has neither a subject name nor another name that this "
	      "CA grants."),
	MSG("Somebody else has just changed the certificate's state. Nothing "
	      "was changed."),
	MSG("The hold was released; the next CRL no longer lists the "
	      "certificate."),
	MSG("The certificate was revoked ({0}); the next CRL lists it."),
	MSG("Request {0} is revoked for this reason already. Nothing was "
	      "changed."),
	MSG("The account {0} may not request certificates (any more)."),
	MSG("The template {0} does not take keys of the kind {1}."),
	MSG("The template {0} wants RSA keys of {1} bits or more; this one has "
	      "{2}."),
	MSG("What certificates say is decided by the template."),
	MSG("The name {0} is not one that the template {1} allows."),
	MSG("The name {0} is outside those that the template {1} issues by "
	      "itself."),
	MSG("The account {0} has no {1}, which the template {2} puts into the "
	      "certificate. Ask the administrator to add it."),
	MSG("Parts of the subject that the template {0} does not take were left "
	      "out."),
	MSG("{0}: the template does not take such names from a request."),
	MSG("The request has neither a subject name nor another name that the "
	      "template {0} takes."),
	MSG("A renewal keeps subject and names as they were; this one changes "
	      "them."),
	MSG("The certificate of this CA has expired, so it issues no more. "
	      "Nothing was kept."),
	MSG("The certificate you requested was issued to you. It ends when the "
	      "certificate of the CA does, sooner than usual."),
	MSG("The certificate was issued."),
	MSG("The CA has no certificate yet. Nothing was kept."),
	MSG("The request is larger than {0} bytes."),
	MSG("The templates are being read again. Nothing was kept; try again."),
	MSG("The request asks for more than is shown here; none of that is "
	      "granted."),
	MSG("Decided by the rules of this CA."),
	MSG("Added by this CA."),
	MSG("Decided by the template."),
	MSG("An attribute asks for it."),
	MSG("The certificate of the CA ends then."),
	MSG("The certificate is on hold: revocation lists name it until an "
	      "officer releases it."),
	MSG("The certificate was revoked: revocation lists name it."),
	MSG("The account {0} has no right at this CA. Ask its administrator for "
	      "access."),
	MSG("There is no account {0} at this CA."),
	MSG("The account {0} is disabled."),
	MSG("The account {0} may not request certificates here. Ask the "
	      "administrator for the role {1}."),
	MSG("The account {0} holds several roles, which are separated at this "
	      "CA (separation: roles): none of them counts until only one is "
	      "left."),
	MSG("The key of this request is in a certificate already, and this CA "
	      "wants a new key for each. Make a new key."),
	MSG("The key of this request is in a certificate of another account "
	      "already. Make a key of your own."),
	MSG("A certificate with the key of this request was revoked because the "
	      "key was compromised. Make a new key."),
	MSG("The key of this request is on the list of compromised keys. Make a "
	      "new key."),
	MSG("The certificate could not be made: {0}"),
	MSG("This is the certification authority \"{0}\". The request was for "
	      "another one, so nothing was kept."),
	MSG("The attributes contain a private key. It was not kept. Never send "
	      "a private key to anybody."),
	MSG("There were too many wrong passwords."),
	MSG("The request names two certificate templates, {0} and {1}. Name "
	      "one."),
	MSG("The request names no certificate template; this CA issues by "
	      "templates only."),
	MSG("The certificate to be renewed was not issued by this CA."),
	MSG("The certificate to be renewed was revoked. Ask for a new one."),
	MSG("The certificate to be renewed has expired. Ask for a new one."),
	MSG("The certificate to be renewed belongs to another account."),
	MSG("The certificate to be renewed is of another template."),
	MSG("The template {0} wants a new key for a renewal."),
	MSG("The agent's certificate was not issued by this CA."),
	MSG("The agent's certificate was revoked."),
	MSG("The agent's certificate is not valid now."),
	MSG("The certificate of a signer is not one of an enrolment agent."),
	MSG("The agent's certificate belongs to another account than the one "
	      "that is signed in."),
	MSG("The template {0} does not allow requests on behalf of others."),
	MSG("There is no account of the name for which the certificate is "
	      "asked."),
	MSG("An agent asks on behalf of others, not of himself."),
	MSG("A request on behalf of somebody needs the signature of an "
	      "enrolment agent."),
	MSG("{0} may not ask for certificates of the template {1} on behalf of "
	      "{2}."),
	MSG("The agent's signature does not say when it was made."),
	MSG("The agent did not sign it now, but at another time."),
	MSG("The template {0} wants the signature of an enrolment agent; the "
	      "request has none."),
	MSG("The template {0} wants the signatures of {1} enrolment agents; the "
	      "request has {2} that count."),
	MSG("The message that the agent signed was used before. An agent signs "
	      "each request anew."),
	MSG("Only accounts of this server can sign in with a password, without "
	      "a domain before or after the name."),
	MSG("The password is empty."),
	MSG("The name or the password is longer than allowed."),
	MSG("The sign-in data could not be read."),
	MSG("this is, or contains, a private key: it must stay with its "
	    "owner and was not kept; send the certificate request "
	    "instead, and consider the key exposed"),
	MSG("the text is not a request in Base64: it has characters that "
	    "do not belong there, or is empty"),
	MSG("this is not a certificate request: it does not decode to DER"),
	MSG("the message is written in BER with indefinite lengths, and "
	    "only DER is read; OpenSSL makes one from the other: cms "
	    "-cmsout -inform DER -outform DER"),
	MSG("the request is incomplete: it should have {0} bytes and has "
	    "{1}; copy it again from the first to the last line"),
	MSG("the request is followed by {0} bytes that do not belong to "
	    "it"),
	MSG("this is a certificate, not a certificate request; send the "
	    "request that was made together with the key (its first line "
	    "is BEGIN CERTIFICATE REQUEST)"),
	MSG("this is a certificate revocation list, not a certificate "
	    "request"),
	MSG("this is neither a PKCS#10 nor a signed CMS certificate "
	    "request"),
	MSG("this is a chain of certificates, not a certificate request"),
	MSG("this is a key with a challenge (SPKAC), which is not "
	    "supported; send a PKCS#10 certificate request"),
	MSG("the request is not a well-formed PKCS#10: {0}"),
	MSG("the request's signature does not fit its key"),
	MSG("the elliptic curve {0} is not accepted; use P-256, P-384 or "
	    "P-521"),
	MSG("keys of the algorithm {0} are not accepted; use RSA, P-256, "
	    "P-384, P-521 or Ed25519"),
	MSG("RSA key of {0} bits; at least {1} are needed"),
	MSG("RSA key of {0} bits; at most {1} are accepted"),
	MSG("the subject has an empty {0}"),
	MSG("the {0} in the subject is longer than {1} characters"),
	MSG("the input has {0} bytes; at most {1} are allowed"),
	MSG("the request has {0} bytes; at most {1} are allowed"),
	MSG("access denied"),
	MSG("an officer refused the request"),
	MSG("{0} is larger than {1} bytes"),
};
/* clang-format on */

struct values {
	char text[VALUES_MAX][VALUE_MAX];
};

/* Is the text the pattern with something in place of {0}, {1}..., which come
 * in this order? */
static bool
fits(const char *pattern, const char *text, struct values *v)
{
	size_t n, i = 0;
	const char *next;

	for (;;) {
		n = strcspn(pattern, "{");
		if (strncmp(pattern, text, n) != 0)
			return false;
		pattern += n;
		text += n;
		if (!*pattern)
			return !*text;
		pattern += strlen("{0}");
		n = strcspn(pattern, "{");
		/* What follows the value, at the end of the text the last. */
		if (n == 0)
			next = text + strlen(text);
		else if (!pattern[n])
			next =
			    strlen(text) > n ? text + strlen(text) - n : NULL;
		else
			next = memmem(text, strlen(text), pattern, n);
		if (!next || i == VALUES_MAX ||
		    !str_from_bytes(v->text[i++], VALUE_MAX,
			bytes_of(text, (size_t)(next - text))))
			return false;
		text = next;
	}
}

/* One sentence; NULL when it is none of those above. */
static const char *
translate(struct web_ask *ask, const char *text)
{
	const char *words = web_tr(ask, text);
	const char *values[VALUES_MAX];
	struct values v = { 0 };
	size_t i, k;

	if (words != text)
		return words;
	for (i = 0; i < ARRAY_LEN(said); i++) {
		if (!strchr(said[i], '{') || !fits(said[i], text, &v))
			continue;
		for (k = 0; k < VALUES_MAX; k++)
			values[k] = web_tr(ask, v.text[k]);
		return web_say(ask, said[i], values, VALUES_MAX);
	}
	return NULL;
}

const char *
web_said(struct web_ask *ask, const char *text)
{
	const char *words, *end, *rest;

	if (!text || ask->language == 0)
		return text;
	if ((words = translate(ask, text)) != NULL)
		return words;
	/* Sentences that were put behind one another. */
	for (end = text; (end = strstr(end, ". ")) != NULL; end++) {
		words = translate(ask,
		    web_text_of(ask, bytes_of(text, (size_t)(end - text) + 1)));
		if (words && (rest = translate(ask, end + 2)) != NULL)
			return web_text(ask, "%s %s", words, rest);
	}
	return text;
}

#define CRITICAL  " (critical)"
#define WORDS_MAX 32

const char *
web_said_words(struct web_ask *ask, const char *text)
{
	size_t n = text ? strlen(text) : 0, end = strlen(CRITICAL), i = 0, run;
	bool critical;
	const char *list = NULL, *p, *word, *words;

	if (!n || ask->language == 0)
		return text;
	critical = n > end && str_eq(text + n - end, CRITICAL);
	if (critical)
		n -= end;
	for (p = text; p < text + n; p += run + strspn(p + run, ", ")) {
		run = strcspn(p, ",");
		if (run > (size_t)(text + n - p))
			run = (size_t)(text + n - p);
		word = web_text_of(ask, bytes_of(p, run));
		words = web_tr(ask, word);
		if (words == word || i++ == WORDS_MAX)
			return text; /* a name, or what has no words here */
		list = list ? web_text(ask, "%s, %s", list, words) : words;
	}
	return critical ? WEB_SAY(ask, MSG("{0} (critical)"), list) : list;
}
