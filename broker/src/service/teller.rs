//! Who tells clients what happened? One task, in order: what is different, then signals, then answers (SPEC §11).

use super::Shared;
use super::call::{Call, built};
use super::clients::Client;
use super::metrics::Gauges;
use super::signal;
use super::tell::{Batch, Catalogue, ManagerProperty, Read, Sees, Tell, Told, Whole};
use crate::api::configuration;
use crate::api::fault::Fault;
use crate::api::properties::Standing;
use crate::api::{Dictionary, MANAGER, VERSION, path};
use netsession_backends::client::Configuration;
use netsession_fsm::hub::Input;
use netsession_fsm::words::{ConfigurationId, ConfigurationState, Phase, Refusal, SessionId};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedReceiver;
use zbus::{Message, ObjectPath, Variant};

/// How many things are told with one write, at most.
const AT_ONCE: usize = 256;

/// What was told so far, and to whom.
pub(super) struct Teller {
    shared: Arc<Shared>,
    queue: UnboundedReceiver<Tell>,
    sessions: BTreeMap<SessionId, Entry>,
    configurations: BTreeMap<ConfigurationId, Configuration>,
    whole: Whole,
    /// Calls that are answered when the hub has taken an input.
    waiting: Vec<(Input, Call)>,
    messages: Vec<Message>,
    /// Answered calls; they count until the messages are sent.
    answered: Vec<Call>,
}

/// A session as it was told.
struct Entry {
    owner: Option<Arc<Client>>,
    standing: Standing,
}

impl Teller {
    pub(super) fn new(shared: Arc<Shared>, queue: UnboundedReceiver<Tell>) -> Self {
        Self {
            shared,
            queue,
            sessions: BTreeMap::new(),
            configurations: BTreeMap::new(),
            whole: Whole::default(),
            waiting: Vec::new(),
            messages: Vec::new(),
            answered: Vec::new(),
        }
    }

    /// Tells until the end is told.
    pub(super) async fn run(mut self) {
        let mut next = Vec::new();
        while self.queue.recv_many(&mut next, AT_ONCE).await > 0 {
            let mut ended = None;
            for tell in next.drain(..) {
                match tell {
                    Tell::End(answer) => ended = Some(answer),
                    tell => self.tell(tell),
                }
            }
            if let Err(error) = self.shared.connection.send_all(&self.messages).await {
                tracing::debug!(%error, "the bus took no message");
            }
            self.messages.clear();
            self.answered.clear();
            if let Some(answer) = ended {
                // whoever asked may have gone
                let _ = answer.send(());
                return;
            }
        }
    }

    fn tell(&mut self, tell: Tell) {
        match tell {
            Tell::Batch(batch) => self.batch(batch),
            Tell::Created(call, session) => {
                if let Some(entry) = self.sessions.get_mut(&session) {
                    entry.owner = Some(Arc::clone(call.client()));
                }
                self.answer(call, |call| call.answer(&ObjectPath::from_string_unchecked(path::of_session(session))));
            }
            Tell::Answer(call, Ok(())) => self.answer(call, |call| call.answer(&())),
            Tell::Answer(call, Err(refusal)) => self.refuse(call, &refusal),
            Tell::After(call, input) => self.waiting.push((input, call)),
            Tell::Read(call, read) => self.read(call, &read),
            Tell::Ready(message, call) => {
                self.messages.push(message);
                self.answered.extend(call);
            }
            // the loop takes this itself
            Tell::End(_) => {}
        }
    }

    fn answer(&mut self, call: Call, with: impl FnOnce(&Call) -> Option<Message>) {
        self.messages.extend(with(&call));
        self.answered.push(call);
    }

    fn refuse(&mut self, call: Call, refusal: &Refusal) {
        let fault = Fault::refused(refusal, |id| self.name_of(id));
        self.fault(call, &fault);
    }

    fn fault(&mut self, call: Call, fault: &Fault) {
        self.shared.metrics.refusal(fault.name());
        self.answer(call, |call| call.refuse(fault));
    }

    fn name_of(&self, id: ConfigurationId) -> Arc<str> {
        self.shared.port.name_of(id).unwrap_or_else(|| id.to_string().into())
    }

    fn batch(&mut self, batch: Batch) {
        let begun = self.messages.len();
        if let Some(whole) = batch.whole {
            self.whole(whole);
        }
        for catalogue in batch.catalogue {
            self.catalogue(catalogue);
        }
        for told in batch.sessions {
            self.told(told);
        }
        self.shared.metrics.signals(self.messages.len() - begun);
        if let Some(taken) = batch.taken
            && let Some(at) = self.waiting.iter().position(|(input, _)| *input == taken)
        {
            let (_, call) = self.waiting.remove(at);
            self.answer(call, |call| call.answer(&()));
        }
    }

    fn whole(&mut self, whole: Whole) {
        let before = std::mem::replace(&mut self.whole, whole);
        let all = [ManagerProperty::Online, ManagerProperty::DefaultConfiguration, ManagerProperty::DefaultRoute];
        let changed: Dictionary<'static> = ManagerProperty::ALL
            .iter()
            .filter(|(property, _)| all.contains(property) && self.value_in(&before, *property) != self.value_in(&whole, *property))
            .map(|(property, name)| (*name, self.value_in(&whole, *property)))
            .collect();
        if !changed.is_empty() {
            self.messages.extend(built(signal::properties(None, crate::api::PATH, MANAGER, &changed)));
        }
    }

    fn value_in(&self, whole: &Whole, property: ManagerProperty) -> Variant<'static> {
        let name = |id: Option<ConfigurationId>| Variant::new(id.map_or_else(String::new, |id| self.name_of(id).to_string()));
        match property {
            ManagerProperty::Version => Variant::new(VERSION),
            ManagerProperty::Online => Variant::new(whole.online),
            ManagerProperty::DefaultConfiguration => name(whole.default),
            ManagerProperty::DefaultRoute => name(whole.route.map(Into::into)),
        }
    }

    fn catalogue(&mut self, catalogue: Catalogue) {
        let message = match catalogue {
            Catalogue::Known(known) => {
                let new = !self.configurations.contains_key(&known.id);
                let message = signal::configuration(new, &configuration::encode(&known, |id| self.name_of(id)));
                self.configurations.insert(known.id, *known);
                message
            }
            Catalogue::Removed(id) => {
                self.configurations.remove(&id);
                signal::manager("ConfigurationRemoved", &&*self.name_of(id))
            }
            Catalogue::RefreshCompleted => signal::manager("RefreshCompleted", &()),
        };
        self.messages.extend(built(message));
    }

    fn told(&mut self, told: Told) {
        let name_of = |id| self.shared.port.name_of(id).unwrap_or_else(|| id.to_string().into());
        let Some(entry) = self.sessions.get_mut(&told.session) else {
            if let Some(standing) = told.standing {
                self.sessions.insert(told.session, Entry { owner: None, standing });
            }
            return;
        };
        let owner = entry.owner.clone().filter(|owner| !owner.is_gone());
        let before = told.standing.clone().map(|standing| std::mem::replace(&mut entry.standing, standing));
        if let Some(owner) = owner {
            let to = signal::To { client: &owner.subject.bus_name, path: &path::of_session(told.session) };
            if let Some(changed) = before.map(|before| entry.standing.changed(&before, name_of)).filter(|changed| !changed.is_empty()) {
                self.messages.extend(built(signal::properties(Some(to.client), to.path, crate::api::SESSION, &changed)));
            }
            let deadline = entry.standing.shown_deadline();
            for (sequence, notice) in &told.notices {
                self.messages.extend(built(signal::notice(&to, *sequence, notice, deadline, name_of)));
            }
        }
        if told.standing.is_none() {
            self.sessions.remove(&told.session);
        }
    }

    fn read(&mut self, call: Call, read: &Read) {
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
                deadline => deadline.saturating_sub(super::clock::now()).max(1),
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
