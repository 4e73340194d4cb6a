//! What do clients read? What was told so far, so that a snapshot and the signals after it fit together.

use super::{Entry, Teller};
use crate::api::fault::Fault;
use crate::api::properties::Standing;
use crate::api::{Dictionary, configuration, path};
use crate::service::call::Call;
use crate::service::clients::Client;
use crate::service::clock;
use crate::service::metrics::Gauges;
use crate::service::tell::{ManagerProperty, Read, Sees};
use netsession_backends::client::Configuration;
use netsession_fsm::words::{ConfigurationId, ConfigurationState, Phase, SessionId};
use std::collections::BTreeMap;
use std::sync::Arc;
use zbus::{ObjectPath, Variant};

impl Teller {
    pub(super) fn read(&mut self, call: Call, read: &Read) {
        let client = Arc::clone(call.client());
        match read {
            Read::Manager(Some(property)) => {
                let value = self.value_in(&self.whole, *property);
                self.answer(call, |call| call.answer(&value));
            }
            Read::Manager(None) => {
                let all = ManagerProperty::ALL.iter().map(|(property, name)| (*name, self.value_in(&self.whole, *property)));
                let all: Dictionary<'static> = all.collect();
                self.answer(call, |call| call.answer(&all));
            }
            Read::Session(session, property) => match (self.current(*session), property) {
                (Some(standing), Some(property)) => {
                    let value = standing.value(*property, |id| self.name_of(id));
                    self.answer(call, |call| call.answer(&value));
                }
                (Some(standing), None) => {
                    let all = standing.all(|id| self.name_of(id));
                    self.answer(call, |call| call.answer(&all));
                }
                (None, _) => self.fault(call, &Fault::unknown_session()),
            },
            Read::Configuration(id, sees) => match self.configurations.get(id) {
                Some(known) => {
                    let answer = call.answer(&self.dictionary(known, &client, *sees));
                    self.answer(call, |_| answer);
                }
                None => self.fault(call, &Fault::unknown_configuration(&self.name_of(*id))),
            },
            Read::Configurations(sees) => {
                let all: Vec<_> = self.configurations.values().map(|known| self.dictionary(known, &client, *sees)).collect();
                let answer = call.answer(&all);
                drop(all);
                self.answer(call, |_| answer);
            }
            Read::Attach => {
                let own = self.owned(&client).map(|(session, _)| self.listed(session, None));
                let own: Vec<_> = own.collect();
                self.answer(call, |call| call.answer(&own));
            }
            Read::Sessions(sees) => {
                let leases = self.leases();
                let seen = self.sessions.iter().filter(|(_, entry)| match sees {
                    Sees::All => true,
                    Sees::Own => entry.owner.as_ref().is_some_and(|owner| Arc::ptr_eq(owner, &client)),
                });
                let seen: Vec<_> = seen.map(|(session, entry)| self.listed(*session, Some((entry, &leases)))).collect();
                self.answer(call, |call| call.answer(&seen));
            }
            Read::Metrics => {
                let text = self.shared.metrics.text(self.gauges());
                self.answer(call, |call| call.answer(&text));
            }
        }
    }

    /// A session as it was told, with the bytes that went through it meanwhile.
    fn current(&self, session: SessionId) -> Option<Standing> {
        let mut standing = self.sessions.get(&session)?.standing.clone();
        if let Some(snapshot) = self.shared.port.snapshot(session) {
            standing.snapshot.counters = snapshot.counters;
        }
        Some(standing)
    }

    fn owned<'a>(&'a self, client: &'a Arc<Client>) -> impl Iterator<Item = (SessionId, &'a Entry)> {
        let own = |entry: &Entry| entry.owner.as_ref().is_some_and(|owner| Arc::ptr_eq(owner, client));
        self.sessions.iter().filter(move |(_, entry)| own(entry)).map(|(session, entry)| (*session, entry))
    }

    /// A session with its properties and, for a list, what else is known of it.
    fn listed(
        &self,
        session: SessionId,
        list: Option<(&Entry, &BTreeMap<SessionId, Vec<String>>)>,
    ) -> (ObjectPath<'static>, Dictionary<'static>) {
        let standing = self.current(session);
        let mut keys = standing.as_ref().map(|standing| standing.all(|id| self.name_of(id))).unwrap_or_default();
        if let (Some((entry, leases)), Some(standing)) = (list, standing) {
            let subject = entry.owner.as_ref().map(|owner| &owner.subject);
            keys.insert("owner", Variant::new(subject.map_or_else(String::new, |subject| subject.bus_name.to_string())));
            keys.insert("uid", Variant::new(subject.map_or(u32::MAX, |subject| subject.uid)));
            keys.insert("pid", Variant::new(subject.map_or(0, |subject| subject.pid)));
            keys.insert("process", Variant::new(entry.owner.as_ref().map_or_else(String::new, |owner| owner.process.clone())));
            keys.insert("leases", Variant::new(leases.get(&session).cloned().unwrap_or_default()));
            let left = match standing.shown_deadline() {
                0 => 0,
                deadline => deadline.saturating_sub(clock::now()).max(1),
            };
            keys.insert("deadline", Variant::new(left));
        }
        (ObjectPath::from_string_unchecked(path::of_session(session)), keys)
    }

    /// Names of the access points that each session leases.
    fn leases(&self) -> BTreeMap<SessionId, Vec<String>> {
        let mut leases: BTreeMap<SessionId, Vec<String>> = BTreeMap::new();
        for id in self.configurations.keys().filter(|id| matches!(id, ConfigurationId::AccessPoint(_))) {
            if let Some(now) = self.shared.port.configuration(*id) {
                for holder in now.holders {
                    leases.entry(holder).or_default().push(now.name.to_string());
                }
            }
        }
        leases
    }

    /// A configuration as it was told, with its holders and the bytes that went through it meanwhile.
    fn dictionary<'a>(&self, known: &'a Configuration, client: &Arc<Client>, sees: Sees) -> Dictionary<'a> {
        let mut keys = configuration::encode(known, |id| self.name_of(id));
        if let Some(now) = self.shared.port.configuration(known.id) {
            let own = |session: &SessionId| self.shared.registry.is_owner(*session, client);
            keys.insert("holders", configuration::holders(now.holders.into_iter().filter(|session| sees == Sees::All || own(session))));
            keys.insert("received", Variant::new(now.counters.received));
            keys.insert("sent", Variant::new(now.counters.sent));
        }
        keys
    }

    fn gauges(&self) -> Gauges {
        let (clients, users) = self.shared.registry.count();
        let active = |it: &&Configuration| it.state == ConfigurationState::Active && matches!(it.id, ConfigurationId::AccessPoint(_));
        Gauges {
            sessions: self.sessions.len(),
            open: self.sessions.values().filter(|entry| entry.standing.snapshot.open).count(),
            handshakes: self.sessions.values().filter(|entry| entry.standing.snapshot.phase != Phase::Stable).count(),
            clients,
            users,
            links_up: self.configurations.values().filter(active).count(),
            queue: self.queue.len(),
        }
    }
}
