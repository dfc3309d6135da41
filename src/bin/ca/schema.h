/* schema.h - opencertsrv.yaml as libcyaml loads it for this program.
 *
 * Optional keys are pointers: NULL when the file does not have them. Ranges
 * and defaults are config.c's.
 */
#pragma once
#include "common/config.h"

#include <stdbool.h>
#include <stdint.h>

struct yaml_list {
	char **list;
	unsigned list_count;
};

struct yaml_at_once {
	bool *enabled;
	char *override;
	char **eku;
	unsigned eku_count;
	char **dns_suffixes;
	unsigned dns_suffixes_count;
};

struct yaml_attributes {
	bool *names, *purposes, *validity;
};

struct yaml_limits {
	uint64_t *pending_per_requester;
	uint64_t *daily_per_requester;
	uint64_t *pending;
	uint64_t *free_space_mib;
};

struct yaml_ca {
	char *name, *host, *type, *key, *contact, *organization;
	char *database, *sign_socket, *web_socket, *admin_socket;
	char *publish, *url, *templates;
	uint64_t *ca_validity_days, *validity_days, *clock_skew_minutes;
	uint64_t *renewal_grace_days;
	uint64_t *crl_period_hours, *crl_overlap_hours;
	uint64_t *crl_delta_hours, *crl_delta_overlap_hours;
	bool *issuing_distribution_point;
	bool *subordinate;
	bool *offline; /* the command line's */
	char *separation;
	uint64_t *approvals;
	struct yaml_at_once *issue_at_once;
	char **special_eku;
	unsigned special_eku_count;
	bool *allow_upn, *allow_underscore;
	struct yaml_attributes *attributes;
	char *key_reuse, *compromised_keys;
	char **site_names;
	unsigned site_names_count;
	struct yaml_limits *limits;
	uint64_t *workers;
};

struct yaml_file {
	bool *demo;
	struct yaml_ca *ca;
};

extern const cyaml_schema_value_t schema_file;
