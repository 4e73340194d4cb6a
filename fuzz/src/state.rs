//! Does a broker take up whatever its file of state says, without harm (SPEC §8)?

use crate::hub::Life;
use netsession_broker::store::Found;
use netsession_fsm::hub::Input;
use netsession_fsm::words::{AccessPointId, ConfigurationId, ServiceNetworkId, UserChoiceId};
use std::collections::BTreeMap;

/// The file as text, a row a line: `row KIND KEY JSON`, `name KEY NAME`, `note EXECUTOR NOTE`. What can be read is taken up by a hub
/// whose configurations have these names, the executor says that everything is out of reach, and everybody goes.
///
/// # Panics
/// If a reader or the hub does, or the hub breaks a promise on the way.
pub fn state(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (mut rows, mut names, mut notes) = (Vec::new(), Vec::new(), BTreeMap::new());
    for line in text.lines() {
        let mut parts = line.splitn(4, ' ');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("row"), Some(kind), Some(key), Some(json)) => {
                if let (Ok(kind), Ok(key)) = (kind.parse(), key.parse()) {
                    rows.push(((kind, key), json.to_owned()));
                }
            }
            (Some("name"), Some(key), Some(name), None) => names.extend(key.parse().map(|key| (key, name.to_owned()))),
            (Some("note"), Some(executor), Some(note), None) => drop(notes.insert(executor.to_owned(), note.to_owned())),
            _ => {}
        }
    }
    let found = Found::of_rows(rows, names, notes);
    let kept = found.kept(id_of);
    drop(found.left(&kept, "netlink", |_| true));
    let mut life = Life::new();
    life.take(&Input::Restore(Box::new(kept)));
    life.everything_is_away();
    life.everybody_goes();
}

/// What the configurations of a [`Life`] are called.
fn id_of(name: &str) -> Option<ConfigurationId> {
    Some(match name {
        "a" => AccessPointId(0).into(),
        "b" => AccessPointId(1).into(),
        "c" => AccessPointId(2).into(),
        "d" => AccessPointId(3).into(),
        "net" => ServiceNetworkId(0).into(),
        "any" => UserChoiceId(0).into(),
        _ => return None,
    })
}
