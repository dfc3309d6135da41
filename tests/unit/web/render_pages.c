/* render_pages DIR: writes the answer to each case below to DIR/NAME (the
 * body's bytes) and DIR/NAME.head (status, type, headers), for pages_test.py.
 */
#include "fake_ca.h"

#include "base/str.h"

#include <assert.h>
#include <stdio.h>

#define MOZILLA "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0"
#define SUBMIT  "Mode=newreq&CertRequest=AAAA&CertAttrib="

static const char hostile[] = "<img src=x onerror=alert(1)>\"'&";

static const struct rpc_row hostile_rows[] = {
	{ .id = 41,
	    .disposition = DISPOSITION_PENDING,
	    .submitted = 1764000000,
	    .requester = "alice",
	    .subject = hostile,
	    .common_name = hostile,
	    .serial = "",
	    .template_name = "",
	    .message = "" },
	{ .id = 40,
	    .disposition = DISPOSITION_ISSUED,
	    .submitted = 1764000000,
	    .requester = hostile,
	    .subject = hostile,
	    .common_name = "",
	    .serial = "4142",
	    .template_name = "",
	    .message = "",
	    .not_before = 1764000000,
	    .not_after = 1795000000 },
};
static const struct rpc_field fields[] = {
	{ "Subject", hostile, hostile, "", false },
	{ "key usage", "", "digital signature", hostile, true },
	{ "basic constraints", "CA", "", "Never copied.", true },
};
static const struct rpc_event events[] = {
	{ 1764000000, "Received", "alice", hostile },
};

static void
show(enum disposition d)
{
	fake.request = (struct rpc_request){
		.row = hostile_rows[d == DISPOSITION_PENDING ? 0 : 1],
		.sentence = hostile,
		.caller = "",
		.officer = "",
		.attributes = "a:b\r\nc:d",
		.key = "P-256",
		.kind = "PKCS #10",
		.may_not = "",
		.may_decide = true,
		.mine = true,
		.fields = fields,
		.field_count = ARRAY_LEN(fields),
		.events = events,
		.event_count = ARRAY_LEN(events),
	};
	if (d == DISPOSITION_ISSUED)
		fake.request.cert = fake_leaf;
}

static void
result(enum disposition d, uint32_t hresult, const char *message,
    const char *sentence)
{
	fake.result = (struct rpc_result){ .id = 1042,
		.disposition = d,
		.hresult = hresult,
		.message = message,
		.sentence = sentence,
		.requester = "alice",
		.mine = true };
	if (d == DISPOSITION_ISSUED)
		fake.result.cert = fake_leaf;
}

static void
write_file(const char *dir, const char *name, const char *end, struct bytes x)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s%s", dir, name, end);
	f = fopen(path, "w");
	assert(f);
	assert(fwrite(x.p, 1, x.n, f) == x.n);
	assert(fclose(f) == 0);
}

static void
save(
    const char *dir, struct web *w, const char *name, const struct fake_http *h)
{
	const struct fcgi_reply *r = fake_ask(w, h);
	AUTO_BUF head = BUF_WITH_LIMIT(65536);

	fcgi_reply_head(r, &head);
	write_file(dir, name, "", buf_bytes(&r->body));
	write_file(dir, name, ".head", buf_bytes(&head));
}

static void
post(const char *dir, struct web *w, const char *name, const char *agent,
    const char *body)
{
	save(dir, w, name,
	    &(struct fake_http){ .method = HTTP_POST,
		.user = "alice",
		.path = "/certsrv/certfnsh.asp",
		.body = body,
		.agent = agent });
}

static void
get(const char *dir, struct web *w, const char *name, const char *user,
    const char *path, const char *query)
{
	save(dir, w, name,
	    &(struct fake_http){
		.user = user, .path = path, .query = query, .agent = MOZILLA });
}

static void
results(const char *dir, struct web *w)
{
	result(DISPOSITION_ISSUED, 0, "Issued", "");
	post(dir, w, "issued-mozilla", MOZILLA, SUBMIT);
	post(dir, w, "issued-plain", "Go-http-client/1.1", SUBMIT);
	post(dir, w, "issued-none", NULL, SUBMIT);
	result(DISPOSITION_PENDING, 0, "Taken Under Submission", "");
	post(dir, w, "pending-mozilla", MOZILLA, SUBMIT);
	post(dir, w, "pending-plain", "curl/7.88.1", SUBMIT);
	post(dir, w, "still-plain", "curl/7.88.1", "Mode=chkpnd&ReqID=1042");
	get(dir, w, "fetch-pending", "alice", "/certsrv/certnew.cer",
	    "ReqID=1042&Enc=b64");
	result(DISPOSITION_DENIED, 0x80094800, "Denied by Policy Module",
	    "The request was for a certificate template that is not supported "
	    "by the policy of this CA: WebServer(PrivateKeyExportable).");
	post(dir, w, "denied-policy", "curl/7.88.1", SUBMIT);
	get(dir, w, "fetch-denied", "alice", "/certsrv/certnew.p7b",
	    "ReqID=1042");
	result(DISPOSITION_DENIED, 0x80094014, "Denied by officer", hostile);
	post(dir, w, "denied-officer", MOZILLA, SUBMIT);
	get(dir, w, "fetch-denied-officer", "alice", "/certsrv/certnew.cer",
	    "ReqID=1042");
	result(DISPOSITION_FAILED, 0x8007000D, "Error parsing request",
	    "The request ends in the middle.");
	post(dir, w, "bad-csr", "curl/7.88.1", SUBMIT);
	post(dir, w, "unknown-mode", MOZILLA, "Mode=<x>");
	post(dir, w, "empty", MOZILLA, "Mode=newreq");
	fake.fail = ERR_NOT_FOUND;
	fake.fail_text = "There is no request with this number.";
	get(dir, w, "fetch-unknown", "alice", "/certsrv/certnew.cer",
	    "ReqID=99");
	fake.fail = ERR_PRIVATE_KEY;
	fake.fail_text = "This is a private key; nothing of it was kept.";
	post(dir, w, "private-key", MOZILLA, SUBMIT);
	fake.fail = ERR_OK;
}

static void
pages(const char *dir, struct web *w)
{
	fake.list = (struct rpc_list){ .rows = hostile_rows,
		.row_count = ARRAY_LEN(hostile_rows),
		.next = 40,
		.searched = 1,
		.pending = 1 };
	get(dir, w, "home", "alice", "/certsrv/", "");
	get(dir, w, "kinds", "alice", "/certsrv/certrqus.asp", "");
	get(dir, w, "submit", "alice", "/certsrv/certrqxt.asp", "");
	get(dir, w, "finish", "alice", "/certsrv/certfnsh.asp", "");
	get(dir, w, "waiting", "alice", "/certsrv/certckpn.asp", "");
	get(dir, w, "requests", "alice", "/certsrv/requests.asp", "");
	get(dir, w, "ca", "alice", "/certsrv/certcarc.asp", "");
	get(dir, w, "help", "alice", "/certsrv/help.asp", "");
	get(dir, w, "queue", "officer", "/certsrv/officer/", "");
	get(dir, w, "certificates", "officer", "/certsrv/officer/issued.asp",
	    "Search=%22%3E%3Cb%3E");
	show(DISPOSITION_PENDING);
	get(dir, w, "request-pending", "alice", "/certsrv/request.asp",
	    "ReqID=41");
	get(dir, w, "review", "officer", "/certsrv/officer/request.asp",
	    "ReqID=41");
	show(DISPOSITION_ISSUED);
	get(dir, w, "request-issued", "alice", "/certsrv/request.asp",
	    "ReqID=40");
	get(dir, w, "certificate", "alice", "/certsrv/certificate.asp",
	    "ReqID=40");
	get(dir, w, "revoke", "officer", "/certsrv/officer/revoke.asp",
	    "ReqID=40");
	get(dir, w, "signin", NULL, "/certsrv/", "");
	get(dir, w, "signin-wrong", "wrong", "/certsrv/", "");
	get(dir, w, "unknown-page", "alice", "/certsrv/x", "");
}

static void
downloads(const char *dir, struct web *w)
{
	result(DISPOSITION_ISSUED, 0, "Issued", "");
	get(dir, w, "cer-none", "alice", "/certsrv/certnew.cer", "ReqID=1042");
	get(dir, w, "cer-b64", "alice", "/certsrv/certnew.cer",
	    "reqid=1042&ENC=b64");
	get(dir, w, "cer-bin", "alice", "/certsrv/certnew.cer",
	    "ReqID=1042&Enc=bin");
	get(dir, w, "p7b-b64", "alice", "/certsrv/certnew.p7b",
	    "ReqID=1042&Enc=b64");
	get(dir, w, "p7b-bin", "alice", "/certsrv/certnew.p7b",
	    "ReqID=1042&Enc=bin");
	get(dir, w, "cacert", NULL, "/certsrv/certnew.cer",
	    "ReqID=CACert&Renewal=5&Enc=bin");
	get(dir, w, "cacert-minus", NULL, "/certsrv/certnew.cer",
	    "ReqID=cacert&Renewal=-1");
	get(dir, w, "cacert-inst", NULL, "/certsrv/certnew.cer",
	    "ReqID=CACert&Renewal=0&Mode=inst&Enc=b64");
	get(dir, w, "cachain", NULL, "/certsrv/certnew.p7b", "ReqID=CACert");
	get(dir, w, "crl", NULL, "/certsrv/certcrl.crl", "");
	get(dir, w, "crl-b64", NULL, "/certsrv/certcrl.crl",
	    "Type=base&Renewal=0&Enc=b64");
	get(dir, w, "crl-delta", NULL, "/certsrv/certcrl.crl", "Type=delta");
}

int
main(int argc, char *argv[])
{
	struct web *w;

	assert(argc == 2);
	fake_reset();
	w = fake_web(NULL);
	results(argv[1], w);
	pages(argv[1], w);
	downloads(argv[1], w);
	web_free(w);
	return 0;
}
