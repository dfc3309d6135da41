/* log.h - lines on standard error for whoever runs the program.
 *
 * Only bin/ logs: libraries return a struct err. One line per call, with
 * time, program and level; control characters are replaced, so that hostile
 * text cannot forge a line. Never pass a secret.
 */
#pragma once
#include "base/cleanup.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO };

void log_start(const char *program);
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_LEVEL_INFO, __VA_ARGS__)
