//! What is in the file? Tables of numbers and JSON texts.

use netsession_fsm::words::{AccessPointId, ConfigurationId, ServiceNetworkId, SessionId, UserChoiceId};
use redb::TableDefinition;
use serde::{Deserialize, Serialize};

/// Which form of file this is; it grows when what is in it is to be read otherwise. Rows of one more kind are no other form: a broker that
/// does not know them leaves them out, and one that finds none does without.
pub(super) const FORM: u32 = 2;

/// One row: [`Head`].
pub(super) const HEAD: TableDefinition<'_, u64, &str> = TableDefinition::new("head");
/// What steps change, by [`Row`]: one table, so that a step writes few pages.
pub(super) const ROWS: TableDefinition<'_, (u8, u64), &str> = TableDefinition::new("rows");
/// Names of configurations, by [`kind_of`]: not JSON.
pub(super) const NAMES: TableDefinition<'_, u64, &str> = TableDefinition::new("names");
/// Notes of executors, by their names: not JSON of ours.
pub(super) const NOTES: TableDefinition<'_, &str, &str> = TableDefinition::new("notes");

/// A row of [`ROWS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    /// What the hub keeps of itself.
    Hub,
    /// A link.
    Link(AccessPointId),
    /// A session.
    Session(SessionId),
    /// Whose a session is.
    Owner(SessionId),
    /// The last error a session was told.
    Error(SessionId),
}

impl Row {
    pub(super) const HUB: u8 = 0;
    pub(super) const LINK: u8 = 1;
    pub(super) const SESSION: u8 = 2;
    pub(super) const OWNER: u8 = 3;
    pub(super) const ERROR: u8 = 4;

    pub(super) fn key(self) -> (u8, u64) {
        match self {
            Self::Hub => (Self::HUB, 0),
            Self::Link(id) => (Self::LINK, u64::from(id.0)),
            Self::Session(id) => (Self::SESSION, key(id)),
            Self::Owner(id) => (Self::OWNER, key(id)),
            Self::Error(id) => (Self::ERROR, key(id)),
        }
    }
}

/// What the rest is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) form: u32,
    /// Since when the kernel runs.
    pub(super) boot: String,
    /// The bus whose names owners have.
    pub(super) bus: String,
}

/// Whose a session is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The unique name of its connection.
    pub bus_name: String,
    /// Its user.
    pub uid: u32,
    /// Its process; 0 if it is not known.
    pub pid: u32,
}

/// The kernel's name for the time since it was started (`proc_sys_kernel(5)`); empty where it has none.
pub(super) fn boot() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

fn key(session: SessionId) -> u64 {
    u64::from(session.index) << 32 | u64::from(session.generation)
}

pub(super) fn session(key: u64) -> SessionId {
    SessionId { index: (key >> 32) as u32, generation: key as u32 }
}

pub(super) fn kind_of(id: ConfigurationId) -> u64 {
    match id {
        ConfigurationId::AccessPoint(id) => u64::from(id.0),
        ConfigurationId::ServiceNetwork(id) => 1 << 32 | u64::from(id.0),
        ConfigurationId::UserChoice(id) => 2 << 32 | u64::from(id.0),
    }
}

pub(super) fn configuration(key: u64) -> Option<ConfigurationId> {
    let number = key as u32;
    match key >> 32 {
        0 => Some(AccessPointId(number).into()),
        1 => Some(ServiceNetworkId(number).into()),
        2 => Some(UserChoiceId(number).into()),
        _ => None,
    }
}

/// As JSON. What is kept has neither maps with other keys than texts nor numbers that JSON has not, so that cannot fail.
pub(super) fn text(record: &impl Serialize) -> String {
    serde_json::to_string(record).unwrap_or_default()
}
