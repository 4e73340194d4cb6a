//! On which bus is the broker?

use std::fmt;
use zbus::connection::Builder;

/// Which bus the broker is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bus {
    /// That of the system, for every user.
    System,
    /// That of the user's session, for one user.
    Session,
    /// The one at a D-Bus address, as `unix:path=/run/…`.
    Address(String),
}

impl fmt::Display for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("the system bus"),
            Self::Session => f.write_str("the session bus"),
            Self::Address(address) => write!(f, "the bus at {address}"),
        }
    }
}

impl Bus {
    /// A connection to it, to be built.
    pub(crate) fn builder(&self) -> Builder<'_> {
        match self {
            Self::System => Builder::system(),
            Self::Session => Builder::session(),
            Self::Address(address) => Builder::address(address.as_str()),
        }
    }
}
