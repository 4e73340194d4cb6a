//! Who tells clients what happened? One task, in order: what is different, then signals, then answers (SPEC §11).

mod read;

use super::call::{Call, built};
use super::clients::Client;
use super::tell::{Batch, Catalogue, ManagerProperty, Tell, Told, Whole};
use super::{Shared, signal};
use crate::api::fault::Fault;
use crate::api::properties::Standing;
use crate::api::{Dictionary, MANAGER, PATH, SESSION, VERSION, configuration, path};
use netsession_backends::client::Configuration;
use netsession_fsm::hub::Input;
use netsession_fsm::words::{ConfigurationId, Refusal, SessionId};
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
                    tell => self.tell(tell).await,
                }
            }
            self.send().await;
            if let Some(answer) = ended {
                // whoever asked may have gone
                let _ = answer.send(());
                return;
            }
        }
    }

    /// Sends what there is to be sent.
    async fn send(&mut self) {
        if let Err(error) = self.shared.connection.send_all(&self.messages).await {
            tracing::debug!(%error, "the bus took no message");
        }
        self.messages.clear();
        self.answered.clear();
    }

    async fn tell(&mut self, tell: Tell) {
        match tell {
            Tell::Batch(batch) => self.batch(batch).await,
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

    async fn batch(&mut self, batch: Batch) {
        if let Some(whole) = batch.whole {
            self.whole(whole);
        }
        for catalogue in batch.catalogue {
            self.catalogue(catalogue);
        }
        for told in batch.sessions {
            self.told(told);
            // of a loss that concerns thousands not everything is kept until the last one knows
            if self.messages.len() >= AT_ONCE {
                self.send().await;
            }
        }
        if let Some(taken) = batch.taken
            && let Some(at) = self.waiting.iter().position(|(input, _)| *input == taken)
        {
            let (_, call) = self.waiting.remove(at);
            self.answer(call, |call| call.answer(&()));
        }
    }

    fn signal(&mut self, message: zbus::Result<Message>) {
        if let Some(message) = built(message) {
            self.shared.metrics.signal();
            self.messages.push(message);
        }
    }

    fn whole(&mut self, whole: Whole) {
        let before = std::mem::replace(&mut self.whole, whole);
        let changed: Dictionary<'static> = ManagerProperty::ALL
            .iter()
            .filter(|(property, _)| self.value_in(&before, *property) != self.value_in(&whole, *property))
            .map(|(property, name)| (*name, self.value_in(&whole, *property)))
            .collect();
        if !changed.is_empty() {
            self.signal(signal::properties(None, PATH, MANAGER, &changed));
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
        self.signal(message);
    }

    fn told(&mut self, told: Told) {
        let Told { session, standing, notices } = told;
        let gone = standing.is_none();
        let Some(entry) = self.sessions.get_mut(&session) else {
            self.sessions.extend(standing.map(|standing| (session, Entry { owner: None, standing })));
            return;
        };
        let before = standing.map(|standing| std::mem::replace(&mut entry.standing, standing));
        if let Some(owner) = entry.owner.as_ref().filter(|owner| !owner.is_gone()) {
            let name_of = |id| self.shared.port.name_of(id).unwrap_or_else(|| id.to_string().into());
            let to = signal::To { client: &owner.subject.bus_name, path: &path::of_session(session) };
            let changed = before.map(|before| entry.standing.changed(&before, name_of)).filter(|changed| !changed.is_empty());
            let properties = changed.map(|changed| signal::properties(Some(to.client), to.path, SESSION, &changed));
            let deadline = entry.standing.shown_deadline();
            let notices = notices.iter().map(|(sequence, notice)| signal::notice(&to, *sequence, notice, deadline, name_of));
            for message in properties.into_iter().chain(notices).filter_map(built) {
                self.shared.metrics.signal();
                self.messages.push(message);
            }
        }
        if gone {
            self.sessions.remove(&session);
        }
    }
}
