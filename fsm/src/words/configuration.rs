//! What an access point is: kinds of configurations, their states, and attributes (SPEC §3).

use super::{ExecutorId, RadioId};
use core::time::Duration;

/// Kind of a configuration (SPEC §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Kind {
    /// One concrete configuration, realised by one link.
    AccessPoint,
    /// An ordered group of access points.
    ServiceNetwork,
    /// Resolved at `open`.
    UserChoice,
}

/// State of a configuration. The order is the contract's: better is greater (SPEC §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum ConfigurationState {
    /// Not there (any more); only reports and removed configurations show it.
    #[default]
    Absent,
    /// Known, not usable, e.g. no credentials.
    Undefined,
    /// Stored, not in reach.
    Defined,
    /// Usable now.
    Discovered,
    /// The link is up.
    Active,
}

/// Who a network is for (SPEC §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Purpose {
    /// Not known.
    #[default]
    Unknown,
    /// The internet at large.
    Public,
    /// A private network.
    Private,
    /// One operator's service.
    ServiceSpecific,
}

/// What carries the link (SPEC §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[repr(u8)]
pub enum Bearer {
    /// Not known.
    #[default]
    Unknown,
    /// Cable.
    Ethernet,
    /// IEEE 802.11.
    Wlan,
    /// CSD, GPRS, HSCSD, EDGE, cdmaOne.
    Cellular2G,
    /// CDMA2000.
    Cdma2000,
    /// W-CDMA / UMTS.
    Wcdma,
    /// HSPA.
    Hspa,
    /// Bluetooth.
    Bluetooth,
    /// WiMAX.
    WiMax,
    /// EVDO.
    Evdo,
    /// LTE.
    Lte,
    /// Some 3G.
    Cellular3G,
    /// Some 4G.
    Cellular4G,
    /// Some 5G.
    Cellular5G,
    /// A virtual private network.
    Vpn,
}

/// The family of a bearer, as in Qt: the 2G, 3G and 4G bearers each count as one (SPEC §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum BearerFamily {
    /// Not known.
    Unknown,
    /// Cable.
    Ethernet,
    /// IEEE 802.11.
    Wlan,
    /// Second generation.
    Cellular2G,
    /// CDMA2000, W-CDMA, HSPA, EVDO and other third generation.
    Cellular3G,
    /// LTE, WiMAX and other fourth generation.
    Cellular4G,
    /// Fifth generation.
    Cellular5G,
    /// Bluetooth.
    Bluetooth,
    /// WiMAX.
    WiMax,
    /// A virtual private network.
    Vpn,
}

impl Bearer {
    /// Every bearer, in numeric order.
    pub const ALL: [Self; 15] = [
        Self::Unknown,
        Self::Ethernet,
        Self::Wlan,
        Self::Cellular2G,
        Self::Cdma2000,
        Self::Wcdma,
        Self::Hspa,
        Self::Bluetooth,
        Self::WiMax,
        Self::Evdo,
        Self::Lte,
        Self::Cellular3G,
        Self::Cellular4G,
        Self::Cellular5G,
        Self::Vpn,
    ];

    /// The family, as Qt's `bearerTypeFamily`: Cdma2000, Wcdma, Hspa and Evdo are 3G, Lte is 4G, the rest is its own.
    #[must_use]
    pub const fn family(self) -> BearerFamily {
        match self {
            Self::Unknown => BearerFamily::Unknown,
            Self::Ethernet => BearerFamily::Ethernet,
            Self::Wlan => BearerFamily::Wlan,
            Self::Cellular2G => BearerFamily::Cellular2G,
            Self::Cdma2000 | Self::Wcdma | Self::Hspa | Self::Evdo | Self::Cellular3G => BearerFamily::Cellular3G,
            Self::Lte | Self::Cellular4G => BearerFamily::Cellular4G,
            Self::Cellular5G => BearerFamily::Cellular5G,
            Self::Bluetooth => BearerFamily::Bluetooth,
            Self::WiMax => BearerFamily::WiMax,
            Self::Vpn => BearerFamily::Vpn,
        }
    }

    /// Order among equals: Ethernet before Wlan before the rest (SPEC §3, default configuration).
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Ethernet => 0,
            Self::Wlan => 1,
            Self::Unknown
            | Self::Cellular2G
            | Self::Cdma2000
            | Self::Wcdma
            | Self::Hspa
            | Self::Bluetooth
            | Self::WiMax
            | Self::Evdo
            | Self::Lte
            | Self::Cellular3G
            | Self::Cellular4G
            | Self::Cellular5G
            | Self::Vpn => 2,
        }
    }
}

/// Whether traffic on the access point costs by volume (SPEC §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Metered {
    /// Not known.
    #[default]
    Unknown,
    /// It does not.
    No,
    /// It does.
    Yes,
}

/// What can be done on a configuration, or with a backend (SPEC §10). A set of flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Capabilities(pub u8);

impl Capabilities {
    /// Interfaces can be started and stopped.
    pub const CAN_START_AND_STOP_INTERFACES: Self = Self(1);
    /// Sockets can be bound to one carrier.
    pub const DIRECT_CONNECTION_ROUTING: Self = Self(2);
    /// Sessions are counted by the system, across processes.
    pub const SYSTEM_SESSION_SUPPORT: Self = Self(4);
    /// The application can be asked, and can return: both links stay usable in a trial.
    pub const APPLICATION_LEVEL_ROAMING: Self = Self(8);
    /// The hub can move sessions by itself.
    pub const FORCED_ROAMING: Self = Self(16);
    /// Counters are real.
    pub const DATA_STATISTICS: Self = Self(32);
    /// Nothing works without an open session.
    pub const NETWORK_SESSION_REQUIRED: Self = Self(64);

    /// Everything but what only a broker or a locked system has.
    pub const ALL: Self = Self(1 | 2 | 8 | 16 | 32);

    /// Every flag with its name as in Qt.
    pub const NAMES: [(Self, &'static str); 7] = [
        (Self::CAN_START_AND_STOP_INTERFACES, "CanStartAndStopInterfaces"),
        (Self::DIRECT_CONNECTION_ROUTING, "DirectConnectionRouting"),
        (Self::SYSTEM_SESSION_SUPPORT, "SystemSessionSupport"),
        (Self::APPLICATION_LEVEL_ROAMING, "ApplicationLevelRoaming"),
        (Self::FORCED_ROAMING, "ForcedRoaming"),
        (Self::DATA_STATISTICS, "DataStatistics"),
        (Self::NETWORK_SESSION_REQUIRED, "NetworkSessionRequired"),
    ];

    /// Whether all of `other` is in `self`.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in `self` and in `other`.
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// `self` less `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// What is known of an access point; its state comes from the executor's reports (SPEC §3).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AccessPoint {
    /// What carries it.
    pub bearer: Bearer,
    /// Who it is for.
    pub purpose: Purpose,
    /// Whether it costs.
    pub metered: Metered,
    /// How long one attempt to raise it may take; 30 s unless set.
    pub connect_timeout: Duration,
    /// The radio it shares with others, if any (SPEC §7.3).
    pub radio: Option<RadioId>,
    /// Who realises it.
    pub executor: ExecutorId,
    /// What the executor can do with it.
    pub capabilities: Capabilities,
}

impl Default for AccessPoint {
    fn default() -> Self {
        Self {
            bearer: Bearer::Unknown,
            purpose: Purpose::Unknown,
            metered: Metered::Unknown,
            connect_timeout: Duration::from_secs(30),
            radio: None,
            executor: ExecutorId(0),
            capabilities: Capabilities::ALL,
        }
    }
}
