//! What are states, bearers, causes and so on called on the bus?

use netsession_backends::executor::Connectivity;
use netsession_fsm::words::{
    Bearer, Cause, ConfigurationState, ErrorKind, Kind, Metered, Mode, OfferKind, Operation, Phase, Preference, Purpose, SessionState,
};

/// Something that is said in one word.
pub trait Word: Copy + Sized + 'static {
    /// Everything there is, each with its word.
    const ALL: &'static [(Self, &'static str)];

    /// Its word.
    fn word(self) -> &'static str;

    /// What the word says; `None` for one that is not known.
    #[must_use]
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, own)| *own == word).map(|(it, _)| *it)
    }

    /// The words that are known, for messages.
    #[must_use]
    fn words() -> String {
        Self::ALL.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
    }
}

macro_rules! words {
    ($name:ident { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl Word for $name {
            const ALL: &'static [(Self, &'static str)] = &[$(($name::$variant, $word)),+];

            fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word),+
                }
            }
        }
    };
}

words!(Kind { AccessPoint => "access-point", ServiceNetwork => "service-network", UserChoice => "user-choice" });
words!(ConfigurationState {
    Absent => "absent", Undefined => "undefined", Defined => "defined", Discovered => "discovered", Active => "active",
});
words!(Bearer {
    Unknown => "unknown", Ethernet => "ethernet", Wlan => "wlan", Cellular2G => "cellular2g", Cdma2000 => "cdma2000", Wcdma => "wcdma",
    Hspa => "hspa", Bluetooth => "bluetooth", WiMax => "wimax", Evdo => "evdo", Lte => "lte", Cellular3G => "cellular3g",
    Cellular4G => "cellular4g", Cellular5G => "cellular5g", Vpn => "vpn",
});
words!(Purpose { Unknown => "unknown", Public => "public", Private => "private", ServiceSpecific => "service-specific" });
words!(Metered { Unknown => "unknown", No => "no", Yes => "yes" });
words!(Connectivity { Unknown => "unknown", None => "none", Portal => "portal", Limited => "limited", Full => "full" });
words!(Preference {
    Require => "require", Prefer => "prefer", NoPreference => "no-preference", Avoid => "avoid", Prohibit => "prohibit",
});
words!(Mode { Off => "off", Forced => "forced", Application => "application" });
words!(Phase {
    Stable => "stable", Offered => "offered", Migrating => "migrating", Trial => "trial", Committing => "committing",
    Restoring => "restoring",
});
words!(OfferKind { Upgrade => "upgrade", Downgrade => "downgrade" });
words!(Cause {
    Unknown => "unknown", Timeout => "timeout", Authentication => "authentication", NoLease => "no-lease", RadioBusy => "radio-busy",
    CarrierLost => "carrier-lost", Vanished => "vanished", TakenDown => "taken-down", BackendGone => "backend-gone",
    NotAuthorised => "not-authorised", CannotStartStop => "cannot-start-stop", Removed => "removed", Stopped => "stopped",
    Declined => "declined", NoCandidate => "no-candidate", Suppressed => "suppressed", NotAvailable => "not-available",
    Requirements => "requirements", Route => "route", Cancelled => "cancelled", RoamingOff => "roaming-off",
});
words!(Operation { Open => "open", Stop => "stop", Roam => "roam", Hold => "hold" });

/// The public state with this number (SPEC §4); `None` for one that is not known.
#[must_use]
pub const fn session_state(number: u32) -> Option<SessionState> {
    Some(match number {
        0 => SessionState::Invalid,
        1 => SessionState::NotAvailable,
        2 => SessionState::Connecting,
        3 => SessionState::Connected,
        4 => SessionState::Closing,
        5 => SessionState::Disconnected,
        6 => SessionState::Roaming,
        _ => return None,
    })
}

/// The kind of error with this number (SPEC §12); `None` for one that is not known.
#[must_use]
pub const fn error_kind(number: u32) -> Option<ErrorKind> {
    Some(match number {
        0 => ErrorKind::UnknownSession,
        1 => ErrorKind::SessionAborted,
        2 => ErrorKind::Roaming,
        3 => ErrorKind::OperationNotSupported,
        4 => ErrorKind::InvalidConfiguration,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goes_there_and_back<W: Word + PartialEq + std::fmt::Debug>() {
        for (it, word) in W::ALL {
            assert_eq!((W::from_word(word), it.word()), (Some(*it), *word));
        }
        assert_eq!(W::from_word("Such a word"), None);
    }

    #[test]
    fn every_word_goes_there_and_back() {
        goes_there_and_back::<Kind>();
        goes_there_and_back::<ConfigurationState>();
        goes_there_and_back::<Bearer>();
        goes_there_and_back::<Purpose>();
        goes_there_and_back::<Metered>();
        goes_there_and_back::<Connectivity>();
        goes_there_and_back::<Preference>();
        goes_there_and_back::<Mode>();
        goes_there_and_back::<Phase>();
        goes_there_and_back::<OfferKind>();
        goes_there_and_back::<Cause>();
        goes_there_and_back::<Operation>();
    }

    #[test]
    fn every_number_goes_there_and_back() {
        for number in 0..7 {
            assert_eq!(session_state(number).map(|state| state as u32), Some(number));
        }
        for number in 0..5 {
            assert_eq!(error_kind(number).map(|kind| kind as u32), Some(number));
        }
        assert_eq!((session_state(7), error_kind(5)), (None, None));
    }
}
