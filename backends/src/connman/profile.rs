//! Which service of ConnMan realises an access point?

use netsession_fsm::words::AccessPointId;

/// An access point, as ConnMan knows it. `service` or `interface` must be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Which access point this is.
    pub access_point: AccessPointId,
    /// The service: its identifier (the last part of its object path, e.g. `ethernet_020000000001_cable`), or its name if only one
    /// has it. Without it: the service of the interface.
    pub service: Option<String>,
    /// Name of the interface the service is on.
    pub interface: Option<String>,
}
