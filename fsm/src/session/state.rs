//! Where a session's hold can stand.

/// A leaf of the hold machine (SPEC §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Hold {
    /// Not open: no lease; the session mirrors its configuration and so monitors it. Where a session starts.
    #[default]
    Free,
    /// Open was requested and the link is not up yet: one lease, on the access point being tried, and its connect timeout is armed.
    Wanting,
    /// Open: shows Connected or Roaming (S1). Entered when the wanted link is up.
    Held,
}

/// A superstate of the hold machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoldGroup {
    /// Wanting or Held: has leases; a close lets go of them.
    Engaged,
}

/// The hold machine remembers nothing beside its leaf: which access point is tried or held is the hub's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HoldMemory;
