//! What there is, said once at the start: executors, configurations and their names, deadlines.

use super::{Client, StartError, Witness};
use crate::drive;
use crate::executor::{Executor, Left, Notebook};
use crate::record::{Recorder, Target};
use netsession_fsm::hub::{Definition, Input, Kept, Output, Settings};
use netsession_fsm::words::{
    AccessPoint, AccessPointId, ConfigurationId, ExecutorId, Purpose, ServiceNetwork, ServiceNetworkId, UserChoice, UserChoiceId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Write;
use std::path::PathBuf;
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
    record: Option<Target>,
    pub(crate) witness: Option<Box<dyn Witness>>,
    pub(crate) kept: Option<Kept>,
    pub(crate) left: Vec<(ExecutorId, Left, Notebook)>,
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
            record: None,
            witness: None,
            kept: None,
            left: Vec::new(),
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

    /// Records every step of the hub to this file, for `netsession judge`, whatever the environment variable `NETSESSION_RECORD` says;
    /// the variable alone is enough for a program that does not call this. `%p` in it is the number of the process, and in a directory
    /// each process has a file of its own; the second hub of a process adds `.2`, and so on. What an earlier run left is replaced.
    ///
    /// There are no secrets in it: requests, reports, commands, and names of configurations. The program is never held up: where the file
    /// cannot keep up, steps are left out and counted. Without the feature `record` nothing is recorded, and that is logged.
    #[must_use]
    pub fn record(mut self, path: impl Into<PathBuf>) -> Self {
        self.record = Some(Target::path(path.into()));
        self
    }

    /// The same, to whatever is written to; on a thread of its own.
    #[must_use]
    pub fn record_to(mut self, writer: impl Write + Send + 'static) -> Self {
        self.record = Some(Target::writer(writer));
        self
    }

    /// Shows every moment of the hub to `witness`, for a broker.
    #[must_use]
    pub fn witness(mut self, witness: Box<dyn Witness>) -> Self {
        self.witness = Some(witness);
        self
    }

    /// Takes up what the hub of an earlier process kept, before executors say how their links stand (SPEC §8). Records that make no sense
    /// are told of and left out. A witness sees it as an input, also if there is nothing in it.
    #[must_use]
    pub fn restore(mut self, kept: Kept) -> Self {
        self.kept = Some(kept);
        self
    }

    /// Id and name of each executor there is so far.
    pub fn executor_names(&self) -> impl Iterator<Item = (ExecutorId, &'static str)> + '_ {
        self.executors.iter().map(|executor| (executor.id(), executor.name()))
    }

    /// The id of the configuration that was defined under this name.
    #[must_use]
    pub fn id_of(&self, name: &str) -> Option<ConfigurationId> {
        let found = self.definitions.iter().find(|(own, _)| **own == *name);
        found.map(|(_, definition)| definition.id())
    }

    /// Which executor realises an access point that was defined.
    #[must_use]
    pub fn executor_of(&self, access_point: AccessPointId) -> Option<ExecutorId> {
        self.definitions.iter().find_map(|(_, definition)| match definition {
            Definition::AccessPoint(id, attributes) if *id == access_point => Some(attributes.executor),
            Definition::AccessPoint(..) | Definition::ServiceNetwork(..) | Definition::UserChoice(..) => None,
        })
    }

    /// Tells an executor, before anything else, what an earlier process left, and where to write down what a later one has to know
    /// ([`Executor::adopt`]). Said for each executor whose links are to outlive a process that is killed, also if nothing was left.
    #[must_use]
    pub fn adopt(mut self, executor: ExecutorId, left: Left, notebook: Notebook) -> Self {
        self.left.push((executor, left, notebook));
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
    /// [`StartError`] if names, members or executors do not fit together, or there is no place for what is to be recorded; then nothing
    /// was started.
    pub async fn start(mut self) -> Result<Client, StartError> {
        self.check()?;
        let recorder = Recorder::start(self.record.take(), self.settings, self.executor_names())?;
        Ok(drive::start(self, recorder).await)
    }

    fn check(&self) -> Result<(), StartError> {
        let mut executors = BTreeSet::new();
        for executor in &self.executors {
            if !executors.insert(executor.id()) {
                return Err(StartError::DuplicateExecutor(executor.id()));
            }
        }
        if let Some((unknown, ..)) = self.left.iter().find(|(executor, ..)| !executors.contains(executor)) {
            return Err(StartError::UnknownExecutor(*unknown));
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
