//! The new access point is up, the old one still is: tested by the application, ended by one verdict (SPEC §6.3).

use super::RoamError;
use super::offer::Handshake;
#[cfg(target_os = "linux")]
use super::socket::{self, Family, Side, SocketError, SocketKind};
use crate::executor::Carrier;
use netsession_fsm::hub::Call;
use netsession_fsm::words::{AccessPointId, OfferId, Phase};
use std::sync::Arc;

/// A trial. Dropping it rejects the candidate.
#[derive(Debug)]
pub struct Trial {
    handshake: Option<Handshake>,
    offer: OfferId,
    candidate: Candidate,
}

/// What is tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Name of the candidate.
    pub configuration: Arc<str>,
    /// The candidate.
    pub access_point: AccessPointId,
    /// The usable side of its link when the trial began: sockets bound to it go through the candidate.
    pub carrier: Carrier,
}

impl Trial {
    pub(super) fn new(handshake: Handshake) -> Self {
        let access_point = handshake.access_point;
        let configuration = handshake.port.name_of(access_point.into()).unwrap_or_else(|| access_point.to_string().into());
        let carrier = handshake.port.carrier(access_point).unwrap_or_default();
        let offer = handshake.offer;
        Self { handshake: Some(handshake), offer, candidate: Candidate { configuration, access_point, carrier } }
    }

    /// What is tested, as it was when the trial began.
    #[must_use]
    pub fn candidate(&self) -> Candidate {
        self.candidate.clone()
    }

    /// The usable side of the candidate's link now; `None` if it was lost.
    #[must_use]
    pub fn carrier(&self) -> Option<Carrier> {
        self.handshake.as_ref().and_then(|handshake| handshake.port.carrier(handshake.access_point))
    }

    /// A socket that is bound to the candidate's carrier, to test it with. Non-blocking, neither connected nor bound to an address.
    ///
    /// # Errors
    /// [`SocketError`]: the candidate was lost, the socket could not be made or bound, or not be asked for.
    #[cfg(target_os = "linux")]
    pub async fn socket(&self, kind: SocketKind, family: Family) -> Result<socket2::Socket, SocketError> {
        let Some(handshake) = &self.handshake else { return Err(SocketError::NoCarrier(Side::Candidate)) };
        socket::ask(&*handshake.port, handshake.session, Side::Candidate, kind, family).await
    }

    /// Moves: the active configuration and the default route switch, the old link is let go. Returns when that is confirmed.
    ///
    /// Dropping the future does not take the verdict back.
    ///
    /// # Errors
    /// [`RoamError::Withdrawn`] if the trial is over, [`RoamError::Failed`] if the switch was refused or the candidate lost,
    /// [`RoamError::Closed`] if the session was closed meanwhile.
    pub async fn accept(mut self) -> Result<(), RoamError> {
        let Some(handshake) = self.handshake.take() else { return Err(RoamError::Withdrawn) };
        let outcome = handshake.carry_out(Call::Accept(self.offer), Phase::Committing).await?;
        if outcome.snapshot.active == Some(self.candidate.access_point) { Ok(()) } else { Err(outcome.error()) }
    }

    /// Goes back: the session stays on the old link, the candidate is let go and suppressed for a while (SPEC §6.6). Returns
    /// when the verdict was taken.
    ///
    /// # Errors
    /// [`RoamError::Withdrawn`] if the trial is over, [`RoamError::Ended`].
    pub async fn reject(mut self) -> Result<(), RoamError> {
        let Some(handshake) = self.handshake.take() else { return Err(RoamError::Withdrawn) };
        handshake.ask(Call::Reject(self.offer)).await
    }

    /// Returns when the trial is over: deadline, candidate lost, answered by a change of mode, session closed.
    pub async fn withdrawn(&self) {
        if let Some(handshake) = &self.handshake {
            handshake.over(Phase::Trial).await;
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if let Some(handshake) = self.handshake.take() {
            handshake.tell(Call::Reject(self.offer));
        }
    }
}
