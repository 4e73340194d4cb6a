//! The async client API: configurations, sessions, offers and trials (SPEC §3 to §6, §11). The same within and across processes.
//!
//! [`Builder`] says what there is and starts it; [`Client`] lists configurations and makes sessions; [`Session`] opens, closes,
//! stops and roams; [`Offer`] and [`Trial`] are the handshake, each consumed by its one answer.

mod builder;
mod changes;
mod configuration;
mod error;
mod offer;
pub mod port;
mod session;
#[cfg(target_os = "linux")]
mod socket;
mod trial;
mod witness;

pub use builder::{Builder, Tap};
pub use changes::{CatalogueChange, Change, Changes, Watch};
pub use configuration::{Configuration, Which};
pub use error::{BrokerError, Failure, RequestError, RoamError, StartError};
pub use offer::Offer;
pub use session::Session;
#[cfg(target_os = "linux")]
pub(crate) use socket::make as make_socket;
#[cfg(target_os = "linux")]
pub use socket::{Family, NoSocket, Side, SocketError, SocketKind};
pub use trial::{Candidate, Trial};
pub use witness::Witness;

use netsession_fsm::hub::{Input, SessionOptions};
use netsession_fsm::words::{AccessPointId, ConfigurationId};
use port::{Port, Request};
use std::sync::Arc;
use tokio::sync::oneshot;

/// A handle on the network sessions of a process. Cheap to clone.
///
/// When the last client and the last session are dropped everything is closed and put back as found, in the background;
/// [`Client::shutdown`] does the same and waits for it.
#[derive(Debug, Clone)]
pub struct Client {
    port: Arc<dyn Port>,
}

impl Client {
    /// A client of the hub behind a port.
    #[must_use]
    pub fn new(port: Arc<dyn Port>) -> Self {
        Self { port }
    }

    /// The hub as it is reached: for a broker, which serves it to other processes.
    #[must_use]
    pub fn port(&self) -> Arc<dyn Port> {
        Arc::clone(&self.port)
    }

    /// Says what there is and starts it.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Every configuration, sorted: access points, service networks, user choices, each in order of definition. Starts nothing.
    #[must_use]
    pub fn configurations(&self) -> Vec<Configuration> {
        self.port.configurations()
    }

    /// One configuration, by name or id.
    ///
    /// # Errors
    /// [`RequestError::UnknownConfiguration`].
    pub fn configuration(&self, which: impl Into<Which>) -> Result<Configuration, RequestError> {
        let id = self.resolve(which.into())?;
        self.port.configuration(id).ok_or_else(|| RequestError::UnknownConfiguration(id.to_string().into()))
    }

    /// The backend's own default, else the best by Active before Discovered, then Ethernet before Wlan before the rest (SPEC §3).
    #[must_use]
    pub fn default_configuration(&self) -> Option<Configuration> {
        self.port.configuration(self.port.default_configuration()?)
    }

    /// The access point the system default route goes through; `None`: as found (SPEC §7.4).
    #[must_use]
    pub fn default_route(&self) -> Option<AccessPointId> {
        self.port.default_route()
    }

    /// The name of a configuration, also of a removed one.
    #[must_use]
    pub fn name(&self, id: impl Into<ConfigurationId>) -> Option<Arc<str>> {
        self.port.name_of(id.into())
    }

    /// Scans; returns when the scan ended. The only thing that scans (SPEC §3).
    ///
    /// # Errors
    /// [`RequestError::Ended`].
    pub async fn refresh(&self) -> Result<(), RequestError> {
        let (answer, answered) = oneshot::channel();
        self.port.send(Request::Refresh { answer: answer.into() });
        match answered.await {
            Ok(result) => result.map_err(|denial| RequestError::new(denial, &*self.port)),
            Err(_) => Err(RequestError::Ended),
        }
    }

    /// The catalogue as it stands, then every change of it.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch::new(self.port.watch())
    }

    /// A session on a configuration; opens nothing.
    ///
    /// # Errors
    /// [`RequestError::UnknownConfiguration`], [`RequestError::Ended`].
    pub async fn session(&self, which: impl Into<Which> + Send, options: SessionOptions) -> Result<Session, RequestError> {
        let configuration = self.resolve(which.into())?;
        let (answer, answered) = oneshot::channel();
        self.port.send(Request::Create { configuration, options, answer: answer.into() });
        match answered.await {
            Ok(Ok(id)) => Ok(Session::new(Arc::clone(&self.port), id, configuration)),
            Ok(Err(denial)) => Err(RequestError::new(denial, &*self.port)),
            Err(_) => Err(RequestError::Ended),
        }
    }

    /// Removes a configuration: its sessions become Invalid, those that held it are closed with an error (SPEC §5).
    ///
    /// # Errors
    /// [`RequestError::UnknownConfiguration`], [`RequestError::Ended`].
    pub fn remove(&self, which: impl Into<Which>) -> Result<(), RequestError> {
        let id = self.resolve(which.into())?;
        self.administer(Input::Remove(id))
    }

    /// Says that the system wants to save traffic, or no longer does (SPEC §10).
    ///
    /// # Errors
    /// [`RequestError::Ended`].
    pub fn save_traffic(&self, save: bool) -> Result<(), RequestError> {
        self.administer(Input::SaveTraffic(save))
    }

    /// Closes every session, lowers what we raised, puts everything back as found and ends. Bounded in time (see
    /// [`Builder::patience`]). Every other call, here and on other handles, answers [`RequestError::Ended`] from then on.
    pub async fn shutdown(self) {
        let (answer, answered) = oneshot::channel();
        self.port.send(Request::Shutdown { answer });
        // an error says that it had ended before
        let _ = answered.await;
    }

    fn administer(&self, input: Input) -> Result<(), RequestError> {
        if self.port.send(Request::Administer { name: None, input }) { Ok(()) } else { Err(RequestError::Ended) }
    }

    fn resolve(&self, which: Which) -> Result<ConfigurationId, RequestError> {
        match which {
            Which::Id(id) => Ok(id),
            Which::Name(name) => self.port.id_of(&name).ok_or(RequestError::UnknownConfiguration(name)),
        }
    }
}
