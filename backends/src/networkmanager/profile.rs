//! Which connection profile of NetworkManager realises an access point?

use super::NetworkManagerError;
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

/// Whether these profiles make sense together.
pub(super) fn check(profiles: &[Profile]) -> Result<(), NetworkManagerError> {
    for (at, profile) in profiles.iter().enumerate() {
        let before = &profiles[..at];
        if before.iter().any(|other| other.access_point == profile.access_point) {
            return Err(NetworkManagerError::Twice(profile.access_point));
        }
        if profile.connection.is_none() && profile.interface.is_none() {
            return Err(NetworkManagerError::Nameless(profile.access_point));
        }
        let same = |other: &&Profile| other.connection == profile.connection && other.interface == profile.interface;
        if let Some(other) = before.iter().find(same) {
            return Err(NetworkManagerError::Shared { first: other.access_point, second: profile.access_point });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(access_point: u32, connection: Option<&str>, interface: Option<&str>) -> Profile {
        Profile { access_point: AccessPointId(access_point), connection: connection.map(Into::into), interface: interface.map(Into::into) }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        check(&[profile(0, Some("home"), None), profile(1, Some("home"), Some("wan0")), profile(2, None, Some("wan0"))]).unwrap();
        let refused = |profiles: &[Profile]| check(profiles).unwrap_err().to_string();
        assert!(refused(&[profile(0, Some("home"), None), profile(0, Some("work"), None)]).contains("two profiles"));
        assert!(refused(&[profile(0, None, None)]).contains("`connection` or `interface`"));
        assert!(refused(&[profile(0, Some("home"), None), profile(1, Some("home"), None)]).contains("the same connection"));
    }
}
