//! What did a session say, in order? Every notice once, as short as SPEC has it.

use super::stage::PATIENCE;
use crate::rig::Trouble;
use netsession_backends::client::{Change, Changes, Session};
use netsession_fsm::hub::{Notice, Policies};
use netsession_fsm::words::{AccessPointId, Cause, ErrorKind, OfferId, OfferKind, SessionState};
use std::sync::Arc;

/// A notice without its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// `state_changed`.
    State(SessionState),
    /// `opened`.
    Opened,
    /// `closed`.
    Closed,
    /// `preferred_configuration_changed`: the candidate, and whether the old link stays up.
    Offer(AccessPointId, OfferKind, bool),
    /// `new_configuration_activated`.
    Activated(AccessPointId),
    /// `offer_withdrawn`.
    Withdrawn,
    /// `error`.
    Error(ErrorKind, Cause),
    /// The usage policies; only where they are watched.
    Policies(Policies),
}

/// A session, and everything it says.
#[derive(Debug)]
pub struct Watched {
    /// The session.
    pub session: Arc<Session>,
    changes: Changes,
    sequence: Option<u64>,
    offer: OfferId,
    policies: bool,
    state: Option<SessionState>,
    all: Vec<Said>,
}

impl Watched {
    /// Watches a session from now on.
    #[must_use]
    pub fn new(session: Session) -> Self {
        let changes = session.changes();
        Self { session: Arc::new(session), changes, sequence: None, offer: OfferId(0), policies: false, state: None, all: Vec::new() }
    }

    /// The same; what it says of usage policies counts, too.
    #[must_use]
    pub fn with_policies(self) -> Self {
        Self { policies: true, ..self }
    }

    /// The number of the last offer that was said.
    #[must_use]
    pub fn offer(&self) -> OfferId {
        self.offer
    }

    /// Waits for the next notices, which must be these.
    ///
    /// # Errors
    /// If others come, or none.
    pub async fn says(&mut self, expected: &[Said]) -> Result<(), Trouble> {
        for (place, expected) in expected.iter().enumerate() {
            let said = match tokio::time::timeout(PATIENCE, self.next()).await {
                Ok(said) => said?,
                Err(_) => return Err(format!("{expected:?} was not said, number {place} of what was expected\n{}", self.story()).into()),
            };
            if said != *expected {
                return Err(format!("{said:?} was said, number {place} of what was expected is {expected:?}\n{}", self.story()).into());
            }
        }
        Ok(())
    }

    /// Waits until the session is opened, with nothing but changes of state on the way: how many depends on who comes first.
    ///
    /// # Errors
    /// If something else is said.
    pub async fn opens(&mut self) -> Result<(), Trouble> {
        self.passes(|said| said == Said::Opened).await
    }

    /// Waits until the session is in this state, with nothing but changes of state on the way.
    ///
    /// # Errors
    /// If something else is said.
    pub async fn comes_to(&mut self, state: SessionState) -> Result<(), Trouble> {
        if self.state == Some(state) {
            return Ok(());
        }
        self.passes(|said| said == Said::State(state)).await
    }

    async fn passes(&mut self, until: impl Fn(Said) -> bool) -> Result<(), Trouble> {
        loop {
            match tokio::time::timeout(PATIENCE, self.next())
                .await
                .map_err(|_| format!("what was awaited was not said\n{}", self.story()))??
            {
                said if until(said) => return Ok(()),
                Said::State(_) => {}
                said => return Err(format!("{said:?} was said, only changes of state were expected\n{}", self.story()).into()),
            }
        }
    }

    /// Waits until the session has been closed and its configuration rests; gives all that was said until then.
    ///
    /// # Errors
    /// If that does not happen.
    pub async fn last(&mut self) -> Result<Vec<Said>, Trouble> {
        let mut said = Vec::new();
        let rests = |said: &[Said]| {
            let state = said.iter().rev().find_map(|said| if let Said::State(state) = said { Some(*state) } else { None });
            said.contains(&Said::Closed) && matches!(state, Some(SessionState::Disconnected | SessionState::NotAvailable))
        };
        loop {
            if rests(&said) && matches!(said.last(), Some(Said::Error(..) | Said::State(_))) {
                return Ok(said);
            }
            match tokio::time::timeout(PATIENCE, self.next()).await {
                Ok(next) => said.push(next?),
                Err(_) => return Err(format!("the end was not said\n{}", self.story()).into()),
            }
        }
    }

    /// Everything that was said by now; it counts as expected.
    ///
    /// # Errors
    /// If the notices are not numbered one after the other.
    pub fn so_far(&mut self) -> Result<&[Said], Trouble> {
        while let Some(change) = self.changes.try_next() {
            self.take(change)?;
        }
        Ok(&self.all)
    }

    /// Nothing more was said by now.
    ///
    /// # Errors
    /// If something was.
    pub fn is_silent(&mut self) -> Result<(), Trouble> {
        while let Some(change) = self.changes.try_next() {
            if let Some(said) = self.take(change)? {
                return Err(format!("{said:?} was said, and nothing was expected\n{}", self.story()).into());
            }
        }
        Ok(())
    }

    /// Ends the watching and gives the session.
    ///
    /// # Errors
    /// If something was said that nobody expected.
    pub fn into_session(mut self) -> Result<Arc<Session>, Trouble> {
        self.is_silent()?;
        Ok(self.session)
    }

    /// The next notice. None is lost if the future is dropped.
    pub(crate) async fn next(&mut self) -> Result<Said, Trouble> {
        loop {
            let change = self.changes.next().await.ok_or("the session's changes ended")?;
            if let Some(said) = self.take(change)? {
                return Ok(said);
            }
        }
    }

    /// Numbers follow each other, no state is told twice in a row, and answers to offers name the last one (SPEC §11).
    fn take(&mut self, change: Change) -> Result<Option<Said>, Trouble> {
        let (sequence, notice) = match change {
            Change::Snapshot(snapshot) if self.sequence.is_none() => {
                (self.sequence, self.state) = (Some(snapshot.sequence), Some(snapshot.state));
                return Ok(None);
            }
            Change::Snapshot(_) => return Err("a second snapshot".into()),
            Change::Notice { sequence, notice } => (sequence, notice),
        };
        if self.sequence.replace(sequence).map(|before| before + 1) != Some(sequence) {
            return Err(format!("{notice:?} has number {sequence}\n{}", self.story()).into());
        }
        let of = match notice {
            Notice::OfferWithdrawn(id) | Notice::NewConfigurationActivated { offer: id, .. } => id,
            _ => self.offer,
        };
        if of != self.offer {
            return Err(format!("{notice:?} is not about {}\n{}", self.offer, self.story()).into());
        }
        let said = match notice {
            Notice::StateChanged(state) if self.state == Some(state) => {
                return Err(format!("{state:?} was told twice\n{}", self.story()).into());
            }
            Notice::StateChanged(state) => {
                self.state = Some(state);
                Said::State(state)
            }
            Notice::Opened => Said::Opened,
            Notice::Closed => Said::Closed,
            Notice::PreferredConfigurationChanged(offer) => {
                self.offer = offer.id;
                Said::Offer(offer.access_point, offer.kind, offer.keeps_old)
            }
            Notice::NewConfigurationActivated { access_point, .. } => Said::Activated(access_point),
            Notice::OfferWithdrawn(_) => Said::Withdrawn,
            Notice::Error(error) => Said::Error(error.kind, error.cause),
            // executors may tell that an access point is metered
            Notice::PoliciesChanged(_) if !self.policies => return Ok(None),
            Notice::PoliciesChanged(policies) => Said::Policies(policies),
        };
        self.all.push(said);
        Ok(Some(said))
    }

    /// All that was said, for a person.
    pub(crate) fn story(&self) -> String {
        format!("{} said: {:?}; it stands: {:?}", self.session.id(), self.all, self.session.snapshot())
    }
}
