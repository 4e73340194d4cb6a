//! Which programs does a lab start, and where do they come from?

use std::fmt;
use std::path::PathBuf;

/// Where programs are that `PATH` may lack; the last ones are polkit's, by distribution.
const PLACES: [&str; 6] = ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/lib/polkit-1", "/usr/libexec"];

/// A program a lab starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// The message bus.
    DbusDaemon,
    /// NetworkManager.
    NetworkManager,
    /// ConnMan.
    Connmand,
    /// DHCP server, and router advertisements.
    Dnsmasq,
    /// The authenticator of 802.1X.
    Hostapd,
    /// The supplicant of 802.1X.
    WpaSupplicant,
    /// Who decides what users may do.
    Polkitd,
    /// The wall clock that programs are shown ([`super::WallClock`]); of it the lab takes the library.
    Faketime,
}

impl Program {
    /// What the file is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DbusDaemon => "dbus-daemon",
            Self::NetworkManager => "NetworkManager",
            Self::Connmand => "connmand",
            Self::Dnsmasq => "dnsmasq",
            Self::Hostapd => "hostapd",
            Self::WpaSupplicant => "wpa_supplicant",
            Self::Polkitd => "polkitd",
            Self::Faketime => "faketime",
        }
    }

    /// Debian's package of it.
    #[must_use]
    pub const fn package(self) -> &'static str {
        match self {
            Self::DbusDaemon => "dbus",
            Self::NetworkManager => "network-manager",
            Self::Connmand => "connman",
            Self::Dnsmasq => "dnsmasq-base",
            Self::Hostapd => "hostapd",
            Self::WpaSupplicant => "wpasupplicant",
            Self::Polkitd => "polkitd",
            Self::Faketime => "faketime",
        }
    }

    /// Where it is, by `PATH` and the places of daemons, which are not in the `PATH` of everybody.
    #[must_use]
    pub fn path(self) -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places = std::env::split_paths(&path).chain(PLACES.map(PathBuf::from));
        places.map(|place| place.join(self.name())).find(|file| file.is_file())
    }

    /// Whether it is here.
    #[must_use]
    pub fn is_installed(self) -> bool {
        self.path().is_some()
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (Debian package {})", self.name(), self.package())
    }
}
