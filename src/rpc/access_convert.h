/* access_convert.h - the tables of access.h: a part of ca_convert.c, which
 * defines the macros of the rows. Included once, there.
 */
#pragma once

/* clang-format off */
#define ACCESS_MESSAGES(M)                          \
	M(acted, Acted)                             \
	M(role_change, RoleChange)                  \
	M(waiting_row, WaitingRow)                  \
	M(waiting_list, WaitingList)                \
	M(confirm, Confirm)                         \
	M(group_ask, GroupAsk)                      \
	M(group_row, GroupRow)                      \
	M(name_row, NameRow)                        \
	M(group_list, GroupList)                    \
	M(group_change, GroupChange)                \
	M(permission_ask, PermissionAsk)            \
	M(permission_row, PermissionRow)            \
	M(permission_list, PermissionList)          \
	M(permission_change, PermissionChange)      \
	M(restriction, Restriction)                 \
	M(restriction_list, RestrictionList)        \
	M(restriction_change, RestrictionChange)    \
	M(person_row, PersonRow)                    \
	M(person_list, PersonList)                  \
	M(person_change, PersonChange)
/* clang-format on */
ACCESS_MESSAGES(MESSAGE_NAMES)

static bool
group_action_known(uint32_t v)
{
	return v >= RPC_GROUP_MAKE && v <= RPC_GROUP_LEAVE;
}

static bool
permission_action_known(uint32_t v)
{
	return v >= RPC_PERMISSION_ALLOW && v <= RPC_PERMISSION_REMOVE;
}

static bool
target_known(uint32_t v)
{
	return v <= RPC_TARGET_GROUP;
}

/* clang-format off */
static const struct rpc_convert_field acted_fields[] = {
	BOOL(acted, waits),
	U64(acted, change),
	PEOPLE(acted, what, RPC_TEXT_MAX),
	PEOPLE(acted, sentence, RPC_TEXT_MAX),
};

static const struct rpc_convert_field role_change_fields[] = {
	TEXT(role_change, name, RPC_PRINCIPAL_MAX),
	KNOWN(role_change, role, role_mask_known),
	BOOL(role_change, grant),
};

static const struct rpc_convert_field waiting_row_fields[] = {
	U64(waiting_row, id),
	PEOPLE(waiting_row, what, RPC_TEXT_MAX),
	PEOPLE(waiting_row, asker, RPC_TEXT_MAX),
	I64(waiting_row, asked),
	I64(waiting_row, expires),
};

static const struct rpc_convert_field waiting_list_fields[] = {
	LIST(waiting_list, rows, row_count, waiting_row, RPC_WAITING_MAX),
};

static const struct rpc_convert_field confirm_fields[] = {
	U64(confirm, id),
	BOOL(confirm, cancel),
};

static const struct rpc_convert_field group_ask_fields[] = {
	TEXT(group_ask, name, RPC_PRINCIPAL_MAX),
};

static const struct rpc_convert_field group_row_fields[] = {
	TEXT(group_row, name, RPC_PRINCIPAL_MAX),
	PEOPLE(group_row, description, RPC_TEXT_MAX),
	U32(group_row, members),
};

static const struct rpc_convert_field name_row_fields[] = {
	TEXT(name_row, name, RPC_PRINCIPAL_MAX),
};

static const struct rpc_convert_field group_list_fields[] = {
	LIST(group_list, groups, group_count, group_row, RPC_GROUPS_MAX),
	LIST(group_list, members, member_count, name_row, RPC_MEMBERS_MAX),
};

static const struct rpc_convert_field group_change_fields[] = {
	KNOWN(group_change, action, group_action_known),
	TEXT(group_change, name, RPC_PRINCIPAL_MAX),
	TEXT(group_change, member, RPC_PRINCIPAL_MAX),
	TEXT(group_change, description, 255),
};

static const struct rpc_convert_field permission_ask_fields[] = {
	TEXT(permission_ask, template_name, RPC_TEMPLATE_MAX),
};

static const struct rpc_convert_field permission_row_fields[] = {
	TEXT(permission_row, template_name, RPC_TEMPLATE_MAX),
	BOOL(permission_row, deny),
	BOOL(permission_row, is_group),
	TEXT(permission_row, name, RPC_PRINCIPAL_MAX),
	TEXT(permission_row, rights, 64),
};

static const struct rpc_convert_field permission_list_fields[] = {
	LIST(permission_list, rows, row_count, permission_row, RPC_PERMISSIONS_MAX),
};

static const struct rpc_convert_field permission_change_fields[] = {
	KNOWN(permission_change, action, permission_action_known),
	TEXT(permission_change, template_name, RPC_TEMPLATE_MAX),
	BOOL(permission_change, is_group),
	TEXT(permission_change, name, RPC_PRINCIPAL_MAX),
	TEXT(permission_change, rights, 64),
};

static const struct rpc_convert_field restriction_fields[] = {
	U64(restriction, id),
	BOOL(restriction, officer),
	BOOL(restriction, deny),
	BOOL(restriction, actor_is_group),
	TEXT(restriction, actor, RPC_PRINCIPAL_MAX),
	TEXT(restriction, template_name, RPC_TEMPLATE_MAX),
	KNOWN(restriction, target_kind, target_known),
	TEXT(restriction, target, RPC_PRINCIPAL_MAX),
};

static const struct rpc_convert_field restriction_list_fields[] = {
	LIST(restriction_list, rows, row_count, restriction, RPC_RESTRICTIONS_MAX),
};

static const struct rpc_convert_field restriction_change_fields[] = {
	U64(restriction_change, remove),
	MESSAGE(restriction_change, row, restriction),
};

static const struct rpc_convert_field person_row_fields[] = {
	TEXT(person_row, name, RPC_PRINCIPAL_MAX),
	U64(person_row, number),
};

static const struct rpc_convert_field person_list_fields[] = {
	LIST(person_list, rows, row_count, person_row, RPC_PERSONS_MAX),
};

static const struct rpc_convert_field person_change_fields[] = {
	TEXT(person_change, name, RPC_PRINCIPAL_MAX),
	TEXT(person_change, other, RPC_PRINCIPAL_MAX),
};
/* clang-format on */
