//! What does NetworkManager's word mean for an access point? Its state, and the cause (SPEC §3).
//!
//! Numbers are those of NetworkManager's D-Bus types (`NMDeviceState`, `NMDeviceStateReason`, `NMActiveConnectionState`,
//! `NMActiveConnectionStateReason`).

use netsession_fsm::words::{Cause, ConfigurationState};

/// `NM_DEVICE_STATE_UNMANAGED`.
const UNMANAGED: u32 = 10;
/// `NM_DEVICE_STATE_UNAVAILABLE`.
const UNAVAILABLE: u32 = 20;

/// How an active connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Activation {
    /// Unknown, just made, or on its way up.
    #[default]
    Activating,
    /// Up, as NetworkManager sees it.
    Activated,
    /// On its way down.
    Deactivating,
    /// Down; the object is about to vanish.
    Deactivated,
}

impl Activation {
    /// From `NMActiveConnectionState`.
    pub(super) const fn new(state: u32) -> Self {
        match state {
            2 => Self::Activated,
            3 => Self::Deactivating,
            4 => Self::Deactivated,
            _ => Self::Activating,
        }
    }
}

/// The device an access point is on, or would be raised on, as NetworkManager has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Its `NMDeviceState`.
    pub(super) state: u32,
    /// There is an interface to it; a bridge nobody activated has none.
    pub(super) real: bool,
    /// It is so new that NetworkManager may not have taken it yet.
    pub(super) fresh: bool,
    /// The profile is among its available connections.
    pub(super) offered: bool,
}

/// The interface, as the kernel has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// There is none of this name.
    Missing,
    /// Administratively down.
    Down,
    /// Up, nothing at the other end.
    Cut,
    /// Up, with carrier.
    Up,
}

/// All that decides how an access point stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    /// NetworkManager runs and was heard.
    pub(super) daemon: bool,
    /// There is such a profile.
    pub(super) profile: bool,
    /// It is of a kind this executor raises.
    pub(super) usable: bool,
    /// Its active connection.
    pub(super) activation: Option<Activation>,
    /// Its device.
    pub(super) place: Option<Place>,
    /// Its interface.
    pub(super) line: Line,
    /// Some address on the interface can be used.
    pub(super) address: bool,
}

/// State of an access point, and why it is not Active as far as it shows. The first row that fits counts.
///
/// | what | state | cause |
/// |---|---|---|
/// | NetworkManager does not run | Undefined | BackendGone |
/// | no such profile | Undefined | Removed |
/// | a VPN plugin's, a port's, or the loopback's profile | Undefined | CannotStartStop |
/// | activated; interface up with carrier and a usable address | Active | |
/// | no device, or its interface vanished | Defined | Vanished |
/// | device new and not taken yet (5 ms, measured on 1.42.4) | Defined | Vanished |
/// | device unmanaged | Undefined | CannotStartStop |
/// | activated; interface set down by others | Defined | TakenDown |
/// | interface up without carrier, or device unavailable | Defined | CarrierLost |
/// | being activated or deactivated, or activated without address | Discovered | |
/// | device does not offer the profile (access point out of range) | Defined | Vanished |
/// | all else | Discovered | |
pub(super) fn state(view: &View) -> (ConfigurationState, Cause) {
    use ConfigurationState::{Active, Defined, Discovered, Undefined};
    if !view.daemon {
        return (Undefined, Cause::BackendGone);
    }
    if !view.profile {
        return (Undefined, Cause::Removed);
    }
    if !view.usable {
        return (Undefined, Cause::CannotStartStop);
    }
    if view.activation == Some(Activation::Activated) && view.line == Line::Up && view.address {
        return (Active, Cause::Unknown);
    }
    match (view.place, view.line) {
        (None, _) => (Defined, Cause::Vanished),
        (Some(place), Line::Missing) if place.real => (Defined, Cause::Vanished),
        (Some(place), _) if place.fresh && place.state <= UNAVAILABLE => (Defined, Cause::Vanished),
        (Some(place), _) if place.state <= UNMANAGED => (Undefined, Cause::CannotStartStop),
        (Some(_), Line::Down) if view.activation == Some(Activation::Activated) => (Defined, Cause::TakenDown),
        (Some(_), Line::Cut) => (Defined, Cause::CarrierLost),
        (Some(place), _) if place.state == UNAVAILABLE => (Defined, Cause::CarrierLost),
        (Some(_), _) if view.activation.is_some() => (Discovered, Cause::Unknown),
        (Some(place), _) if !place.offered => (Defined, Cause::Vanished),
        (Some(_), _) => (Discovered, Cause::Unknown),
    }
}

/// Why a device left, or never reached, its connection; `Unknown` where the reason says nothing. From `NMDeviceStateReason`.
pub(super) const fn device_cause(reason: u32) -> Cause {
    match reason {
        // supplicant, 802.1X and secrets; SIM and PIN
        7..=11 | 34 | 46..=48 | 59 => Cause::Authentication,
        // DHCP, auto-IP, a shared connection's addresses, duplicates
        5 | 6 | 15..=22 | 64 | 65 => Cause::NoLease,
        26 | 32 => Cause::Timeout,
        25 | 40 => Cause::CarrierLost,
        // device, modem, network, supplicant or its peer gone
        35..=37 | 43 | 45 | 53 | 67 => Cause::Vanished,
        38 => Cause::Removed,
        39 | 60 | 3 => Cause::TakenDown,
        52 => Cause::CannotStartStop,
        _ => Cause::Unknown,
    }
}

/// Why an active connection ended; `Unknown` where the device knows better. From `NMActiveConnectionStateReason`.
pub(super) const fn active_cause(reason: u32) -> Cause {
    match reason {
        2 => Cause::TakenDown,
        5 => Cause::NoLease,
        6 | 7 => Cause::Timeout,
        9 | 10 => Cause::Authentication,
        11 => Cause::Removed,
        14 => Cause::Vanished,
        _ => Cause::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UP: View = View {
        daemon: true,
        profile: true,
        usable: true,
        activation: Some(Activation::Activated),
        place: Some(Place { state: 100, real: true, fresh: false, offered: true }),
        line: Line::Up,
        address: true,
    };

    fn idle(state: u32, offered: bool, line: Line) -> View {
        View { activation: None, place: Some(Place { state, real: true, fresh: false, offered }), line, ..UP }
    }

    fn fresh(state: u32) -> View {
        View { place: Some(Place { state, real: true, fresh: true, offered: false }), ..idle(state, false, Line::Cut) }
    }

    #[test]
    fn every_row_of_the_table() {
        use ConfigurationState::{Active, Defined, Discovered, Undefined};
        let rows = [
            (View { daemon: false, ..UP }, (Undefined, Cause::BackendGone)),
            (View { profile: false, ..UP }, (Undefined, Cause::Removed)),
            (View { usable: false, ..UP }, (Undefined, Cause::CannotStartStop)),
            (UP, (Active, Cause::Unknown)),
            (View { place: None, line: Line::Missing, activation: None, ..UP }, (Defined, Cause::Vanished)),
            (View { line: Line::Missing, ..UP }, (Defined, Cause::Vanished)),
            (idle(10, false, Line::Up), (Undefined, Cause::CannotStartStop)),
            (View { line: Line::Down, ..UP }, (Defined, Cause::TakenDown)),
            (View { line: Line::Cut, ..UP }, (Defined, Cause::CarrierLost)),
            (fresh(10), (Defined, Cause::Vanished)),
            (fresh(20), (Defined, Cause::Vanished)),
            (idle(20, false, Line::Up), (Defined, Cause::CarrierLost)),
            (idle(20, false, Line::Down), (Defined, Cause::CarrierLost)),
            (View { address: false, ..UP }, (Discovered, Cause::Unknown)),
            (View { activation: Some(Activation::Activating), ..UP }, (Discovered, Cause::Unknown)),
            (View { activation: Some(Activation::Activating), line: Line::Cut, ..UP }, (Defined, Cause::CarrierLost)),
            (View { activation: Some(Activation::Deactivating), ..UP }, (Discovered, Cause::Unknown)),
            (idle(30, false, Line::Up), (Defined, Cause::Vanished)),
            (idle(30, true, Line::Up), (Discovered, Cause::Unknown)),
            (idle(30, true, Line::Down), (Discovered, Cause::Unknown)),
        ];
        for (view, expected) in rows {
            assert_eq!(state(&view), expected, "{view:?}");
        }
        // a bridge that nobody activated has no interface
        let bridge = Place { state: 30, real: false, fresh: false, offered: true };
        let idle = View { activation: None, place: Some(bridge), line: Line::Missing, ..UP };
        assert_eq!(state(&idle), (Discovered, Cause::Unknown));
    }

    #[test]
    fn reasons_are_causes() {
        assert_eq!([5, 7, 8, 17, 36, 38, 39, 40, 53].map(device_cause), {
            use Cause::{Authentication, CarrierLost, NoLease, Removed, TakenDown, Vanished};
            [NoLease, Authentication, Authentication, NoLease, Vanished, Removed, TakenDown, CarrierLost, Vanished]
        });
        assert_eq!([0, 1, 41].map(device_cause), [Cause::Unknown; 3]);
        assert_eq!([2, 6, 9, 11, 14].map(active_cause), {
            [Cause::TakenDown, Cause::Timeout, Cause::Authentication, Cause::Removed, Cause::Vanished]
        });
        assert_eq!([0, 1, 3].map(active_cause), [Cause::Unknown; 3]);
    }
}
