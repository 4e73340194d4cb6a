//! From a checked configuration file to running network sessions.

use super::Config;
use crate::client::{self, Builder, Client};
#[cfg(feature = "netlink")]
use crate::executor::Executor;
use netsession_fsm::words::{AccessPointId, ConfigurationId};
use std::collections::BTreeMap;

/// What a configuration file started.
#[derive(Debug)]
pub struct Running {
    /// The sessions.
    pub client: Client,
    /// The simulator's network, if some access point is simulated.
    #[cfg(feature = "sim")]
    pub network: Option<crate::sim::Network>,
    /// Who realises each access point and why, in the order of the file.
    #[cfg(feature = "netlink")]
    pub choices: Vec<crate::choose::Choice>,
}

/// Why a configuration file could not be brought to life.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Names, members or executors do not fit together.
    #[error(transparent)]
    Client(#[from] client::StartError),
    /// The executor for real links could not be made.
    #[cfg(feature = "netlink")]
    #[error(transparent)]
    Netlink(#[from] crate::netlink::NetlinkError),
    /// The executor for NetworkManager could not be made.
    #[cfg(feature = "networkmanager")]
    #[error(transparent)]
    NetworkManager(#[from] crate::networkmanager::NetworkManagerError),
    /// The executor for ConnMan could not be made.
    #[cfg(feature = "connman")]
    #[error(transparent)]
    Connman(#[from] crate::connman::ConnmanError),
    /// Nobody can realise some access point.
    #[cfg(feature = "netlink")]
    #[error(transparent)]
    Impossible(#[from] crate::choose::Impossible),
}

impl Config {
    /// Everything the file defines, ready to be given executors; ids count from 0 in the order of the file.
    #[must_use]
    pub fn builder(&self) -> Builder {
        let mut builder = Client::builder().settings(self.settings);
        let mut ids: BTreeMap<&str, ConfigurationId> = BTreeMap::new();
        let mut access_points: BTreeMap<&str, AccessPointId> = BTreeMap::new();
        for entry in &self.access_points {
            let id = builder.access_point(&entry.name, entry.access_point.clone());
            access_points.insert(&entry.name, id);
            ids.insert(&entry.name, id.into());
        }
        for entry in &self.service_networks {
            let members = entry.members.iter().filter_map(|name| access_points.get(name.as_str()).copied());
            let id = builder.service_network(&entry.name, entry.purpose, members);
            ids.insert(&entry.name, id.into());
        }
        for entry in &self.user_choices {
            let options: Vec<_> = entry.options.iter().filter_map(|name| ids.get(name.as_str()).copied()).collect();
            let id = builder.user_choice(&entry.name, options);
            ids.insert(&entry.name, id.into());
        }
        if let Some(id) = self.default.as_deref().and_then(|name| ids.get(name)) {
            builder.default_configuration(*id);
        }
        builder
    }

    /// Chooses an executor for each access point that names none (see [`crate::choose`]) and starts everything the file defines.
    /// Nothing is changed on any link before a session opens.
    ///
    /// # Errors
    /// [`StartError::Netlink`] if the kernel gives no socket for real links.
    #[cfg(feature = "netlink")]
    pub async fn start(&self) -> Result<Running, StartError> {
        let asks = !self.is_decided();
        let scene = if asks { crate::choose::survey().await } else { crate::choose::Scene::without_daemons(Vec::new()) };
        let (chosen, choices) = self.choose(&scene, None)?;
        for choice in choices.iter().filter(|choice| choice.is_simulated_by_chance()) {
            tracing::warn!(access_point = choice.access_point, because = choice.because, "only simulated: nothing real is possible");
        }
        chosen.start_chosen(choices).await
    }

    /// Starts everything the file defines, with the executors that [`Config::choose`] gave to all of its access points.
    ///
    /// # Errors
    /// As [`Config::start`]; [`client::StartError::NoExecutor`] if one has none.
    #[cfg(feature = "netlink")]
    pub async fn start_chosen(&self, choices: Vec<crate::choose::Choice>) -> Result<Running, StartError> {
        self.start_chosen_with(choices, |builder| builder).await
    }

    /// The same with what `more` adds to the builder: a broker's witness, a recorder's tap.
    ///
    /// # Errors
    /// As [`Config::start_chosen`].
    #[cfg(feature = "netlink")]
    pub async fn start_chosen_with(
        &self,
        choices: Vec<crate::choose::Choice>,
        more: impl FnOnce(Builder) -> Builder + Send,
    ) -> Result<Running, StartError> {
        let builder = more(self.builder().executors(self.executors()?));
        #[cfg(feature = "sim")]
        let (builder, network) = self.simulated(builder);
        let client = builder.start().await?;
        Ok(Running {
            client,
            #[cfg(feature = "sim")]
            network,
            choices,
        })
    }

    /// Starts everything the file defines. Nothing is changed on any link before a session opens.
    ///
    /// # Errors
    /// [`StartError::Client`].
    #[cfg(not(feature = "netlink"))]
    pub async fn start(&self) -> Result<Running, StartError> {
        let builder = self.builder();
        #[cfg(feature = "sim")]
        let (builder, network) = self.simulated(builder);
        let client = builder.start().await?;
        Ok(Running {
            client,
            #[cfg(feature = "sim")]
            network,
        })
    }

    /// The executors for real links.
    #[cfg(feature = "netlink")]
    fn executors(&self) -> Result<Vec<Box<dyn Executor>>, StartError> {
        #[allow(unused_mut, reason = "a build may know no daemon")]
        let mut executors: Vec<_> = super::netlink::executor(self)?.into_iter().collect();
        #[cfg(feature = "networkmanager")]
        executors.extend(super::daemons::networkmanager(self)?);
        #[cfg(feature = "connman")]
        executors.extend(super::daemons::connman(self)?);
        Ok(executors)
    }

    /// The builder with the simulator, if some access point is simulated.
    #[cfg(feature = "sim")]
    fn simulated(&self, builder: Builder) -> (Builder, Option<crate::sim::Network>) {
        let network = crate::sim::Network::new(0);
        let mut any = false;
        for (id, entry) in (0..).map(AccessPointId).zip(&self.access_points) {
            #[allow(irrefutable_let_patterns, reason = "a build may have nothing but the simulator")]
            if let super::Realisation::Sim(behaviour) = &entry.realisation {
                network.add(id, *behaviour);
                any = true;
            }
        }
        if any { (builder.executor(network.executor(super::SIM)), Some(network)) } else { (builder, None) }
    }
}
