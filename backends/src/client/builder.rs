//! What there is, said once at the start: executors, configurations and their names, deadlines.

use super::{Client, StartError, Witness};
use crate::drive;
use crate::executor::Executor;
use netsession_fsm::hub::{Definition, Input, Output, Settings};
use netsession_fsm::words::{
    AccessPoint, AccessPointId, ConfigurationId, Purpose, ServiceNetwork, ServiceNetworkId, UserChoice, UserChoiceId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Sees every input with the batch of outputs that answered it, in order: for recorders of traces.
pub type Tap = Box<dyn FnMut(&Input, &[Output]) + Send>;

/// Collects what there is; [`Builder::start`] brings it to life.
pub struct Builder {
    pub(crate) settings: Settings,
    pub(crate) definitions: Vec<(Arc<str>, Definition)>,
    pub(crate) default: Option<ConfigurationId>,
    pub(crate) executors: Vec<Box<dyn Executor>>,
    pub(crate) patience: Duration,
    pub(crate) tap: Option<Tap>,
    pub(crate) witness: Option<Box<dyn Witness>>,
    access_points: u32,
    service_networks: u32,
    user_choices: u32,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            definitions: Vec::new(),
            default: None,
            executors: Vec::new(),
            patience: Duration::from_secs(10),
            tap: None,
            witness: None,
            access_points: 0,
            service_networks: 0,
            user_choices: 0,
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("definitions", &self.definitions).field("executors", &self.executors).finish_non_exhaustive()
    }
}

impl Builder {
    /// Deadlines and delays; the contract's defaults if never called.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// How long starting waits for the executors' first word, and how long a shutdown waits for links to come down, and then for
    /// the executors to end: 10 s each unless set.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Shows every step of the hub to `tap`, for recording.
    #[must_use]
    pub fn tap(mut self, tap: Tap) -> Self {
        self.tap = Some(tap);
        self
    }

    /// Shows every moment of the hub to `witness`, for a broker.
    #[must_use]
    pub fn witness(mut self, witness: Box<dyn Witness>) -> Self {
        self.witness = Some(witness);
        self
    }

    /// Adds an executor.
    #[must_use]
    pub fn executor(mut self, executor: impl Executor + 'static) -> Self {
        self.executors.push(Box::new(executor));
        self
    }

    /// Adds executors that were built elsewhere.
    #[must_use]
    pub fn executors(mut self, executors: Vec<Box<dyn Executor>>) -> Self {
        self.executors.extend(executors);
        self
    }

    /// Defines an access point; ids count from 0 in the order of definition.
    pub fn access_point(&mut self, name: &str, access_point: AccessPoint) -> AccessPointId {
        let id = AccessPointId(self.access_points);
        self.access_points += 1;
        self.definitions.push((name.into(), Definition::AccessPoint(id, access_point)));
        id
    }

    /// Defines a service network over access points defined before, best first.
    pub fn service_network(&mut self, name: &str, purpose: Purpose, members: impl IntoIterator<Item = AccessPointId>) -> ServiceNetworkId {
        let id = ServiceNetworkId(self.service_networks);
        self.service_networks += 1;
        let members = members.into_iter().collect();
        self.definitions.push((name.into(), Definition::ServiceNetwork(id, ServiceNetwork { purpose, members })));
        id
    }

    /// Defines a user choice over access points and service networks defined before, in the user's order.
    pub fn user_choice(&mut self, name: &str, options: impl IntoIterator<Item = ConfigurationId>) -> UserChoiceId {
        let id = UserChoiceId(self.user_choices);
        self.user_choices += 1;
        let options = options.into_iter().collect();
        self.definitions.push((name.into(), Definition::UserChoice(id, UserChoice { options })));
        id
    }

    /// Sets the default configuration (SPEC §3).
    pub fn default_configuration(&mut self, id: impl Into<ConfigurationId>) {
        self.default = Some(id.into());
    }

    /// Starts the drive loop on the current tokio runtime and returns when every executor has said how its links stand.
    ///
    /// # Errors
    /// [`StartError`] if names, members or executors do not fit together; then nothing was started.
    pub async fn start(self) -> Result<Client, StartError> {
        self.check()?;
        Ok(drive::start(self).await)
    }

    fn check(&self) -> Result<(), StartError> {
        let mut executors = BTreeSet::new();
        for executor in &self.executors {
            if !executors.insert(executor.id()) {
                return Err(StartError::DuplicateExecutor(executor.id()));
            }
        }
        let mut names = BTreeMap::new();
        let mut known = BTreeSet::new();
        for (name, definition) in &self.definitions {
            let unknown = |id: &ConfigurationId| StartError::UnknownMember { of: Arc::clone(name), member: id.to_string() };
            let id = match definition {
                Definition::AccessPoint(id, access_point) => {
                    if !executors.contains(&access_point.executor) {
                        return Err(StartError::NoExecutor { access_point: Arc::clone(name), executor: access_point.executor });
                    }
                    ConfigurationId::from(*id)
                }
                Definition::ServiceNetwork(id, network) => {
                    let missing = network.members.iter().map(|&member| ConfigurationId::from(member)).find(|id| !known.contains(id));
                    missing.map_or(Ok(()), |id| Err(unknown(&id)))?;
                    ConfigurationId::from(*id)
                }
                Definition::UserChoice(id, choice) => {
                    choice.options.iter().find(|id| !known.contains(*id)).map_or(Ok(()), |id| Err(unknown(id)))?;
                    ConfigurationId::from(*id)
                }
            };
            known.insert(id);
            if names.insert(Arc::clone(name), id).is_some() {
                return Err(StartError::DuplicateName(Arc::clone(name)));
            }
        }
        Ok(())
    }
}
