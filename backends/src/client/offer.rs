//! A better, or the only remaining, access point, put to the application: answered once, by migrate or ignore (SPEC §6.3).

use super::port::{Port, Request};
use super::{Change, Changes, Failure, RoamError, Trial};
use netsession_fsm::hub::{self, Call, Notice, Snapshot};
use netsession_fsm::words::{AccessPointId, ErrorKind, OfferId, OfferKind, Phase, SessionId};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// An offer. Dropping it ignores it.
#[derive(Debug)]
pub struct Offer {
    /// Its number within the session.
    pub id: OfferId,
    /// Name of the candidate.
    pub configuration: Arc<str>,
    /// The candidate.
    pub access_point: AccessPointId,
    /// Better than the current access point, or the best of what is left after its loss.
    pub kind: OfferKind,
    /// Sockets survive the move by themselves.
    pub seamless: bool,
    /// The old link stays up during the trial; `false` if both share a radio (SPEC §7.3).
    pub keeps_old: bool,
    handshake: Option<Handshake>,
}

impl Offer {
    pub(crate) fn new(port: Arc<dyn Port>, session: SessionId, offer: hub::Offer) -> Self {
        let configuration = port.name_of(offer.access_point.into()).unwrap_or_else(|| offer.access_point.to_string().into());
        Self {
            id: offer.id,
            configuration,
            access_point: offer.access_point,
            kind: offer.kind,
            seamless: offer.seamless,
            keeps_old: offer.keeps_old,
            handshake: Some(Handshake { port, session, offer: offer.id, access_point: offer.access_point }),
        }
    }

    /// Raises the candidate; the old link stays as it is. Returns when the candidate is up and to be tested.
    ///
    /// If the future is dropped, the trial it would have led to is rejected.
    ///
    /// # Errors
    /// [`RoamError::Withdrawn`] if the offer no longer stands, [`RoamError::Failed`] if the candidate could not be raised,
    /// [`RoamError::Closed`] if the session was closed meanwhile.
    pub async fn migrate(mut self) -> Result<Trial, RoamError> {
        let Some(handshake) = self.handshake.take() else { return Err(RoamError::Withdrawn) };
        let (done, outcome) = oneshot::channel();
        tokio::spawn(async move {
            // if nobody waits any more, the trial is dropped here and thereby rejected
            let _ = done.send(handshake.migrate().await);
        });
        outcome.await.unwrap_or(Err(RoamError::Ended))
    }

    /// Stays. The candidate is suppressed for a while (SPEC §6.6). After a loss the next candidate is offered, or the session lost.
    pub fn ignore(self) {}

    /// Returns when the offer no longer stands: expired, candidate gone, a better one offered, answered by a change of mode, closed.
    pub async fn withdrawn(&self) {
        if let Some(handshake) = &self.handshake {
            handshake.over(Phase::Offered).await;
        }
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        if let Some(handshake) = self.handshake.take() {
            handshake.tell(Call::Ignore(self.id));
        }
    }
}

/// One offer of one session, from offer to verdict.
#[derive(Debug)]
pub(super) struct Handshake {
    pub(super) port: Arc<dyn Port>,
    pub(super) session: SessionId,
    pub(super) offer: OfferId,
    pub(super) access_point: AccessPointId,
}

impl Handshake {
    /// Sends an answer nobody waits for.
    pub(super) fn tell(&self, call: Call) {
        self.port.send(Request::Call { session: self.session, call, answer: None });
    }

    /// Sends an answer and waits until it was taken.
    pub(super) async fn ask(&self, call: Call) -> Result<(), RoamError> {
        let (answer, answered) = oneshot::channel();
        self.port.send(Request::Call { session: self.session, call, answer: Some(answer.into()) });
        match answered.await {
            Ok(result) => result.map_err(|denial| RoamError::new(denial, &*self.port)),
            Err(_) => Err(RoamError::Ended),
        }
    }

    /// Whether this offer is the one the hub waits for an answer to.
    fn is_pending(&self, snapshot: &Snapshot, phase: Phase) -> bool {
        snapshot.phase == phase && snapshot.offer.is_some_and(|offer| offer.id == self.offer)
    }

    /// Waits until the hub no longer waits for an answer to this offer in this phase.
    pub(super) async fn over(&self, phase: Phase) {
        if let Some(mut handshake) = self.port.handshake(self.session) {
            // an error says that the session is gone, and the offer with it
            let _ = handshake.wait_for(|now| *now != (phase, Some(self.offer))).await;
        }
    }

    /// The session's changes from now on.
    fn changes(&self) -> Changes {
        Changes::new(self.port.subscribe(self.session).unwrap_or_else(|| mpsc::unbounded_channel().1))
    }

    /// Carries `call` out and waits while the session is in `phase`; returns where that led, with the last error told on the way.
    pub(super) async fn carry_out(&self, call: Call, phase: Phase) -> Result<Outcome, RoamError> {
        let mut changes = self.changes();
        self.ask(call).await?;
        let mut failure = None;
        loop {
            let snapshot = self.port.snapshot(self.session).ok_or(RoamError::Ended)?;
            while let Some(change) = changes.try_next() {
                note(change, &mut failure);
            }
            if snapshot.phase != phase || !snapshot.open {
                let failure = failure.map(|error| Failure::new(error, &*self.port));
                return Ok(Outcome { snapshot, failure });
            }
            let change = changes.next().await.ok_or(RoamError::Ended)?;
            note(change, &mut failure);
        }
    }

    async fn migrate(self) -> Result<Trial, RoamError> {
        let outcome = self.carry_out(Call::Migrate(self.offer), Phase::Migrating).await?;
        if self.is_pending(&outcome.snapshot, Phase::Trial) { Ok(Trial::new(self)) } else { Err(outcome.error()) }
    }
}

/// Where a request of the handshake led.
pub(super) struct Outcome {
    pub(super) snapshot: Snapshot,
    failure: Option<Failure>,
}

impl Outcome {
    /// Why it did not lead further.
    pub(super) fn error(self) -> RoamError {
        match self.failure {
            Some(failure) => RoamError::Failed(failure),
            None if !self.snapshot.open => RoamError::Closed,
            None => RoamError::Withdrawn,
        }
    }
}

fn note(change: Change, failure: &mut Option<netsession_fsm::words::Error>) {
    if let Change::Notice { notice: Notice::Error(error), .. } = change
        && error.kind == ErrorKind::Roaming
    {
        *failure = Some(error);
    }
}
