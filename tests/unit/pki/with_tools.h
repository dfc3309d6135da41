/* with_tools.h - set-up and tear-down of a group of tests that verify or hash.
 */
#pragma once
#include "pki/tools.h"

extern struct pki_tools *tools;

int with_tools(void **state);
int without_tools(void **state);
