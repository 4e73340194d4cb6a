//! One client's interest in one configuration: open, close, stop, roam, and how it stands (SPEC §4, §5).

use super::port::{Port, Request};
#[cfg(target_os = "linux")]
use super::socket::{self, Family, Side, SocketError, SocketKind};
use super::{Candidate, Changes, Configuration, Offer, RequestError, RoamError, Which};
use crate::executor::Carrier;
use netsession_fsm::hub::{Call, Counters, Policies, Snapshot};
use netsession_fsm::words::{AccessPointId, ConfigurationId, Mode, OfferId, Phase, Requirements, SessionId, SessionState};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// A session. Dropping it closes it; to share it between tasks put it into an [`Arc`].
///
/// Reading shows the committed state: within a handler of a change it is already the new one (SPEC §11). After a shutdown every
/// session reads as Invalid and not open.
#[derive(Debug)]
pub struct Session {
    port: Arc<dyn Port>,
    id: SessionId,
    configuration: ConfigurationId,
    /// The newest offer that was handed out.
    taken: Mutex<OfferId>,
}

impl Session {
    pub(crate) fn new(port: Arc<dyn Port>, id: SessionId, configuration: ConfigurationId) -> Self {
        Self { port, id, configuration, taken: Mutex::new(OfferId(0)) }
    }

    /// Its id, unique for the life of the hub.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// The configuration it is on; `Absent` if that was removed.
    #[must_use]
    pub fn configuration(&self) -> Option<Configuration> {
        self.port.configuration(self.configuration)
    }

    /// Gets on the network. Returns when the session is open, or why it is not. A user choice takes its first usable option.
    ///
    /// Dropping the future does not cancel: [`Session::close`] does.
    ///
    /// # Errors
    /// [`RequestError::Failed`] with the cause; [`RequestError::Ended`].
    pub async fn open(&self) -> Result<(), RequestError> {
        self.call(Call::Open { choice: None }).await
    }

    /// The same, with what the chooser picked among the options of a user choice.
    ///
    /// # Errors
    /// As [`Session::open`], and [`RequestError::UnknownConfiguration`].
    pub async fn open_with(&self, choice: impl Into<Which> + Send) -> Result<(), RequestError> {
        let choice = match choice.into() {
            Which::Id(id) => id,
            Which::Name(name) => self.port.id_of(&name).ok_or(RequestError::UnknownConfiguration(name))?,
        };
        self.call(Call::Open { choice: Some(choice) }).await
    }

    /// Lets go of the network; others that hold it are not disturbed.
    ///
    /// # Errors
    /// [`RequestError::Ended`]. Closing what is not open is no error.
    pub async fn close(&self) -> Result<(), RequestError> {
        self.call(Call::Close).await
    }

    /// Takes the link down whoever holds it.
    ///
    /// # Errors
    /// [`RequestError::Failed`] with `OperationNotSupported` if the session may not, or the executor cannot; then nothing changed.
    pub async fn stop(&self) -> Result<(), RequestError> {
        self.call(Call::Stop).await
    }

    /// "This carrier does not serve me": asks for the best other access point (SPEC §6.5).
    ///
    /// # Errors
    /// [`RequestError::Failed`] if there is no other, [`RequestError::Refused`] if the session is not open; then nothing changed.
    pub async fn request_roam(&self) -> Result<(), RequestError> {
        self.call(Call::RequestRoam).await
    }

    /// Who answers offers from now on (SPEC §6.1). In the middle of a handshake `Forced` and `Off` answer the pending question.
    ///
    /// # Errors
    /// [`RequestError::Ended`], [`RequestError::Failed`] if the executor cannot.
    pub async fn set_mode(&self, mode: Mode) -> Result<(), RequestError> {
        self.call(Call::SetMode(mode)).await
    }

    /// What is asked of access points from now on (SPEC §6.2).
    ///
    /// # Errors
    /// [`RequestError::Ended`].
    pub async fn set_requirements(&self, requirements: Requirements) -> Result<(), RequestError> {
        self.call(Call::SetRequirements(requirements)).await
    }

    /// No voluntary roaming for this long; a new window replaces the old one, zero ends it. Loss still roams (SPEC §6.1).
    ///
    /// # Errors
    /// [`RequestError::Ended`], [`RequestError::Refused`] if the session is not open.
    pub async fn suppress(&self, window: Duration) -> Result<(), RequestError> {
        self.call(Call::Suppress(window)).await
    }

    /// Any request, with ids as the hub knows them: for brokers, recorders and test suites. Applications have no need of it.
    ///
    /// # Errors
    /// As the hub answers.
    pub async fn call(&self, call: Call) -> Result<(), RequestError> {
        let (answer, answered) = oneshot::channel();
        self.port.send(Request::Call { session: self.id, call, answer: Some(answer.into()) });
        match answered.await {
            Ok(result) => result.map_err(|denial| RequestError::new(denial, &*self.port)),
            Err(_) => Err(RequestError::Ended),
        }
    }

    /// Everything about how it stands, of one moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.port.snapshot(self.id).unwrap_or(Snapshot {
            sequence: 0,
            configuration: self.configuration,
            chosen: None,
            state: SessionState::Invalid,
            open: false,
            active: None,
            candidate: None,
            phase: Phase::Stable,
            offer: None,
            policies: Policies::NONE,
            counters: Counters::default(),
        })
    }

    /// Public state (SPEC §4).
    #[must_use]
    pub fn state(&self) -> SessionState {
        self.snapshot().state
    }

    /// Whether it is open. Usable for sockets: open and Connected.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.snapshot().open
    }

    /// The access point in use; `None` unless open.
    #[must_use]
    pub fn active_configuration(&self) -> Option<Configuration> {
        self.port.configuration(self.snapshot().active?.into())
    }

    /// What a user choice resolved to.
    #[must_use]
    pub fn chosen_configuration(&self) -> Option<Configuration> {
        self.port.configuration(self.snapshot().chosen?)
    }

    /// The usable side of the active link, while Connected, and in a trial that of the old one (SPEC §4 *interface*).
    #[must_use]
    pub fn carrier(&self) -> Option<Carrier> {
        self.port.carrier(in_use(&self.snapshot())?)
    }

    /// A socket that is bound to the active carrier: whatever is sent through it takes that link, wherever the default route
    /// goes. Non-blocking, neither connected nor bound to an address. A broker makes it and hands it over, so that a program
    /// that may not bind to interfaces gets one, too.
    ///
    /// # Errors
    /// [`SocketError`]: no carrier now, it could not be made or bound, or not be asked for.
    #[cfg(target_os = "linux")]
    pub async fn socket(&self, kind: SocketKind, family: Family) -> Result<socket2::Socket, SocketError> {
        socket::ask(&*self.port, self.id, Side::Active, kind, family).await
    }

    /// How long it has been open; zero unless open.
    #[must_use]
    pub fn active_time(&self) -> Duration {
        self.opened_at().map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// When it was opened; `None` unless open.
    #[must_use]
    pub fn opened_at(&self) -> Option<Instant> {
        self.port.opened_at(self.id)
    }

    /// Bytes over all links while it held them; zero where the executor does not count (SPEC §10).
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.snapshot().counters
    }

    /// What is asked of the application (SPEC §10).
    #[must_use]
    pub fn policies(&self) -> Policies {
        self.snapshot().policies
    }

    /// A snapshot, then every change after it, each with the next sequence number, none lost. Ends when the session is dropped.
    #[must_use]
    pub fn changes(&self) -> Changes {
        // of a session that is gone: a stream that has ended
        Changes::new(self.port.subscribe(self.id).unwrap_or_else(|| mpsc::unbounded_channel().1))
    }

    /// The next offer that nobody took yet, also one that was made before the call; `None` once the hub was shut down.
    ///
    /// Offers are only made in [`Mode::Application`]. One that is not taken counts as ignored after its deadline.
    pub async fn next_offer(&self) -> Option<Offer> {
        let mut changes = self.changes();
        loop {
            changes.next().await?;
            if let Some(offer) = self.take_offer() {
                return Some(offer);
            }
        }
    }

    /// Answers every offer by itself: migrates, lets `probe` test the candidate, accepts if it says `true`, else rejects. A probe
    /// is dropped when its candidate is lost. Returns when the hub was shut down, so race it against what the application does.
    pub async fn roam_with<F, P>(&self, mut probe: F)
    where
        F: FnMut(Candidate) -> P,
        P: Future<Output = bool>,
    {
        while let Some(offer) = self.next_offer().await {
            let name = offer.configuration.clone();
            let outcome = self.roam_once(offer, &mut probe).await;
            match outcome {
                Ok(true) => tracing::info!(session = %self.id, candidate = %name, "roamed"),
                Ok(false) => tracing::info!(session = %self.id, candidate = %name, "candidate rejected by the probe"),
                Err(error) => tracing::info!(session = %self.id, candidate = %name, %error, "roaming failed"),
            }
        }
    }

    async fn roam_once<F, P>(&self, offer: Offer, probe: &mut F) -> Result<bool, RoamError>
    where
        F: FnMut(Candidate) -> P,
        P: Future<Output = bool>,
    {
        let trial = offer.migrate().await?;
        let verdict = {
            let probing = probe(trial.candidate());
            let mut probing = std::pin::pin!(probing);
            let mut withdrawn = std::pin::pin!(trial.withdrawn());
            std::future::poll_fn(|context| {
                if let std::task::Poll::Ready(verdict) = probing.as_mut().poll(context) {
                    return std::task::Poll::Ready(Some(verdict));
                }
                withdrawn.as_mut().poll(context).map(|()| None)
            })
            .await
        };
        match verdict {
            Some(true) => trial.accept().await.map(|()| true),
            Some(false) => trial.reject().await.map(|()| false),
            None => Err(RoamError::Withdrawn),
        }
    }

    fn take_offer(&self) -> Option<Offer> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = self.port.snapshot(self.id)?;
        let offer = snapshot.offer.filter(|offer| snapshot.phase == Phase::Offered && offer.id > *taken)?;
        *taken = offer.id;
        Some(Offer::new(Arc::clone(&self.port), self.id, offer))
    }
}

/// The active access point, if its carrier may be used now (SPEC §4 *interface*).
pub(super) fn in_use(snapshot: &Snapshot) -> Option<AccessPointId> {
    let usable = snapshot.state == SessionState::Connected || snapshot.phase == Phase::Trial;
    snapshot.active.filter(|_| usable)
}

impl Drop for Session {
    fn drop(&mut self) {
        self.port.send(Request::Drop(self.id));
    }
}
