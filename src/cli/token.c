#include "cli/token_state.h"

#include "base/str.h"
#include "cli/password.h"

#include <dlfcn.h>

#define SLOTS_MAX 64

/* clang-format off */
static const struct { CK_RV rv; const char *text; } reasons[] = {
	{ CKR_PIN_INCORRECT, "the PIN is wrong" },
	{ CKR_PIN_LOCKED, "the PIN is locked after too many wrong ones" },
	{ CKR_PIN_LEN_RANGE, "a PIN of that length cannot be right" },
	{ CKR_TOKEN_NOT_PRESENT, "the token is not there" },
	{ CKR_DEVICE_REMOVED, "the token was taken out" },
	{ CKR_MECHANISM_INVALID, "the token cannot do that with this kind of key" },
	{ CKR_KEY_FUNCTION_NOT_PERMITTED, "the key may not sign" },
	{ CKR_TOKEN_WRITE_PROTECTED, "the token is write-protected" },
	{ CKR_DEVICE_MEMORY, "the token is full" },
};
/* clang-format on */

void
cli_token_reason(struct err *err, const char *what, CK_RV rv)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].rv == rv) {
			(void)err_set(err,
			    rv == CKR_PIN_INCORRECT ? ERR_DENIED : ERR_SYSTEM,
			    "%s: %s.", what, reasons[i].text);
			return;
		}
	(void)err_set(err, ERR_SYSTEM, "%s: the token said 0x%08lx.", what,
	    (unsigned long)rv);
}

static int
load(struct cli_token *t, const char *module, struct err *err)
{
	CK_C_GetFunctionList list = NULL;
	void *symbol;
	CK_RV rv;

	if (!module)
		return err_set(err, ERR_INVALID,
		    "A key on a token needs the token's PKCS#11 module: "
		    "--module PATH.");
	t->library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
	symbol = t->library ? dlsym(t->library, "C_GetFunctionList") : NULL;
	if (!symbol)
		return err_set(err, ERR_INVALID,
		    "%.200s cannot be loaded as a PKCS#11 module: %.200s.",
		    module, t->library ? "it is none" : dlerror());
	memcpy(&list, &symbol, sizeof(list)); /* ISO C has no cast for this */
	rv = list(&t->f);
	if (rv == CKR_OK)
		rv = t->f->C_Initialize(NULL);
	if (rv != CKR_OK)
		return cli_token_failed(err, "Starting the module failed", rv);
	t->started = true;
	return 0;
}

/* The texts of the module are padded with blanks. */
static bool
is_text(const unsigned char *padded, size_t n, const char *text)
{
	while (n > 0 && (padded[n - 1] == ' ' || padded[n - 1] == 0))
		n--;
	return bytes_eq(bytes_of(padded, n), bytes_str(text));
}

static int
find_slot(struct cli_token *t, CK_SLOT_ID *ret, struct err *err)
{
	CK_SLOT_ID slots[SLOTS_MAX];
	CK_ULONG n = SLOTS_MAX, i, fits = 0;
	CK_RV rv = t->f->C_GetSlotList(CK_TRUE, slots, &n);
	CK_TOKEN_INFO info;

	if (rv != CKR_OK)
		return cli_token_failed(err, "Listing the tokens failed", rv);
	for (i = 0; i < n; i++) {
		const struct cli_token_address *a = &t->address;

		if (t->f->C_GetTokenInfo(slots[i], &info) != CKR_OK ||
		    !(info.flags & CKF_TOKEN_INITIALIZED) ||
		    (a->token[0] &&
			!is_text(info.label, sizeof(info.label), a->token)) ||
		    (a->serial[0] && !is_text(info.serialNumber,
					 sizeof(info.serialNumber), a->serial)))
			continue;
		*ret = slots[i];
		fits++;
	}
	if (fits == 1)
		return 0;
	return err_set(err, ERR_NOT_FOUND,
	    fits ? "More than one token fits the address; name it with token= "
		   "or serial=."
		 : "No token fits the address. Is it plugged in, and is the "
		   "module the right one?");
}

static int
log_in(struct cli_token *t, const char *pin_file, struct err *err)
{
	char prompt[CLI_TOKEN_TEXT_MAX + 16];
	struct bytes pin;
	CK_RV rv;

	(void)snprintf(
	    prompt, sizeof(prompt), "PIN of the token %s", t->address.token);
	if ((pin_file ? cli_password_from_file(pin_file, &t->pin, err)
		      : cli_password_ask(prompt, &t->pin, err)) < 0)
		return -1;
	pin = secret_bytes(t->pin);
	rv = t->f->C_Login(
	    t->session, CKU_USER, secret_mem(t->pin), (CK_ULONG)pin.n);
	if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN)
		return cli_token_failed(err, "Opening the token failed", rv);
	t->logged_in = true;
	return 0;
}

int
cli_token_start(const struct cli_key_place *place, bool rw,
    struct cli_token **ret, struct err *err)
{
	AUTO(cli_token) t = calloc(1, sizeof(*t));
	CK_SLOT_ID slot = 0;
	CK_RV rv;

	if (!t)
		return err_set(err, ERR_NO_MEMORY, "There is no memory.");
	buf_init(&t->spki, PKI_SIGNATURE_MAX * 4);
	if (cli_token_address_parse(place->uri, &t->address, err) < 0 ||
	    load(t, place->module, err) < 0 || find_slot(t, &slot, err) < 0)
		return -1;
	rv = t->f->C_OpenSession(slot,
	    CKF_SERIAL_SESSION | (rw ? CKF_RW_SESSION : 0), NULL, NULL,
	    &t->session);
	if (rv != CKR_OK)
		return cli_token_failed(err, "Opening the token failed", rv);
	if (log_in(t, place->secret_file, err) < 0)
		return -1;
	*ret = TAKE(t);
	return 0;
}

void
cli_token_free(struct cli_token *t)
{
	if (!t)
		return;
	if (t->logged_in)
		(void)t->f->C_Logout(t->session);
	if (t->session)
		(void)t->f->C_CloseSession(t->session);
	if (t->started)
		(void)t->f->C_Finalize(NULL);
	if (t->library)
		(void)dlclose(t->library);
	secret_free(t->pin);
	buf_clear(&t->spki);
	free(t);
}

int
cli_token_find(struct cli_token *t, CK_OBJECT_CLASS what, CK_OBJECT_HANDLE *ret,
    size_t *ret_n, struct err *err)
{
	struct cli_token_address *a = &t->address;
	CK_ATTRIBUTE q[3] = { { CKA_CLASS, &what, sizeof(what) } };
	CK_OBJECT_HANDLE found[2];
	CK_ULONG n = 1, got = 0;
	CK_RV rv;

	if (a->object[0])
		q[n++] =
		    (CK_ATTRIBUTE){ CKA_LABEL, a->object, strlen(a->object) };
	if (a->id_n)
		q[n++] = (CK_ATTRIBUTE){ CKA_ID, a->id, a->id_n };
	rv = t->f->C_FindObjectsInit(t->session, q, n);
	if (rv == CKR_OK) {
		rv = t->f->C_FindObjects(t->session, found, 2, &got);
		(void)t->f->C_FindObjectsFinal(t->session);
	}
	if (rv != CKR_OK)
		return cli_token_failed(err, "Looking for the key failed", rv);
	if (got > 0)
		*ret = found[0];
	*ret_n = got;
	return 0;
}

int
cli_token_open(
    const struct cli_key_place *place, struct cli_token **ret, struct err *err)
{
	AUTO(cli_token) t = NULL;
	size_t n = 0;

	if (cli_token_start(place, false, &t, err) < 0 ||
	    cli_token_find(t, CKO_PRIVATE_KEY, &t->key, &n, err) < 0)
		return -1;
	if (n != 1)
		return err_set(err, ERR_NOT_FOUND,
		    n ? "More than one key on the token has that name; add "
			"id= to the address."
		      : "There is no private key of that name on the token.");
	if (cli_token_find(t, CKO_PUBLIC_KEY, &t->pub, &n, err) < 0)
		return -1;
	if (n != 1)
		return err_set(err, ERR_NOT_FOUND,
		    "The public half of the key is not on the token, and the "
		    "request needs it.");
	if (cli_token_read_public(t, err) < 0)
		return -1;
	*ret = TAKE(t);
	return 0;
}

struct bytes
cli_token_spki(const struct cli_token *t)
{
	return buf_bytes(&t->spki);
}
