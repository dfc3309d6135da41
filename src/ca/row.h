/* row.h - a stored request as a row of an answer (rpc/ca.h). */
#pragma once
#include "ca/arena.h"
#include "rpc/ca.h"
#include "store/store.h"

/* Copies what it shows into the arena. */
void ca_row_fill(
    struct ca_arena *a, const struct store_request *r, struct rpc_row *ret);
