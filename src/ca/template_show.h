/* template_show.h - a template in words, for people.
 */
#pragma once
#include "ca/arena.h"
#include "ca/template.h"
#include "rpc/ca.h"

/* At most RPC_TEMPLATE_FIELDS_MAX; everything lies in the arena. */
void ca_template_show(struct ca_arena *a, const struct ca_template *t,
    const struct rpc_template_field **ret, size_t *ret_n);
