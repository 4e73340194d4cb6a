//! What did an earlier broker leave in its file?

use super::records::{self, Head, Owner};
use netsession_backends::executor::Left;
use netsession_fsm::hub::{Kept, KeptLink, KeptSession};
use netsession_fsm::link::LinkState;
use netsession_fsm::words::{ConfigurationId, SessionId};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// What an earlier broker kept. The default: nothing, as when there was none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Id of the bus that owners have their names on.
    pub bus: String,
    /// What its hub kept, with ids of its own.
    pub kept: Kept,
    /// Whose its sessions were, by their ids.
    pub owners: BTreeMap<SessionId, Owner>,
    /// Notes of executors, by their names.
    pub notes: BTreeMap<String, String>,
    /// What its configurations were called.
    names: BTreeMap<ConfigurationId, String>,
}

type Rows = Vec<(u64, String)>;

impl Found {
    pub(super) fn of(
        head: Head,
        hub: Rows,
        links: Rows,
        sessions: Rows,
        owners: Rows,
        names: Rows,
        notes: BTreeMap<String, String>,
    ) -> Self {
        let names = names.into_iter().filter_map(|(key, name)| Some((records::configuration(key)?, name)));
        Self {
            bus: head.bus,
            kept: Kept {
                hub: readable("the hub", hub).map(|(_, hub)| hub).next().unwrap_or_default(),
                links: readable("a link", links).map(|(_, link): (u64, KeptLink)| link).collect(),
                sessions: readable("a session", sessions).map(|(_, session): (u64, KeptSession)| session).collect(),
            },
            owners: readable("an owner", owners).map(|(key, owner)| (records::session(key), owner)).collect(),
            notes,
            names: names.collect(),
        }
    }

    /// Whether there was nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What the hub is to take up, with the ids that configurations of the same names have now. What names something that is not there
    /// any more is left out and told of.
    #[must_use]
    pub fn kept(&self, id_of: impl Fn(&str) -> Option<ConfigurationId>) -> Kept {
        let (kept, refused) = self.kept.clone().map(|id| id_of(self.names.get(&id)?));
        for refusal in refused {
            tracing::warn!(%refusal, "not taken up: the configuration is not what it was");
        }
        kept
    }

    /// What an earlier process left of the links of one executor, by its name, with ids as they are now; `is_its` says which are.
    #[must_use]
    pub fn left(&self, kept: &Kept, executor: &str, is_its: impl Fn(ConfigurationId) -> bool) -> Left {
        let raised = kept.links.iter().filter(|link| link.ours || link.state == LinkState::Lowering).map(|link| link.access_point);
        Left {
            raised: raised.filter(|id| is_its((*id).into())).collect(),
            preferred: kept.hub.route.filter(|id| is_its((*id).into())),
            note: self.notes.get(executor).cloned(),
        }
    }
}

/// Rows that can be read; others are told of and left out.
fn readable<T: DeserializeOwned>(what: &'static str, rows: Rows) -> impl Iterator<Item = (u64, T)> {
    rows.into_iter().filter_map(move |(key, text)| match serde_json::from_str(&text) {
        Ok(record) => Some((key, record)),
        Err(error) => {
            tracing::warn!(what, %error, "a record of an earlier broker cannot be read and is left out");
            None
        }
    })
}
