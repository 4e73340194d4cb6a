//! Does an executor keep its contract? A judge of everything it is told and everything it tells (C1 to C12).

use netsession_backends::executor::Event;
use netsession_fsm::hub::{Command, LinkReport, Report};
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, ExecutorId, OperationId};
use std::collections::{BTreeMap, BTreeSet};

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule} broken: {what}")]
pub struct Breach {
    /// Which, by its name in the contract.
    pub rule: &'static str,
    /// By what.
    pub what: String,
}

/// What the judge remembers of one link.
#[derive(Debug, Default)]
struct Link {
    told: Option<LinkReport>,
    carrier: bool,
    commanded: BTreeSet<OperationId>,
}

/// The judge of one executor: tell it every command before, and every event after it happened.
#[derive(Debug)]
pub struct Contract {
    executor: ExecutorId,
    begun: bool,
    gone: bool,
    links: BTreeMap<AccessPointId, Link>,
    newest_prefer: Option<OperationId>,
    prefer_answered: bool,
    refreshes: BTreeSet<OperationId>,
}

fn breach<T>(rule: &'static str, what: String) -> Result<T, Breach> {
    Err(Breach { rule, what })
}

impl Contract {
    /// For an executor that has these links.
    #[must_use]
    pub fn new(executor: ExecutorId, access_points: impl IntoIterator<Item = AccessPointId>) -> Self {
        let links = access_points.into_iter().map(|id| (id, Link::default())).collect();
        Self { executor, begun: false, gone: false, links, newest_prefer: None, prefer_answered: true, refreshes: BTreeSet::new() }
    }

    /// A command is given.
    pub fn commanded(&mut self, command: Command) {
        match command {
            Command::Raise { op, access_point } | Command::Lower { op, access_point } => {
                self.links.entry(access_point).or_default().commanded.insert(op);
            }
            Command::Prefer { op, .. } => {
                self.newest_prefer = Some(op);
                self.prefer_answered = false;
            }
            Command::Refresh { op, .. } => {
                self.refreshes.insert(op);
            }
        }
    }

    /// An event came.
    ///
    /// # Errors
    /// The rule it breaks.
    pub fn heard(&mut self, event: &Event) -> Result<(), Breach> {
        let report = match event {
            Event::Carrier(access_point, carrier) => {
                if carrier.interface.is_empty() || carrier.addresses.is_empty() {
                    return breach("C10", format!("carrier of {access_point} cannot be used: {carrier:?}"));
                }
                self.links.entry(*access_point).or_default().carrier = true;
                return Ok(());
            }
            Event::Attributes(..) => return Ok(()),
            Event::Report(report) => report,
        };
        if !self.begun && !matches!(report, Report::Resync { .. }) {
            return breach("C8", format!("the first report is no Resync but {report:?}"));
        }
        if self.gone && !matches!(report, Report::Resync { .. }) {
            return breach("C9", format!("after Gone came {report:?}"));
        }
        match report {
            Report::Link(link) => self.link(link, false),
            Report::Resync { executor, links } => self.resync(*executor, links),
            Report::Gone { executor } => {
                self.gone = true;
                self.mine(*executor)
            }
            Report::Route { op, result } => self.route(*op, result),
            Report::Refreshed { op, executor } => {
                self.mine(*executor)?;
                if self.refreshes.remove(op) { Ok(()) } else { breach("C4", format!("refresh {op} was not asked for, or answered twice")) }
            }
            Report::Counters { access_point, .. } => match self.links.get(access_point).and_then(|link| link.told) {
                Some(_) => Ok(()),
                None => breach("C8", format!("counters of {access_point}, of which nothing was told")),
            },
        }
    }

    /// Nothing more comes, every command was given time.
    ///
    /// # Errors
    /// A command that was never covered (C4), a `Prefer` or `Refresh` without answer.
    pub fn finish(&self) -> Result<(), Breach> {
        for (access_point, link) in &self.links {
            let done = link.told.map_or(OperationId(0), |told| told.done);
            if let Some(open) = link.commanded.iter().find(|op| **op > done) {
                return breach("C4", format!("{open} on {access_point} was never done"));
            }
        }
        match (self.prefer_answered, self.refreshes.first()) {
            (false, _) => breach("C10", format!("the newest Prefer, {:?}, was never answered", self.newest_prefer)),
            (true, Some(op)) => breach("C4", format!("refresh {op} was never answered")),
            (true, None) => Ok(()),
        }
    }

    fn mine(&self, executor: ExecutorId) -> Result<(), Breach> {
        if executor == self.executor { Ok(()) } else { breach("C8", format!("{executor} speaks for {}", self.executor)) }
    }

    fn resync(&mut self, executor: ExecutorId, links: &[LinkReport]) -> Result<(), Breach> {
        self.mine(executor)?;
        (self.begun, self.gone) = (true, false);
        let listed: BTreeSet<_> = links.iter().map(|link| link.access_point).collect();
        if listed.len() != links.len() || !self.links.keys().eq(&listed) {
            return breach("C8", format!("a Resync lists {listed:?}, the links are {:?}", self.links.keys()));
        }
        links.iter().try_for_each(|link| self.link(link, true))
    }

    fn link(&mut self, report: &LinkReport, may_repeat: bool) -> Result<(), Breach> {
        let access_point = report.access_point;
        let link = self.links.entry(access_point).or_default();
        let before = link.told.replace(*report);
        if let Some(before) = before {
            if report.generation <= before.generation {
                return breach("C2", format!("{access_point}: generation {} after {}", report.generation, before.generation));
            }
            if report.done < before.done {
                return breach("C4", format!("{access_point}: done went back from {} to {}", before.done, report.done));
            }
            let same = (before.state, before.done, before.cause) == (report.state, report.done, report.cause);
            if same && !may_repeat {
                return breach("C7", format!("{access_point}: told twice: {report:?}"));
            }
        }
        if report.done != OperationId(0) && !link.commanded.contains(&report.done) {
            return breach("C3", format!("{access_point}: {} is done and was never asked for", report.done));
        }
        let active = report.state == ConfigurationState::Active;
        if active && !std::mem::replace(&mut link.carrier, true) {
            return breach("C10", format!("{access_point} became Active and its carrier was not told before"));
        }
        if active && report.cause != Cause::Unknown {
            return breach("C1", format!("{access_point} is Active and not so because of {:?}", report.cause));
        }
        link.carrier &= active;
        Ok(())
    }

    fn route(&mut self, op: OperationId, result: &Result<(), Cause>) -> Result<(), Breach> {
        let newest = self.newest_prefer == Some(op);
        if !newest || std::mem::replace(&mut self.prefer_answered, true) {
            return breach("C10", format!("{op} was answered {result:?}, the newest Prefer is {:?}", self.newest_prefer));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsession_backends::executor::Carrier;

    const AP: AccessPointId = AccessPointId(0);

    fn report(generation: u64, state: ConfigurationState, done: u64) -> LinkReport {
        LinkReport { access_point: AP, generation, state, done: OperationId(done), cause: Cause::Unknown }
    }

    fn link(generation: u64, state: ConfigurationState, done: u64) -> Event {
        Event::Report(Report::Link(report(generation, state, done)))
    }

    fn begun() -> Contract {
        let mut contract = Contract::new(ExecutorId(1), [AP]);
        let links = vec![report(1, ConfigurationState::Discovered, 0)];
        contract.heard(&Event::Report(Report::Resync { executor: ExecutorId(1), links })).unwrap();
        contract.commanded(Command::Raise { op: OperationId(1), access_point: AP });
        contract
    }

    fn carrier() -> Event {
        let carrier = Carrier { interface: "wan".into(), addresses: vec!["192.0.2.2".parse().unwrap()], ..Carrier::default() };
        Event::Carrier(AP, carrier)
    }

    fn broken(contract: &mut Contract, event: &Event) -> &'static str {
        contract.heard(event).expect_err("a breach").rule
    }

    #[test]
    fn a_good_run_passes() {
        let mut contract = begun();
        assert_eq!(contract.finish().unwrap_err().rule, "C4");
        contract.heard(&carrier()).unwrap();
        contract.heard(&link(2, ConfigurationState::Active, 1)).unwrap();
        contract.heard(&link(3, ConfigurationState::Discovered, 1)).unwrap();
        contract.finish().unwrap();
    }

    #[test]
    fn every_rule_can_be_broken() {
        use ConfigurationState::{Active, Defined, Discovered};
        assert_eq!(broken(&mut Contract::new(ExecutorId(1), [AP]), &link(1, Defined, 0)), "C8");
        let empty = Event::Report(Report::Resync { executor: ExecutorId(1), links: Vec::new() });
        assert_eq!(broken(&mut Contract::new(ExecutorId(1), [AP]), &empty), "C8");
        assert_eq!(broken(&mut begun(), &link(1, Defined, 0)), "C2");
        assert_eq!(broken(&mut begun(), &link(2, Discovered, 0)), "C7");
        assert_eq!(broken(&mut begun(), &link(2, Defined, 7)), "C3");
        assert_eq!(broken(&mut begun(), &link(2, Active, 1)), "C10");
        let route = Event::Report(Report::Route { op: OperationId(3), result: Ok(()) });
        assert_eq!(broken(&mut begun(), &route), "C10");
        let mut gone = begun();
        gone.heard(&Event::Report(Report::Gone { executor: ExecutorId(1) })).unwrap();
        assert_eq!(broken(&mut gone, &link(2, Defined, 0)), "C9");
        let mut prefer = begun();
        prefer.commanded(Command::Prefer { op: OperationId(3), access_point: None });
        prefer.heard(&route).unwrap();
        assert_eq!(broken(&mut prefer, &route), "C10", "answered twice");
    }
}
