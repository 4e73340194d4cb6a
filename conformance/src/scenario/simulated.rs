//! How is a scenario played on the simulator? In virtual time: it stands still while anybody has something to do.

use super::words::{Ends, Event, Fate, SessionTrait, Standing, What};
use super::{Place, Scenario, World, run};
use crate::judge::Recorder;
use crate::laws::id;
use crate::rig::Trouble;
use netsession_backends::client::Client;
use netsession_backends::sim::{Action, Behaviour, Network, Outcome};
use netsession_fsm::hub::Counters;
use netsession_fsm::words::{Cause, ConfigurationState, ExecutorId};
use std::time::Duration;

/// Plays a scenario on the simulator, in virtual time; gives how many steps of the hub that were.
///
/// # Errors
/// As [`play`](super::play), and what the simulator lacks for it.
///
/// # Panics
/// Within a tokio runtime.
pub fn simulate(scenario: &Scenario) -> Result<usize, Trouble> {
    let lacks = Simulated::lacks(scenario);
    if !lacks.is_empty() {
        return Err(format!("the simulator has no {}", lacks.join("; ")).into());
    }
    in_virtual_time(run::play(scenario, Simulated::new(scenario)))
}

/// Runs something while the clock stands still unless everybody waits for it.
pub(super) fn in_virtual_time<T>(run: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?.block_on(run)
}

/// The simulator; its clock is to be paused.
#[derive(Debug)]
pub struct Simulated {
    network: Network,
    behaviours: Vec<Behaviour>,
}

impl Simulated {
    /// A network in memory with the scenario's access points.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let network = Network::new(1);
        let behaviours: Vec<_> = scenario.access_points.iter().map(behaviour).collect();
        for (place, (point, behaviour)) in scenario.access_points.iter().zip(&behaviours).enumerate() {
            network.add(id(place), *behaviour);
            if point.standing == Standing::Hidden {
                network.happen(Action::Hide(id(place)));
            }
        }
        Self { network, behaviours }
    }

    /// The network, for worlds that have something else above it.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }
}

fn behaviour(place: &Place) -> Behaviour {
    let state = match place.standing {
        Standing::Usable => ConfigurationState::Discovered,
        Standing::Away | Standing::Hidden => ConfigurationState::Defined,
        Standing::Forbidden => ConfigurationState::Undefined,
        Standing::FoundUp => ConfigurationState::Active,
    };
    let usual = Behaviour::default();
    Behaviour {
        state,
        raise: outcome(place.raise, Simulated::FAILED),
        raise_delay: place.raise_delay.unwrap_or(usual.raise_delay),
        lower_delay: place.lower_delay.unwrap_or(usual.lower_delay),
        prefer: outcome(place.prefer, Cause::Route),
        radio: place.attributes.radio,
        ..usual
    }
}

fn outcome(ends: Ends, cause: Cause) -> Outcome {
    match ends {
        Ends::Well => Outcome::Succeeds,
        Ends::Badly => Outcome::Fails(cause),
        Ends::Never => Outcome::NeverAnswers,
    }
}

impl World for Simulated {
    const LOST: Cause = Cause::Vanished;
    const FAILED: Cause = Cause::Authentication;

    fn name() -> String {
        "sim".to_owned()
    }

    fn lacks(scenario: &Scenario) -> Vec<String> {
        let apart = |what: &What| matches!(what, What::Session { options, .. } if options.contains(&SessionTrait::Apart));
        let apart = run::unrolled(&scenario.steps, 0).iter().any(|(_, what)| apart(what));
        if apart { vec!["other processes".to_owned()] } else { Vec::new() }
    }

    async fn start(&mut self, scenario: &Scenario, recorder: &Recorder) -> Result<Client, Trouble> {
        let executor = Box::new(self.network.executor(ExecutorId(0)));
        Ok(scenario.builder(executor, recorder).start().await?)
    }

    async fn happens(&mut self, place: usize, event: Event) -> Result<(), Trouble> {
        let to = id(place);
        let action = match event {
            Event::Cut => Action::Vanish(to),
            Event::Mended => Action::Appear(to),
            Event::TakenDown => Action::TakeDown(to),
            Event::BroughtUp => Action::BringUp(to),
            Event::LosesCarrier => Action::Cut(to),
            Event::LosesCredentials => Action::Forbid(to),
            Event::Duplicate => Action::Duplicate(to),
            Event::Late => Action::Late(to),
            Event::Carries(bytes) => Action::Traffic(to, Counters { received: bytes, sent: bytes }),
            Event::Raise(ends) => {
                self.behaviours[place].raise = outcome(ends, Self::FAILED);
                Action::Behave(to, self.behaviours[place])
            }
            Event::Prefer(ends) => {
                self.behaviours[place].prefer = outcome(ends, Cause::Route);
                Action::Behave(to, self.behaviours[place])
            }
        };
        self.network.happen(action);
        Ok(())
    }

    async fn daemon(&mut self, fate: Fate) -> Result<(), Trouble> {
        self.network.happen(match fate {
            Fate::Killed => Action::Gone,
            Fate::Back => Action::Back,
            Fate::Resync => Action::Resync,
        });
        Ok(())
    }

    async fn is_up(&self, place: usize) -> Result<bool, Trouble> {
        Ok(self.network.up().contains(&id(place)))
    }

    async fn route(&self) -> Result<Option<usize>, Trouble> {
        self.network.default_route().map(|point| Ok(usize::try_from(point.0)?)).transpose()
    }

    async fn settle(&self, _: &Client) -> Result<(), Trouble> {
        // time goes on when nobody has anything left to do
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(())
    }

    async fn end(self) -> Result<(), Trouble> {
        let left = (self.network.raised(), self.network.default_route());
        if left == (Vec::new(), None) { Ok(()) } else { Err(format!("raised, and where the default route goes: {left:?}").into()) }
    }
}
