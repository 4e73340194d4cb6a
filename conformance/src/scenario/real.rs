//! How is a scenario played on real links? In a lab, with the rig of an executor.

use super::words::{Ends, Event, Fate, Look, SessionTrait, Standing, What};
use super::{Place, Scenario, World, run};
use crate::judge::Recorder;
use crate::lab::Lab;
use crate::laws::PATIENCE;
use crate::rig::{self, Raise, Rig, Trouble};
use netsession_backends::client::Client;
use netsession_fsm::words::{AccessPoint, Cause, ConfigurationState};
use std::time::Duration;

/// A lab has so many places.
const PLACES: usize = 3;
/// No test waits longer than this in a lab.
const WAIT: Duration = Duration::from_secs(3);

/// A rig in its lab.
#[derive(Debug)]
pub struct Real<R: Rig> {
    rig: R,
    found: R::Found,
    places: Vec<rig::Place>,
    /// Places whose cable is not as it was found.
    changed: Vec<bool>,
    daemon_is_gone: bool,
}

impl<R: Rig<Ground = Lab>> Real<R> {
    /// Sets up the links of a scenario.
    ///
    /// # Errors
    /// If that does not come about.
    pub async fn new(lab: Lab, scenario: &Scenario) -> Result<Self, Trouble> {
        let places: Vec<_> = scenario.access_points.iter().map(place).collect();
        let rig = R::build(lab, &places).await?;
        let found = rig.found().await?;
        Ok(Self { rig, found, changed: vec![false; places.len()], places, daemon_is_gone: false })
    }
}

fn place(place: &Place) -> rig::Place {
    let raise = match place.raise {
        Ends::Well => Raise::Works,
        Ends::Badly => Raise::Fails,
        Ends::Never => Raise::Hangs,
    };
    rig::Place { away: place.standing == Standing::Away, found_up: place.standing == Standing::FoundUp, raise }
}

/// What of a scenario's declarations there is only in a simulator.
fn scripted<R: Rig>(place: &Place) -> Option<&'static str> {
    let AccessPoint { bearer, metered, .. } = &place.attributes;
    if matches!(place.standing, Standing::Forbidden | Standing::Hidden) {
        return Some("cables without credentials, or that are only seen after a scan");
    }
    if place.raise_delay.is_some() || place.lower_delay.is_some() || place.prefer != Ends::Well {
        return Some("links that take as long, and routes that fail, as a script says");
    }
    if (bearer, metered) != (&AccessPoint::default().bearer, &AccessPoint::default().metered) {
        return Some("bearers and tariffs other than those of cables");
    }
    if place.raise == Ends::Badly && R::CONNECT_TIMEOUT > Duration::from_secs(30) {
        return Some("a raise that fails soon");
    }
    None
}

/// What a step needs of a script.
fn needs<R: Rig>(what: &What) -> Option<&'static str> {
    match what {
        What::Happens(_, Event::Cut | Event::Mended | Event::TakenDown) => None,
        What::Happens(..) => Some("faults that only a script can bring about"),
        What::Daemon(Fate::Killed | Fate::Back) if R::needs().is_empty() => Some("a daemon"),
        What::Daemon(Fate::Resync) => Some("a daemon that says everything again when it is told to"),
        What::Session { options, .. } if options.contains(&SessionTrait::Apart) => Some("other processes"),
        What::Is(_, looks) if looks.iter().any(|look| matches!(look, Look::Bytes(_))) => Some("counted bytes"),
        What::Scans(_) => Some("scans that are nobody else's"),
        _ => None,
    }
}

/// What a scenario needs and there is not in a lab, where nobody waits longer than this for time that has to pass.
pub(super) fn lacking<R: Rig<Ground = Lab>>(scenario: &Scenario, longest: Duration) -> Vec<String> {
    let steps = run::unrolled(&scenario.steps, 0);
    let waits = scenario.waits();
    let mut lacks: Vec<String> = scenario.access_points.iter().filter_map(scripted::<R>).map(str::to_owned).collect();
    lacks.extend(steps.iter().filter_map(|(_, what)| needs::<R>(what)).map(str::to_owned));
    lacks.extend((scenario.access_points.len() > PLACES).then(|| format!("more than {PLACES} places")));
    lacks.extend((waits > longest).then(|| format!("{waits:?} of real time")));
    lacks.sort();
    lacks.dedup();
    lacks
}

impl<R: Rig<Ground = Lab>> World for Real<R> {
    const LOST: Cause = Cause::CarrierLost;
    const FAILED: Cause = R::FAILS;

    fn name() -> String {
        R::name()
    }

    fn lacks(scenario: &Scenario) -> Vec<String> {
        lacking::<R>(scenario, WAIT)
    }

    async fn start(&mut self, scenario: &Scenario, recorder: &Recorder) -> Result<Client, Trouble> {
        let mut scenario = scenario.clone();
        for place in &mut scenario.access_points {
            place.connect_timeout = place.connect_timeout.or(Some(R::CONNECT_TIMEOUT));
        }
        let client = scenario.builder(self.rig.maker()()?, recorder).start().await?;
        for (place, is) in scenario.access_points.iter().zip(&self.places) {
            let fits = || {
                let state = client.configuration(&place.name.text).map(|it| it.state);
                state.is_ok_and(|state| match (is.away, is.found_up) {
                    (true, _) => state < ConfigurationState::Discovered,
                    (false, true) => state == ConfigurationState::Active,
                    (false, false) => state == ConfigurationState::Discovered,
                })
            };
            let looking = async {
                while !fits() {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            };
            tokio::time::timeout(PATIENCE, looking).await.map_err(|_| format!("{} is not as it is to be", place.name))?;
        }
        Ok(client)
    }

    async fn happens(&mut self, place: usize, event: Event) -> Result<(), Trouble> {
        match event {
            Event::Cut => {
                self.changed[place] = !self.places[place].away;
                self.rig.cut(place).await
            }
            Event::Mended => {
                self.changed[place] = self.places[place].away;
                self.rig.mend(place).await
            }
            Event::TakenDown => self.rig.take_down(place).await,
            other => Err(format!("{other:?} cannot be brought about here").into()),
        }
    }

    async fn daemon(&mut self, fate: Fate) -> Result<(), Trouble> {
        self.daemon_is_gone = fate == Fate::Killed;
        match fate {
            Fate::Killed => self.rig.kill_daemon().await,
            Fate::Back => self.rig.start_daemon().await,
            Fate::Resync => Err("the daemon cannot be told to".into()),
        }
    }

    async fn is_up(&self, place: usize) -> Result<bool, Trouble> {
        self.rig.is_up(place).await
    }

    async fn route(&self) -> Result<Option<usize>, Trouble> {
        self.rig.default_route().await
    }

    async fn settle(&self, client: &Client) -> Result<(), Trouble> {
        if self.daemon_is_gone { Ok(()) } else { Ok(client.refresh().await?) }
    }

    async fn end(self) -> Result<(), Trouble> {
        for (place, found) in self.places.iter().enumerate().filter(|(place, _)| self.changed[*place]) {
            if found.away { self.rig.cut(place).await? } else { self.rig.mend(place).await? }
        }
        self.rig.becomes(&self.found).await
    }
}
