//! The tools, one file each, and the slice that lists them.

mod api_get;
mod api_write;
mod create_customer;
mod create_device_access_group;
mod create_site;
mod create_user_role;
mod find_operation;
mod generate_patch_report;
mod get_active_issue;
mod get_approval;
mod get_customer;
mod get_device;
mod get_device_assets;
mod get_device_custom_properties;
mod get_device_custom_property;
mod get_device_lifecycle_info;
mod get_device_service_monitor_status;
mod get_registration_token;
mod get_report;
mod get_task;
mod get_task_details;
mod get_task_status;
mod list_active_issues;
mod list_customers;
mod list_device_filters;
mod list_device_scheduled_tasks;
mod list_devices;
mod list_job_statuses;
mod list_org_custom_properties;
mod list_scheduled_tasks;
mod list_scripts;
mod list_service_orgs;
mod list_sites;
mod list_users;
mod run_direct_task;
mod update_device_custom_property;
mod update_org_custom_property;

use crate::entry::Entry;

macro_rules! slice {
    ($($kind:ident $module:ident::$tool:ident,)*) => {
        // Entries keep their schema once it is made, so they have to lie in a static of their own.
        static LIST: [Entry; [$(stringify!($tool)),*].len()] = [$(Entry::$kind::<$module::$tool>()),*];

        /// Every tool, in the order in which they are listed.
        pub static TOOLS: &[Entry] = &LIST;
    };
}

slice! {
    read list_service_orgs::ListServiceOrgs,
    read list_customers::ListCustomers,
    read get_customer::GetCustomer,
    write create_customer::CreateCustomer,
    read list_sites::ListSites,
    write create_site::CreateSite,
    read list_devices::ListDevices,
    read get_device::GetDevice,
    read get_device_assets::GetDeviceAssets,
    read get_device_lifecycle_info::GetDeviceLifecycleInfo,
    read get_device_service_monitor_status::GetDeviceServiceMonitorStatus,
    read get_device_custom_properties::GetDeviceCustomProperties,
    read get_device_custom_property::GetDeviceCustomProperty,
    write update_device_custom_property::UpdateDeviceCustomProperty,
    read list_org_custom_properties::ListOrgCustomProperties,
    write update_org_custom_property::UpdateOrgCustomProperty,
    read list_active_issues::ListActiveIssues,
    read get_active_issue::GetActiveIssue,
    read list_job_statuses::ListJobStatuses,
    read list_scheduled_tasks::ListScheduledTasks,
    read list_device_scheduled_tasks::ListDeviceScheduledTasks,
    write run_direct_task::RunDirectTask,
    read list_scripts::ListScripts,
    read get_task::GetTask,
    read get_task_status::GetTaskStatus,
    read get_task_details::GetTaskDetails,
    read generate_patch_report::GeneratePatchReport,
    read get_report::GetReport,
    read list_device_filters::ListDeviceFilters,
    read get_registration_token::GetRegistrationToken,
    read list_users::ListUsers,
    write create_user_role::CreateUserRole,
    write create_device_access_group::CreateDeviceAccessGroup,
    read api_get::ApiGet,
    write api_write::ApiPost,
    write api_write::ApiPut,
    write api_write::ApiPatch,
    write api_write::ApiDelete,
    read get_approval::GetApproval,
    read find_operation::FindOperation,
}
