//! Which connection profile of NetworkManager realises an access point?

use netsession_fsm::words::AccessPointId;

/// An access point, as NetworkManager knows it. `connection` or `interface` must be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Which access point this is.
    pub access_point: AccessPointId,
    /// UUID of the connection profile, or its name (`connection.id`) if only one has it. Without it: the profile that is active on
    /// the interface, else the one NetworkManager itself would take for it.
    pub connection: Option<String>,
    /// Name of the interface it is activated on. Without it NetworkManager chooses one.
    pub interface: Option<String>,
}
