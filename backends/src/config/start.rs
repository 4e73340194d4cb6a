//! From a checked configuration file to running network sessions.

use super::Config;
use crate::client::{self, Builder, Client};
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

    /// Starts everything the file defines, with the executors it asks for. Nothing is changed on any link before a session opens.
    ///
    /// # Errors
    /// [`StartError::Netlink`] if the kernel gives no socket for real links.
    pub async fn start(&self) -> Result<Running, StartError> {
        let builder = self.builder().executors(self.executors()?);
        #[cfg(feature = "sim")]
        let (builder, network) = match self.network() {
            Some(network) => (builder.executor(network.executor(super::SIM)), Some(network)),
            None => (builder, None),
        };
        let client = builder.start().await?;
        Ok(Running {
            client,
            #[cfg(feature = "sim")]
            network,
        })
    }

    /// The executors for real links.
    fn executors(&self) -> Result<Vec<Box<dyn Executor>>, StartError> {
        #[cfg(feature = "netlink")]
        return Ok(super::netlink::executor(self)?.into_iter().collect());
        #[cfg(not(feature = "netlink"))]
        Ok(Vec::new())
    }

    /// The simulator's network with the access points it realises; `None` if there is none.
    #[cfg(feature = "sim")]
    fn network(&self) -> Option<crate::sim::Network> {
        let network = crate::sim::Network::new(0);
        let mut any = false;
        for (id, entry) in (0..).map(AccessPointId).zip(&self.access_points) {
            match &entry.realisation {
                super::Realisation::Sim(behaviour) => {
                    network.add(id, *behaviour);
                    any = true;
                }
                #[cfg(feature = "netlink")]
                super::Realisation::Netlink(_) => {}
            }
        }
        any.then_some(network)
    }
}
