//! What does a report tell? That what was asked of a link is done, or something that happened to it.

use super::super::words::{Event, Fate, Standing, What};
use super::teller::{Task, Teller};
use netsession_fsm::hub::{LinkReport, Output, Report};
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationId, ConfigurationState};
use netsession_model::run::Happened;
use std::time::Duration;

/// Longer than the simulator takes to raise a link, to lower one, and to switch the default route.
const RAISING: Duration = Duration::from_millis(310);
const LOWERING: Duration = Duration::from_millis(60);
const SWITCHING: Duration = Duration::from_millis(30);

impl Teller<'_> {
    pub(super) fn report(&mut self, it: &Happened, report: &Report) {
        match report {
            Report::Link(link) if it.late => {
                let name = self.names.of(ConfigurationId::AccessPoint(link.access_point));
                let last = self.links.get(link.access_point.0 as usize).and_then(|known| known.last);
                self.step(What::Happens(name, if last == Some(*link) { Event::Duplicate } else { Event::Late }));
            }
            Report::Link(link) => self.link(link, it.done.contains(&link.access_point)),
            Report::Resync { links, .. } => {
                for link in links {
                    self.link(link, it.done.contains(&link.access_point));
                }
                if std::mem::take(&mut self.gone) {
                    self.step(What::Daemon(Fate::Back));
                } else if it.outputs.iter().any(|output| matches!(output, Output::Notice { .. } | Output::Command(_))) {
                    self.step(What::Daemon(Fate::Resync));
                }
            }
            Report::Route { .. } if it.late => {}
            Report::Route { .. } => {
                let since = self.switching.take();
                self.since(since, SWITCHING);
            }
            Report::Gone { .. } => {
                self.gone = true;
                self.links.iter_mut().for_each(|link| link.task = None);
                self.switching = None;
                self.step(What::Daemon(Fate::Killed));
            }
            // a scan is waited for where it is asked for
            Report::Refreshed { .. } | Report::Counters { .. } => {}
        }
    }

    fn link(&mut self, report: &LinkReport, done: bool) {
        let Ok(place) = usize::try_from(report.access_point.0) else { return };
        let begun = self.has_begun();
        let Some(link) = self.links.get_mut(place) else {
            return self.missing(format!("a report about {}, which is not defined", report.access_point));
        };
        if !done && link.task.is_some() {
            // from before that was asked: the hub waits for one that knows of it
            return;
        }
        let before = link.last.replace(*report).map(|last| last.state);
        let task = if done { link.task.take() } else { None };
        if before.is_none() && !begun {
            self.scenario.access_points[place].standing = standing(report.state);
            return;
        }
        // as it is declared
        let before = before.unwrap_or(ConfigurationState::Defined);
        match task {
            Some((Task::Raise, since)) if report.state >= ConfigurationState::Discovered => self.since(Some(since), RAISING),
            Some((Task::Lower, since)) if report.state == ConfigurationState::Discovered => self.since(Some(since), LOWERING),
            Some((Task::Lower, _)) if report.state == ConfigurationState::Active => {
                self.missing(format!("lowering {} fails: there is no word for that", self.name(report.access_point)));
            }
            _ => {
                if let Some(event) = event(before, report) {
                    let name = self.names.of(ConfigurationId::AccessPoint(report.access_point));
                    self.step(What::Happens(name, event));
                }
            }
        }
    }

    fn name(&self, id: AccessPointId) -> String {
        self.names.of(ConfigurationId::AccessPoint(id)).text
    }
}

fn standing(state: ConfigurationState) -> Standing {
    match state {
        ConfigurationState::Absent | ConfigurationState::Defined => Standing::Away,
        ConfigurationState::Undefined => Standing::Forbidden,
        ConfigurationState::Discovered => Standing::Usable,
        ConfigurationState::Active => Standing::FoundUp,
    }
}

/// What happened to it by itself; `None`: it stands as before.
fn event(before: ConfigurationState, report: &LinkReport) -> Option<Event> {
    use ConfigurationState::{Absent, Active, Defined, Discovered, Undefined};
    Some(match (before, report.state) {
        (Active, Active) | (Discovered, Discovered) | (Undefined, Undefined) | (Absent | Defined, Absent | Defined) => return None,
        (_, Active) => Event::BroughtUp,
        (Active, Discovered) if report.cause == Cause::CarrierLost => Event::LosesCarrier,
        (Active, Discovered) => Event::TakenDown,
        (_, Discovered) => Event::Mended,
        (_, Absent | Defined) => Event::Cut,
        (_, Undefined) => Event::LosesCredentials,
    })
}
