//! What is a scenario, and how is one played? A readable file: who does what, what everyone says in order, and how the links are.
//!
//! [`Scenario::read`] reads one, [`play`] plays it on a [`World`]: the simulator in virtual time ([`Simulated`]) or a lab of real links
//! ([`Real`]). It is written as it is read: its `Display` is a file; [`witnessed`] writes
//! down what everybody says, between deeds that nobody else wrote anything to. What a world lacks for a scenario is said by [`World::lacks`]. The language is described beside the scenarios, in
//! `conformance/scenarios/README.md`.

mod actor;
mod check;
mod grammar;
mod looks;
mod played;
mod real;
mod retold;
mod run;
mod shorter;
mod side;
mod simulated;
mod witness;
pub mod words;
mod world;
mod written;

pub use played::{Ending, cases, on_cables, played};
pub use real::Real;
pub use retold::{Missing, Retold, retold};
pub use run::play;
pub use shorter::shorter;
pub use side::{Row, side_by_side};
pub use simulated::{Simulated, recorded, simulate};
pub use witness::{Witnessed, witnessed};
pub use world::World;

use crate::judge::Recorder;
use crate::lab;
use crate::laws::id;
use netsession_backends::client::{Builder, Client};
use netsession_backends::config::ConfigError;
use netsession_backends::executor::Executor;
use netsession_fsm::hub::Settings;
use netsession_fsm::words::{AccessPoint, Capabilities, Purpose};
use netsession_model::played::{Outcome, Play};
use std::time::Duration;
use words::{Ends, Name, Standing, Step, What};

/// A scenario, sound in itself: every name in it is known, and of the kind that is needed where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// The file it is from, as it was given.
    pub file: String,
    /// What it intends, and where the intention comes from: its first comment.
    pub intent: String,
    /// The access points, in the order of their ids.
    pub access_points: Vec<Place>,
    /// Service networks: their members, best first.
    pub service_networks: Vec<(Name, Vec<Name>)>,
    /// User choices: their options, in the user's order.
    pub user_choices: Vec<(Name, Vec<Name>)>,
    /// The backend's own default configuration.
    pub default: Option<Name>,
    /// Deadlines and delays: the contract's, but what appears is offered at once.
    pub settings: Settings,
    /// Worlds it is not played on, and why not.
    pub not_on: Vec<(Name, String)>,
    /// What happens.
    pub steps: Vec<Step>,
}

/// An access point of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What it is called.
    pub name: Name,
    /// How it stands at the start.
    pub standing: Standing,
    /// How raising it ends.
    pub raise: Ends,
    /// How long raising takes.
    pub raise_delay: Option<Duration>,
    /// How long lowering takes.
    pub lower_delay: Option<Duration>,
    /// How switching the default route to it ends.
    pub prefer: Ends,
    /// How long raising may take.
    pub connect_timeout: Option<Duration>,
    /// Its executor cannot start and stop it.
    pub cannot_stop: bool,
    /// Bearer, purpose, metering and radio.
    pub attributes: AccessPoint,
}

impl Place {
    /// An access point that is usable, its link down, as a line says it that says no more.
    #[must_use]
    pub fn new(name: Name) -> Self {
        Self {
            name,
            standing: Standing::default(),
            raise: Ends::default(),
            raise_delay: None,
            lower_delay: None,
            prefer: Ends::default(),
            connect_timeout: None,
            cannot_stop: false,
            attributes: AccessPoint::default(),
        }
    }
}

impl Scenario {
    /// One in which there is nothing yet. `file` is what it is called in errors, `intent` what its first comment says.
    #[must_use]
    pub fn new(file: &str, intent: &str) -> Self {
        Self {
            file: file.to_owned(),
            intent: intent.to_owned(),
            access_points: Vec::new(),
            service_networks: Vec::new(),
            user_choices: Vec::new(),
            default: None,
            settings: Self::usual_settings(),
            not_on: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// What holds where a file says nothing of it: the contract's deadlines and delays, but what appears is offered at once.
    #[must_use]
    pub fn usual_settings() -> Settings {
        Settings { settle: Duration::ZERO, ..Settings::default() }
    }

    /// Reads one. `file` is what it is called in errors.
    ///
    /// # Errors
    /// The first mistake: where it is, and what was expected.
    pub fn read(file: &str, text: &str) -> Result<Self, ConfigError> {
        let lines = grammar::read(text).map_err(|wrong| {
            let rest = text[wrong.at.min(text.len())..].split([' ', '\t', '\n', ',', ':']).next().unwrap_or_default();
            let message = if rest.is_empty() { "something is missing here".to_owned() } else { format!("{rest:?} was not expected here") };
            ConfigError::new(file, text, wrong.at..wrong.at + rest.len(), message, format!("expected {}", wrong.text()))
        })?;
        check::check(file, text, lines)
    }

    /// The place of an access point in the order of ids.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.access_points.iter().position(|place| place.name.text == name)
    }

    /// Says what there is to a client's builder, of which `executor` realises every access point and `recorder` sees every step.
    #[must_use]
    pub fn builder(&self, executor: Box<dyn Executor>, recorder: &Recorder) -> Builder {
        let mut builder = Client::builder().settings(self.settings).tap(recorder.tap());
        for place in &self.access_points {
            let all = executor.capabilities();
            let capabilities = if place.cannot_stop { all.without(Capabilities::CAN_START_AND_STOP_INTERFACES) } else { all };
            let connect_timeout = place.connect_timeout.unwrap_or(place.attributes.connect_timeout);
            let described = AccessPoint { executor: executor.id(), capabilities, connect_timeout, ..place.attributes.clone() };
            builder.access_point(&place.name.text, described);
        }
        for (name, members) in &self.service_networks {
            let members: Vec<_> = members.iter().filter_map(|member| self.place(&member.text)).map(id).collect();
            builder.service_network(&name.text, Purpose::Public, members);
        }
        for (name, options) in &self.user_choices {
            let options: Vec<_> = options.iter().filter_map(|option| builder.id_of(&option.text)).collect();
            builder.user_choice(&name.text, options);
        }
        if let Some(default) = self.default.as_ref().and_then(|name| builder.id_of(&name.text)) {
            builder.default_configuration(default);
        }
        builder.executors(vec![executor])
    }

    /// Time that has to pass while it is played, besides what answers and links take.
    #[must_use]
    pub fn waits(&self) -> Duration {
        let steps = run::unrolled(&self.steps, 0);
        steps.iter().filter_map(|(_, what)| if let What::After(time, _) | What::Silent(time) = what { Some(*time) } else { None }).sum()
    }

    /// What it is called: its file without ending, below the folder of scenarios.
    #[must_use]
    pub fn name(&self) -> &str {
        let file = self.file.split_once("scenarios/").map_or(self.file.as_str(), |(_, file)| file);
        file.strip_suffix(".scenario").unwrap_or(file)
    }

    /// Keeps what came of it on a world, if somebody counts that.
    ///
    /// # Errors
    /// What the system says.
    pub fn came_of_it(&self, executor: String, outcome: Outcome) -> std::io::Result<()> {
        Play { executor, scenario: self.name().to_owned(), outcome }.keep()
    }

    /// Why it says itself that it is not played on a world.
    #[must_use]
    pub fn excuse(&self, world: &str) -> Option<&str> {
        self.not_on.iter().find(|(name, _)| name.text == world).map(|(_, why)| why.as_str())
    }

    /// Why it cannot be played on a world: what it says itself, or what there is not.
    #[must_use]
    pub fn cannot<W: World>(&self) -> Option<String> {
        let lacks = W::lacks(self);
        let lacking = (!lacks.is_empty()).then(|| format!("what there is not: {}", lacks.join("; ")));
        self.excuse(&W::name()).map(str::to_owned).or(lacking)
    }

    /// The same, said aloud, and counted; once, however many processes play.
    #[must_use]
    pub fn excused<W: World>(&self) -> Option<String> {
        let excuse = self.cannot::<W>()?;
        if !lab::is_inside() {
            eprintln!("EXCUSED {}::{}: {excuse}", W::name(), self.name());
            if let Err(error) = self.came_of_it(W::name(), Outcome::Excused(excuse.clone())) {
                eprintln!("that is not counted: {error}");
            }
        }
        Some(excuse)
    }
}
