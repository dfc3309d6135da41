/* handlers.h - every handler of a method, and the file it lives in. The table
 * of dispatch.c names the pool each runs in.
 */
#pragma once
#include "ca/ca.h"

ca_handler ca_submit_handle;             /* submit.c */
ca_handler ca_site_handle;               /* site.c */
ca_handler ca_retrieve_handle;           /* retrieve.c */
ca_handler ca_response_handle;           /* response.c */
ca_handler ca_info_handle;               /* info.c */
ca_handler ca_renew_handle;              /* renew.c */
ca_handler ca_sub_handle;                /* sub.c: CA_SIGN */
ca_handler ca_install_handle;            /* renew_install.c */
ca_handler ca_user_check_handle;         /* user.c: CHECK_PASSWORD */
ca_handler ca_user_add_handle;           /* user_admin.c */
ca_handler ca_user_list_handle;          /* user_admin.c */
ca_handler ca_user_passwd_handle;        /* user_admin.c */
ca_handler ca_user_disable_handle;       /* user_admin.c */
ca_handler ca_user_edit_handle;          /* user_admin.c */
ca_handler ca_role_change_handle;        /* role.c */
ca_handler ca_role_waiting_handle;       /* role.c: WAITING_LIST */
ca_handler ca_role_confirm_handle;       /* role.c: CONFIRM */
ca_handler ca_group_list_handle;         /* group.c */
ca_handler ca_group_change_handle;       /* group.c */
ca_handler ca_person_list_handle;        /* group.c */
ca_handler ca_person_change_handle;      /* group.c */
ca_handler ca_permission_list_handle;    /* permission_admin.c */
ca_handler ca_permission_change_handle;  /* permission_admin.c */
ca_handler ca_restriction_list_handle;   /* permission_admin.c */
ca_handler ca_restriction_change_handle; /* permission_admin.c */
ca_handler ca_list_handle;               /* list.c */
ca_handler ca_show_handle;               /* show.c */
ca_handler ca_status_handle;             /* status.c */
ca_handler ca_decide_handle;             /* decide.c */
ca_handler ca_revoke_handle;             /* revoke.c */
ca_handler ca_revoke_lost_handle;        /* revoke.c: REPORT_LOST */
ca_handler ca_crl_get_handle;            /* crl_handle.c */
ca_handler ca_crl_publish_handle;        /* crl_handle.c */
ca_handler ca_crl_add_handle;            /* crl_other.c */
ca_handler ca_crl_list_handle;           /* crl_handle.c */
ca_handler ca_crl_deliver_handle;        /* crl_deliver.c */
ca_handler ca_audit_list_handle;         /* audit_list.c */
ca_handler ca_template_list_handle;      /* template_handle.c */
ca_handler ca_template_show_handle;      /* template_handle.c */
ca_handler ca_template_check_handle;     /* template_handle.c */
ca_handler ca_template_enable_handle;    /* template_handle.c, DISABLE too */
ca_handler ca_template_reload_handle;    /* template_handle.c */
ca_handler ca_verify_handle;             /* verify.c: AUDIT_VERIFY */
ca_handler ca_import_ca_handle;          /* import.c */
ca_handler ca_import_end_handle;         /* import.c */
ca_handler ca_import_rows_handle;        /* import_row.c */
ca_handler ca_import_crl_handle;         /* import_crl.c */
