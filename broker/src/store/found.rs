//! What did an earlier broker leave in its file?

use super::records::{self, Head, Owner, Row};
use crate::api::properties::LastError;
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
    /// The last errors its sessions were told.
    pub errors: BTreeMap<SessionId, LastError>,
    /// Notes of executors, by their names.
    pub notes: BTreeMap<String, String>,
    /// What its configurations were called.
    names: BTreeMap<ConfigurationId, String>,
}

impl Found {
    /// `rows`: those of what steps change, by their keys.
    pub(super) fn of(head: Head, rows: Vec<((u8, u64), String)>, names: Vec<(u64, String)>, notes: BTreeMap<String, String>) -> Self {
        let names = names.into_iter().filter_map(|(key, name)| Some((records::configuration(key)?, name)));
        let (mut kept, mut owners, mut errors) = (Kept::default(), BTreeMap::new(), BTreeMap::new());
        for ((kind, key), text) in rows {
            match kind {
                Row::HUB => kept.hub = readable("the hub", &text).unwrap_or_default(),
                Row::LINK => kept.links.extend(readable::<KeptLink>("a link", &text)),
                Row::SESSION => kept.sessions.extend(readable::<KeptSession>("a session", &text)),
                Row::OWNER => owners.extend(readable::<Owner>("an owner", &text).map(|owner| (records::session(key), owner))),
                Row::ERROR => errors.extend(readable::<LastError>("an error", &text).map(|error| (records::session(key), error))),
                _ => tracing::warn!(kind, "a record of an earlier broker is of no kind that is known and is left out"),
            }
        }
        Self { bus: head.bus, kept, owners, errors, notes, names: names.collect() }
    }

    /// What an earlier broker kept if its file had these rows, names and notes, each by its key.
    #[cfg(feature = "fuzz")]
    #[must_use]
    pub fn of_rows(rows: Vec<((u8, u64), String)>, names: Vec<(u64, String)>, notes: BTreeMap<String, String>) -> Self {
        let head = Head { form: records::FORM, boot: String::new(), bus: String::new() };
        Self::of(head, rows, names, notes)
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
        let up = kept.links.iter().filter(|link| link.state == LinkState::Up).map(|link| link.access_point);
        Left {
            raised: raised.filter(|id| is_its((*id).into())).collect(),
            up: up.filter(|id| is_its((*id).into())).collect(),
            preferred: kept.hub.route.filter(|id| is_its((*id).into())),
            note: self.notes.get(executor).cloned(),
        }
    }
}

/// A record that can be read; another one is told of and left out.
fn readable<T: DeserializeOwned>(what: &'static str, text: &str) -> Option<T> {
    serde_json::from_str(text)
        .inspect_err(|error| tracing::warn!(what, %error, "a record of an earlier broker cannot be read and is left out"))
        .ok()
}
