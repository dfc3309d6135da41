/* file.h - names of the published files, and their addresses.
 *
 * Name.crl, Name(1).crl by key index, Name+.crl for the delta;
 * host_Name.crt, host_Name(2).crt by certificate index (enrolment protocols
 * 4.2, 4.3). Characters that cannot stand in a file name are written
 * "!xxxx".
 */
#pragma once
#include "ca/config.h"

#define CA_FILE_MAX 256 /* with the NUL; what file systems take */
#define CA_URL_MAX  1800

/* Cannot fail: ca_file_check() was called with the configuration. */
void ca_file_crl(
    const struct ca_config *c, uint32_t key_index, char dst[CA_FILE_MAX]);
/* Name+.crl, Name(1)+.crl */
void ca_file_delta(
    const struct ca_config *c, uint32_t key_index, char dst[CA_FILE_MAX]);
void ca_file_cert(
    const struct ca_config *c, uint32_t index, char dst[CA_FILE_MAX]);
/* Of a cross certificate: host_Name(0-1).crt, signed by generation 0 for 1. */
void ca_file_cross(const struct ca_config *c, uint32_t from, uint32_t to,
    char dst[CA_FILE_MAX]);
/* The file below config->url, percent-encoded. */
MUST_CHECK int ca_file_url(const struct ca_config *c, const char *file,
    char dst[CA_URL_MAX], struct err *err);
/* Do the names fit? */
MUST_CHECK int ca_file_check(const struct ca_config *c, struct err *err);
