/* txn.h - the inside of an open transaction, for commit.c and audit.c. */
#pragma once
#include "ca/audit.h"

struct ca_txn {
	struct ca *ca;
	struct store_writer *writer;
	struct pki_tools *tools;
	/* Newest record of this transaction; becomes the durable one with the
	 * commit and is forgotten with a rollback. */
	struct ca_audit_head head;
};
