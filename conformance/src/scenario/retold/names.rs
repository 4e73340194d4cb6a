//! What is everything called? Configurations by their own names as far as the language has them, sessions by people's.

use super::super::words::Name;
use netsession_fsm::words::{ConfigurationId, SessionId};
use std::collections::BTreeMap;

/// In the order in which sessions come.
const PEOPLE: [&str; 12] = ["anna", "bert", "carl", "dora", "emil", "frida", "gustav", "hanna", "ida", "jakob", "klara", "ludwig"];
/// Words that a sentence begins with, or that stand where a name can.
const TAKEN: [&str; 12] =
    ["the", "nobody", "nothing", "none", "after", "session", "repeat", "end", "access", "configurations", "in", "that"];

/// Names that were given.
#[derive(Debug, Default)]
pub(super) struct Names {
    configurations: BTreeMap<ConfigurationId, Name>,
    sessions: BTreeMap<SessionId, Name>,
}

impl Names {
    /// Gives a configuration its name.
    pub(super) fn define(&mut self, id: ConfigurationId, name: Option<&str>) -> Name {
        if !self.configurations.contains_key(&id) {
            let usual = match id {
                ConfigurationId::AccessPoint(id) => format!("point-{}", id.0),
                ConfigurationId::ServiceNetwork(id) => format!("network-{}", id.0),
                ConfigurationId::UserChoice(id) => format!("choice-{}", id.0),
            };
            let name = self.free(&plain(name.unwrap_or(&usual)));
            self.configurations.insert(id, name);
        }
        self.of(id)
    }

    /// The name of a configuration.
    pub(super) fn of(&self, id: ConfigurationId) -> Name {
        self.configurations.get(&id).cloned().unwrap_or_else(|| Name::new(plain(&id.to_string())))
    }

    /// Gives a session its name.
    pub(super) fn create(&mut self, id: SessionId) -> Name {
        let count = self.sessions.len();
        let name = self.free(&PEOPLE.get(count).map_or_else(|| format!("session-{count}"), |name| (*name).to_owned()));
        self.sessions.insert(id, name.clone());
        name
    }

    /// The name of a session.
    pub(super) fn session(&self, id: SessionId) -> Option<Name> {
        self.sessions.get(&id).cloned()
    }

    fn free(&self, wanted: &str) -> Name {
        let taken = |name: &str| {
            let known = self.configurations.values().chain(self.sessions.values());
            TAKEN.contains(&name) || known.into_iter().any(|known| known.text == name)
        };
        let other = (2..).map(|number| format!("{wanted}-{number}"));
        Name::new(std::iter::once(wanted.to_owned()).chain(other).find(|name| !taken(name)).unwrap_or_default())
    }
}

/// With nothing in it but what names have.
fn plain(name: &str) -> String {
    let letters = |letter: char| if letter.is_alphanumeric() || letter == '_' { letter } else { '-' };
    let name: String = name.chars().map(letters).collect();
    if name.starts_with(char::is_alphabetic) { name } else { format!("x{name}") }
}
