/* sqlite_select.h - the statements of store_list_requests().
 *
 * Private to src/store. Which parts a filter has, and the statement for them;
 * sqlite_list.c prepares, binds and runs it.
 */
#pragma once
#include "base/buf.h"
#include "store/sqlite.h"

#include <assert.h>

enum store_list_part {
	STORE_LIST_BEFORE = 0x1, /* not from the newest */
	STORE_LIST_STATE = 0x2,
	STORE_LIST_CERT = 0x4, /* with a certificate */
	STORE_LIST_OWNER = 0x8,
	STORE_LIST_REQUESTER = 0x10,
	STORE_LIST_SEARCH = 0x20,
	STORE_LIST_WAITING = 0x40, /* a search among those that wait */
	STORE_LIST_END = 0x80
};
static_assert(
    STORE_LIST_END == STORE_SQLITE_LISTS, "a place for each combination");

/* Numbers of the parameters; those of parts that are not there do not appear
 * in the statement. */
enum store_list_param {
	STORE_PARAM_BEFORE = 1,
	STORE_PARAM_LIMIT,
	STORE_PARAM_STATE,
	STORE_PARAM_OWNER,
	STORE_PARAM_REQUESTER,
	STORE_PARAM_LIKE,
	STORE_PARAM_LOW,
	STORE_PARAM_HIGH,
	STORE_PARAM_EXACT,
	STORE_PARAM_HEX,
	STORE_PARAM_WINDOW,
	STORE_PARAM_SERIALS,
	STORE_PARAM_NUMBER
};

/* Nothing can match: certificates in a state that has none. */
bool store_sqlite_select_none(const struct store_filter *f);
unsigned store_sqlite_select_parts(const struct store_filter *f);
void store_sqlite_select_compose(struct buf *b, unsigned parts);
