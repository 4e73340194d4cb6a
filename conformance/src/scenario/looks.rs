//! Is everything as a scenario says? Sessions, configurations, commands, and the system itself.

use super::World;
use super::run::Player;
use super::words::{Look, Name, What};
use crate::judge::Step;
use crate::laws::{PATIENCE, id};
use crate::rig::Trouble;
use netsession_backends::client::{Configuration, RequestError};
use netsession_fsm::hub::{Command, Input, LinkReport, Output, Policies, Report};
use netsession_fsm::words::{AccessPointId, ConfigurationState, SessionId};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

/// How often something is looked at again that nobody tells.
const PACE: Duration = Duration::from_millis(2);

/// Looks at a run.
pub(super) struct Looks<'a, 'b, W>(&'b mut Player<'a, W>);

/// How something is, and how it is to be.
type Seen = Result<(), String>;

fn same<T: PartialEq + Debug>(is: T, wanted: T) -> Seen {
    if is == wanted { Ok(()) } else { Err(format!("it is {is:?}, not {wanted:?}")) }
}

impl<'a, 'b, W: World> Looks<'a, 'b, W> {
    pub(super) fn of(player: &'b mut Player<'a, W>) -> Self {
        Self(player)
    }

    /// One line, looked at until it is so.
    pub(super) async fn step(self, what: &What) -> Result<(), Trouble> {
        self.0.world.settle(&self.0.client).await?;
        let Err(first) = self.look(what).await else { return Ok(()) };
        let looking = async {
            while self.look(what).await.is_err() {
                tokio::time::sleep(PACE).await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.map_err(|_| first.into())
    }

    async fn look(&self, what: &What) -> Seen {
        match what {
            What::Is(name, looks) => {
                for look in looks {
                    self.is(name, look).await?;
                }
                Ok(())
            }
            What::Commands(name, raised, lowered) => same(self.commands(name)?, (*raised, *lowered)),
            What::Scans(times) => same(self.count(|command| matches!(command, Command::Refresh { .. })), *times),
            What::Route(through) => {
                let is = self.0.world.route().await.map_err(|error| error.to_string())?;
                same(is.map(|place| self.named(place)), through.as_ref().map(|name| name.text.as_str()))
            }
            What::DefaultIs(name) => {
                let is = self.0.client.default_configuration();
                same(is.as_ref().map(|it| &*it.name), name.as_ref().map(|name| name.text.as_str()))
            }
            What::Lists(least, names) => {
                let all = self.0.client.configurations();
                let is = all.iter().filter(|it| least.is_none_or(|least| it.state >= least)).map(|it| it.name.to_string());
                same(is.collect::<Vec<_>>(), texts(names))
            }
            _ => Ok(()),
        }
    }

    fn named(&self, place: usize) -> &str {
        self.0.scenario.access_points.get(place).map_or("another one", |place| place.name.text.as_str())
    }

    fn count(&self, wanted: impl Fn(&Command) -> bool) -> usize {
        let steps = self.0.recorder.steps();
        let outputs = steps.iter().flat_map(|(_, outputs)| outputs);
        outputs.filter(|output| matches!(output, Output::Command(command) if wanted(command))).count()
    }

    fn commands(&self, name: &Name) -> Result<(usize, usize), String> {
        let of = id(self.0.place(&name.text).map_err(|error| error.to_string())?);
        let raised = self.count(|command| matches!(command, Command::Raise { access_point, .. } if *access_point == of));
        let lowered = self.count(|command| matches!(command, Command::Lower { access_point, .. } if *access_point == of));
        Ok((raised, lowered))
    }

    async fn is(&self, name: &Name, look: &Look) -> Seen {
        match look {
            Look::Up(up) => {
                let place = self.0.place(&name.text).map_err(|error| error.to_string())?;
                let is = self.0.world.is_up(place).await.map_err(|error| error.to_string())?;
                same(if is { "up" } else { "down" }, if *up { "up" } else { "down" })
            }
            Look::Unknown => match self.0.client.configuration(&name.text) {
                Err(RequestError::UnknownConfiguration(_)) => Ok(()),
                other => Err(format!("{other:?}")),
            },
            Look::Stands(_)
            | Look::HeldBy(_)
            | Look::Kind(_)
            | Look::Members(_)
            | Look::Roams(_)
            | Look::Bearer(_)
            | Look::Purpose(_)
            | Look::Metered(_) => {
                let configuration = self.0.client.configuration(&name.text).map_err(|error| error.to_string())?;
                self.configuration(&configuration, look)
            }
            _ => self.session(&name.text, look),
        }
    }

    fn configuration(&self, it: &Configuration, look: &Look) -> Seen {
        match look {
            Look::Stands(state) => same(it.state, *state),
            Look::Kind(kind) => same(it.kind, *kind),
            Look::Roams(roams) => same(it.roaming_available, *roams),
            Look::Bearer(bearer) => same(it.bearer, *bearer),
            Look::Purpose(purpose) => same(it.purpose, *purpose),
            Look::Metered(metered) => same(it.metered, *metered),
            Look::Members(names) => {
                let members = it.members.iter().filter_map(|member| self.0.client.name(*member)).map(|name| name.to_string());
                same(members.collect(), texts(names))
            }
            Look::HeldBy(names) => {
                let mut wanted = texts(names);
                wanted.sort();
                let mut is: Vec<_> = it.holders.iter().map(|holder| self.called(*holder)).collect();
                is.sort();
                same(is, wanted)
            }
            _ => Ok(()),
        }
    }

    fn called(&self, session: SessionId) -> String {
        let found = self.0.actors.iter().find(|(_, actor)| actor.watched.session.id() == session);
        found.map_or_else(|| session.to_string(), |(name, _)| name.clone())
    }

    fn session(&self, name: &str, look: &Look) -> Seen {
        let actor = self.0.actors.get(name).ok_or_else(|| format!("{name} has left"))?;
        let session = &actor.watched.session;
        let snapshot = session.snapshot();
        let of = |point: Option<AccessPointId>| point.and_then(|point| self.0.client.name(point)).map(|name| name.to_string());
        let wanted = |name: &Option<Name>| name.as_ref().map(|name| name.text.clone());
        match look {
            Look::State(state) => same(snapshot.state, *state),
            Look::Open(open) => same(snapshot.open, *open),
            Look::Phase(phase) => same(snapshot.phase, *phase),
            Look::On(name) => same(of(snapshot.active), wanted(name)),
            Look::Testing(name) => same(of(snapshot.candidate), wanted(name)),
            Look::Chose(name) => same(session.chosen_configuration().map(|it| it.name.to_string()), wanted(name)),
            Look::Saving(saving) => same(snapshot.policies == Policies::NO_BACKGROUND_TRAFFIC, *saving),
            Look::Bytes(bytes) => same((snapshot.counters.received, snapshot.counters.sent), (*bytes, *bytes)),
            Look::Carrier(None) => same(session.carrier(), None),
            Look::Carrier(Some(name)) => {
                let of = self.0.client.configuration(&name.text).map_err(|error| error.to_string())?;
                if of.carrier.is_none() { Err(format!("{name} has none itself")) } else { same(session.carrier(), of.carrier) }
            }
            _ => Ok(()),
        }
    }
}

fn texts(names: &[Name]) -> Vec<String> {
    names.iter().map(|name| name.text.clone()).collect()
}

/// From a step on, one of these links was up at each step.
pub(super) fn never_without(steps: &[Step], from: usize, links: &[AccessPointId]) -> Result<(), Trouble> {
    let mut last: BTreeMap<AccessPointId, LinkReport> = BTreeMap::new();
    let mut hear = |report: &LinkReport| {
        let before = last.get(&report.access_point).map_or(0, |before| before.generation);
        // late ones say nothing
        if report.generation > before {
            last.insert(report.access_point, *report);
        }
        links.iter().any(|link| last.get(link).is_some_and(|report| report.state == ConfigurationState::Active))
    };
    for (place, (input, _)) in steps.iter().enumerate() {
        let up = match input {
            Input::Report(Report::Link(report)) => hear(report),
            Input::Report(Report::Resync { links, .. }) => links.iter().fold(true, |_, report| hear(report)),
            _ => true,
        };
        // the end of the run lowers everything
        let closing = steps[..=place].iter().any(|(input, _)| matches!(input, Input::Drop(_)));
        if place >= from && !up && !closing {
            return Err(format!("at step {place} none of them is up: {input:?}").into());
        }
    }
    Ok(())
}
