/* banned.h - functions that must not be called here do not compile.
 *
 * Given to the compiler with -include, after the system headers below, so
 * that no file can forget it. What to use instead stands beside each name.
 */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Fortified headers make macros of these two for clang. */
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat strncpy strncat /* str_copy, buf_add */
#pragma GCC poison sprintf vsprintf gets         /* snprintf, buf_addf */
#pragma GCC poison strtok                        /* walk a struct bytes */
#pragma GCC poison atoi atol atoll strtol        /* str_u64, str_i64 */
#pragma GCC poison gmtime localtime ctime        /* str_time_iso, gmtime_r */
#pragma GCC poison system popen                  /* posix_spawn */
#pragma GCC poison tmpnam tempnam mktemp         /* mkstemp */
