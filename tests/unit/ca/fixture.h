/* fixture.h - a whole CA for tests: real store, real sockets, and a signer
 * that signs whatever it is given with a key in memory.
 */
#pragma once
#include "../unit.h"
#include "ca/ca.h"
#include "rpc/client.h"

#include <openssl/x509.h>

#define FIXTURE_PATH_MAX 128

struct fixture_signer; /* the stand-in */

struct fixture {
	char folder[64];
	char database[FIXTURE_PATH_MAX], sign[FIXTURE_PATH_MAX];
	char web[FIXTURE_PATH_MAX], admin[FIXTURE_PATH_MAX];
	char publish[FIXTURE_PATH_MAX];
	struct ca_config config;
	struct fixture_signer *signer;
	struct ca *ca;
	struct rpc_server *server;
	struct rpc_client *client; /* as the web role */
};

/* alice, bob: enrollee; officer, admin, auditor, operator: as named. */
int fixture_setup(void **state); /* starts everything */
int fixture_setup_stopped(void **state);
int fixture_teardown(void **state);
void fixture_start(struct fixture *f);
void fixture_stop(struct fixture *f);
/* The stand-in stops and starts answering. */
void fixture_signer_stop(struct fixture *f);
void fixture_signer_start(struct fixture *f);
/* The last CRL number it says it signed. */
void fixture_signer_says(struct fixture *f, uint64_t crl_number);
/* Called before it signs a CRL. */
void fixture_signer_before_crl(
    struct fixture *f, void (*before)(void *), void *ctx);
uint64_t fixture_signatures(const struct fixture *f);
/* The schedule signs a first list in its own time; whoever counts signatures
 * waits for it. */
void fixture_wait_for_crl(const struct fixture *f);

void fixture_identity(struct identity *id, const char *name);
/* 0 and a copy of the reply's numbers and texts, or -1. */
struct fixture_result {
	uint64_t id;
	uint32_t disposition, hresult;
	char message[ERR_TEXT_MAX], sentence[ERR_TEXT_MAX];
	bool mine;
	X509 *cert; /* or NULL; free it */
	struct err err;
};
int fixture_submit(struct fixture *f, const char *who, struct bytes request,
    const char *attributes, struct fixture_result *ret);
int fixture_submit_once(struct fixture *f, const char *who,
    struct bytes request, struct bytes submission, struct fixture_result *ret);
int fixture_retrieve(struct fixture *f, const char *who, uint64_t id,
    struct fixture_result *ret);
int fixture_decide(struct fixture *f, const char *who, uint64_t id,
    enum rpc_decision decision, struct fixture_result *ret);
/* The CA's own certificate, as CA_INFO gives it. */
X509 *fixture_root(struct fixture *f);
/* OpenSSL's word on a chain of two. */
bool fixture_verifies(X509 *root, X509 *leaf);
