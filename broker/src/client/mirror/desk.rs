//! How does one session stand, and what has its application been told? Numbered here, whatever the broker's numbers do.

use super::catalogue::Catalogue;
use crate::api::decode::{FailureFacts, OfferFacts, SessionFacts, Told};
use netsession_backends::client::Change;
use netsession_fsm::hub::{Counters, Notice, Offer, Policies, Snapshot};
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationId, Error, ErrorKind, OfferId, Operation, Phase, SessionState};
use std::mem::replace;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::time::Instant;

/// One session of this client.
#[derive(Debug)]
pub(super) struct Desk {
    /// As the properties have it; its sequence number is that of the last change told here.
    snapshot: Snapshot,
    opened_at: Option<Instant>,
    /// The broker's number of the last signal that was told here.
    told: u64,
    /// The broker's number of the last signal that the properties contain.
    contained: u64,
    /// Signals are missing: what comes is contained in what is being read again.
    rereading: bool,
    /// What is added to the broker's numbers of offers: sessions that were made again count from 1 again.
    base: u32,
    shown: Shown,
    subscribers: Vec<Subscriber>,
    handshake: watch::Sender<(Phase, Option<OfferId>)>,
}

/// What the application was told last.
#[derive(Debug, Clone, Copy)]
struct Shown {
    state: SessionState,
    open: bool,
    policies: Policies,
    /// The newest offer.
    offered: OfferId,
    /// The newest offer whose candidate was up.
    activated: OfferId,
}

#[derive(Debug)]
struct Subscriber {
    /// The last change its snapshot contains.
    from: u64,
    sender: UnboundedSender<Change>,
}

/// Signals are missing between the last and this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) struct Gap {
    /// How many.
    pub(in crate::client) missing: u64,
}

impl Desk {
    /// A session that was just made, as its properties say.
    pub(super) fn new(configuration: ConfigurationId, facts: SessionFacts, catalogue: &Catalogue) -> Self {
        let snapshot = Snapshot {
            sequence: 0,
            configuration,
            chosen: None,
            state: SessionState::Invalid,
            open: false,
            active: None,
            candidate: None,
            phase: Phase::Stable,
            offer: None,
            policies: Policies::NONE,
            counters: Counters::default(),
        };
        let shown =
            Shown { state: SessionState::Invalid, open: false, policies: Policies::NONE, offered: OfferId(0), activated: OfferId(0) };
        let mut desk = Self {
            snapshot,
            opened_at: None,
            told: 0,
            contained: 0,
            rereading: false,
            base: 0,
            shown,
            subscribers: Vec::new(),
            handshake: watch::Sender::default(),
        };
        desk.change(facts, catalogue);
        desk.told = desk.contained;
        desk.snapshot.sequence = desk.told;
        desk.shown = desk.now();
        desk
    }

    /// How it stands, with the changes that are still to be told counted as told.
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot { sequence: self.snapshot.sequence + self.contained.saturating_sub(self.told), ..self.snapshot }
    }

    pub(super) fn opened_at(&self) -> Option<Instant> {
        self.opened_at
    }

    pub(super) fn subscribe(&mut self) -> UnboundedReceiver<Change> {
        let (sender, receiver) = unbounded_channel();
        let snapshot = self.snapshot();
        // cannot fail: the receiver is here
        let _ = sender.send(Change::Snapshot(snapshot));
        self.subscribers.retain(|subscriber| !subscriber.sender.is_closed());
        self.subscribers.push(Subscriber { from: snapshot.sequence, sender });
        receiver
    }

    pub(super) fn handshake(&self) -> watch::Receiver<(Phase, Option<OfferId>)> {
        self.handshake.subscribe()
    }

    /// Links it leases, as far as its properties tell.
    pub(super) fn leases(&self) -> impl Iterator<Item = AccessPointId> {
        let snapshot = self.snapshot;
        let raised = matches!(snapshot.phase, Phase::Migrating | Phase::Trial | Phase::Committing);
        let offered = snapshot.offer.filter(|_| raised).map(|offer| offer.access_point);
        [snapshot.active, snapshot.candidate, offered].into_iter().flatten().filter(move |_| snapshot.open)
    }

    /// The broker's number of an offer; `None` if the session that made it is no more.
    pub(super) fn number_of(&self, offer: OfferId) -> Option<u32> {
        offer.0.checked_sub(self.base).filter(|number| *number > 0)
    }

    /// Takes in properties; what they announce is told with the signals that follow.
    pub(super) fn change(&mut self, facts: SessionFacts, catalogue: &Catalogue) {
        let access_point = |name: String| catalogue.access_point(&name);
        let offer = facts.offer.map(|offer| offer.and_then(|offer| self.offer(&offer, catalogue)));
        let own = &mut self.snapshot;
        own.state = facts.state.unwrap_or(own.state);
        own.open = facts.open.unwrap_or(own.open);
        own.phase = facts.phase.unwrap_or(own.phase);
        own.policies = facts.policies.unwrap_or(own.policies);
        own.counters = facts.counters.unwrap_or(own.counters);
        own.chosen = facts.chosen.map_or(own.chosen, |name| catalogue.once(&name));
        own.active = facts.active.map_or(own.active, access_point);
        own.candidate = facts.candidate.map_or(own.candidate, access_point);
        own.offer = offer.unwrap_or(own.offer);
        self.opened_at = facts.opened_at.map_or(self.opened_at, crate::clock::instant);
        self.contained = facts.sequence.map_or(self.contained, |sequence| sequence.max(self.contained));
        let now = (self.snapshot.phase, self.snapshot.offer.map(|offer| offer.id));
        self.handshake.send_if_modified(|before| replace(before, now) != now);
    }

    /// A signal of the broker. Numbers that were told already are not told again; one that is missing has everything read again.
    pub(super) fn tell(&mut self, sequence: u64, told: &Told, catalogue: &Catalogue) -> Result<(), Gap> {
        if self.rereading || sequence <= self.told {
            return Ok(());
        }
        if sequence > self.told + 1 {
            self.rereading = true;
            return Err(Gap { missing: sequence - self.told - 1 });
        }
        self.told = sequence;
        self.contained = self.contained.max(sequence);
        if let Some(notice) = self.notice(told, catalogue) {
            self.deliver(notice);
        } else {
            // an access point that nobody defined: the number is used, so that the next ones follow
            tracing::warn!(?told, "names a configuration that the broker did not announce");
        }
        Ok(())
    }

    /// Everything was read again: what is different from what was told is told now, with the error that this client has not heard of.
    pub(super) fn reconcile(&mut self, facts: SessionFacts, catalogue: &Catalogue) {
        let error = match &facts.last_error {
            Some(last) => {
                last.as_ref().filter(|last| last.sequence > self.told).map(|last| self.error(last.kind, &last.failure, catalogue))
            }
            // a broker that does not say
            None => self.lost(&facts, Cause::Unknown),
        };
        // of a session that was lost and is open again nothing is told
        let is_open = facts.open.unwrap_or(self.snapshot.open);
        self.retell(facts, catalogue, error.filter(|error| !is_open || error.kind == ErrorKind::Roaming));
    }

    fn lost(&self, facts: &SessionFacts, cause: Cause) -> Option<Error> {
        let configuration = self.snapshot.active.map_or(self.snapshot.configuration, Into::into);
        let is_lost = self.shown.open && !facts.open.unwrap_or(self.snapshot.open);
        is_lost.then_some(Error { kind: ErrorKind::SessionAborted, cause, operation: Operation::Hold, configuration })
    }

    fn retell(&mut self, facts: SessionFacts, catalogue: &Catalogue, error: Option<Error>) {
        let (before, shown) = (self.snapshot, self.shown);
        self.contained = facts.sequence.unwrap_or_default();
        self.change(facts, catalogue);
        (self.told, self.rereading) = (self.contained, false);
        let now = self.snapshot;
        let mut notices = Vec::new();
        if now.state != shown.state {
            notices.push(Notice::StateChanged(now.state));
        }
        if now.policies != shown.policies {
            notices.push(Notice::PoliciesChanged(now.policies));
        }
        match (shown.open, now.open) {
            (false, true) => notices.push(Notice::Opened),
            (true, false) => notices.push(Notice::Closed),
            (true, true) | (false, false) => {}
        }
        if now.open {
            let stood = before.offer.map(|offer| offer.id).filter(|id| before.phase == Phase::Offered && *id == shown.offered);
            if let Some(id) = stood.filter(|id| now.offer.is_none_or(|offer| offer.id != *id)) {
                notices.push(Notice::OfferWithdrawn(id));
            }
            match now.offer {
                Some(offer) if now.phase == Phase::Offered && offer.id > shown.offered => {
                    notices.push(Notice::PreferredConfigurationChanged(offer));
                }
                Some(offer) if now.phase == Phase::Trial && offer.id > shown.activated => {
                    notices.push(Notice::NewConfigurationActivated { offer: offer.id, access_point: offer.access_point });
                }
                Some(_) | None => {}
            }
        }
        notices.extend(error.map(Notice::Error));
        notices.into_iter().for_each(|notice| self.deliver(notice));
        self.shown = Shown { offered: self.shown.offered, activated: self.shown.activated, ..self.now() };
    }

    /// The broker knows it no more; it was made again, or cannot be. Its offers are counted on from here.
    pub(super) fn start_over(&mut self, facts: SessionFacts, catalogue: &Catalogue) {
        self.base = self.shown.offered.0.max(self.snapshot.offer.map_or(0, |offer| offer.id.0)).max(self.base);
        let error = self.lost(&facts, Cause::BackendGone);
        self.retell(facts, catalogue, error);
    }

    fn deliver(&mut self, notice: Notice) {
        self.snapshot.sequence += 1;
        let sequence = self.snapshot.sequence;
        match notice {
            Notice::StateChanged(state) => self.shown.state = state,
            Notice::PoliciesChanged(policies) => self.shown.policies = policies,
            Notice::Opened => self.shown.open = true,
            Notice::Closed => self.shown.open = false,
            Notice::PreferredConfigurationChanged(offer) => self.shown.offered = offer.id,
            Notice::NewConfigurationActivated { offer, .. } => self.shown.activated = offer,
            Notice::OfferWithdrawn(_) | Notice::Error(_) => {}
        }
        self.subscribers.retain(|subscriber| {
            let due = subscriber.from < sequence;
            if due { subscriber.sender.send(Change::Notice { sequence, notice }).is_ok() } else { !subscriber.sender.is_closed() }
        });
    }

    fn notice(&self, told: &Told, catalogue: &Catalogue) -> Option<Notice> {
        Some(match told {
            Told::State(state) => Notice::StateChanged(*state),
            Told::Policies(policies) => Notice::PoliciesChanged(*policies),
            Told::Opened => Notice::Opened,
            Told::Closed => Notice::Closed,
            Told::Offered(offer) => Notice::PreferredConfigurationChanged(self.offer(offer, catalogue)?),
            Told::Activated { offer, access_point } => {
                Notice::NewConfigurationActivated { offer: OfferId(self.base + offer), access_point: catalogue.access_point(access_point)? }
            }
            Told::Withdrawn(offer) => Notice::OfferWithdrawn(OfferId(self.base + offer)),
            Told::Error(kind, failure) => Notice::Error(self.error(*kind, failure, catalogue)),
        })
    }

    fn error(&self, kind: ErrorKind, failure: &FailureFacts, catalogue: &Catalogue) -> Error {
        let FailureFacts { cause, operation, configuration } = failure;
        let configuration = catalogue.once(configuration).unwrap_or(self.snapshot.configuration);
        Error { kind, cause: *cause, operation: *operation, configuration }
    }

    fn offer(&self, facts: &OfferFacts, catalogue: &Catalogue) -> Option<Offer> {
        Some(Offer {
            id: OfferId(self.base + facts.id),
            access_point: catalogue.access_point(&facts.access_point)?,
            kind: facts.kind,
            seamless: facts.seamless,
            keeps_old: facts.keeps_old,
        })
    }

    /// What somebody has been told who has read the properties.
    fn now(&self) -> Shown {
        let offer = self.snapshot.offer.map_or(OfferId(0), |offer| offer.id);
        let Snapshot { state, open, policies, phase, .. } = self.snapshot;
        let activated = if matches!(phase, Phase::Trial | Phase::Committing) { offer } else { OfferId(0) };
        Shown { state, open, policies, offered: offer, activated }
    }
}
