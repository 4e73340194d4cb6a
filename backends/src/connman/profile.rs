//! Which service of ConnMan realises an access point?

use super::ConnmanError;
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

/// Refuses what cannot be meant, with words.
pub(super) fn check(profiles: &[Profile]) -> Result<(), ConnmanError> {
    for (at, profile) in profiles.iter().enumerate() {
        if profile.service.is_none() && profile.interface.is_none() {
            return Err(ConnmanError::NoService(profile.access_point));
        }
        for other in &profiles[..at] {
            if other.access_point == profile.access_point {
                return Err(ConnmanError::Twice(profile.access_point));
            }
            if (&other.service, &other.interface) == (&profile.service, &profile.interface) {
                return Err(ConnmanError::SharedService { first: other.access_point, second: profile.access_point });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_is_named() {
        let profile = |number, service: Option<&str>, interface: Option<&str>| Profile {
            access_point: AccessPointId(number),
            service: service.map(Into::into),
            interface: interface.map(Into::into),
        };
        check(&[profile(0, None, Some("eth0")), profile(1, Some("wifi_1"), None), profile(2, Some("wifi_2"), None)]).unwrap();
        assert!(matches!(check(&[profile(3, None, None)]), Err(ConnmanError::NoService(AccessPointId(3)))));
        let twice = [profile(0, None, Some("eth0")), profile(0, None, Some("eth1"))];
        assert!(matches!(check(&twice), Err(ConnmanError::Twice(AccessPointId(0)))));
        let shared = [profile(0, None, Some("eth0")), profile(1, None, Some("eth0"))];
        assert!(matches!(check(&shared), Err(ConnmanError::SharedService { .. })));
    }
}
