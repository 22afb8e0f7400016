//! The tools, one file each, and the slice that lists them.

mod get_approval;
mod get_device;
mod list_devices;
mod list_scripts;
mod run_direct_task;

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
    read list_devices::ListDevices,
    read get_device::GetDevice,
    write run_direct_task::RunDirectTask,
    read list_scripts::ListScripts,
    read get_approval::GetApproval,
}
